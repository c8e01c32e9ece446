"""Publishing while people swipe: bad sets change nothing, good ones are followed at once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from random import Random

import pytest
from hypothesis import settings as hypothesis_settings

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.rules import shipped
from smashpass.services.runtime.refresher import INTERVAL_S
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.libraries import fill
from tests.support.rule_planting import MISTAKES, planted

ROOT = shipped("rules")
FILES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(ROOT.rglob("*.yaml"))
}


@pytest.fixture
def app(tmp_path):
    opened = create_app(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    parts: Installation = opened.extensions["smashpass"].installation
    parts.prepare()
    fill(parts)
    Container(parts).rules.ensure_active()
    parts.accounts.create("editor", "editor", "correct horse battery")
    opened.extensions["keeping_up"].poll()
    yield opened
    parts.engine.dispose()


class Swiper(threading.Thread):
    """Asks for decks until it is told to stop."""

    def __init__(self, app, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client = app.test_client(use_cookies=False)
        token = self.client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        self.stop = stop
        self.answers: Counter[tuple[int, str]] = Counter()

    def run(self) -> None:
        while not self.stop.is_set():
            answer = self.client.get("/api/v1/deck?n=5", headers=self.headers)
            revision = answer.json.get("rules", {}).get("revision", "")
            self.answers[answer.status_code, revision] += 1


class Follower(threading.Thread):
    """Looks for news as the thread of a worker does, until it is told to stop."""

    def __init__(self, app, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.keeping_up = app.extensions["keeping_up"]
        self.stop = stop

    def run(self) -> None:
        while not self.stop.wait(INTERVAL_S):
            self.keeping_up.poll()


def test_bad_sets_published_under_load_leave_the_old_rules_to_answer(app):
    parts: Installation = app.extensions["smashpass"].installation
    count = 20 if hypothesis_settings().max_examples < 100 else 100
    client = app.test_client(use_cookies=False)
    token = parts.tokens.renew("editor")
    headers = {"Authorization": f"Bearer {token}"}
    mistakes = [mistake for code in MISTAKES for mistake in planted(code, FILES)]
    chosen = Random(5).sample(mistakes, count)
    first = parts.rules.book.revision
    stop = threading.Event()
    swipers = [Swiper(app, stop) for _ in range(2)]
    for swiper in swipers:
        swiper.start()
    for mistake in chosen:
        body = {"files": mistake.files, "reason": "a bad one"}
        answer = client.post("/api/v1/admin/rules/publish", json=body, headers=headers)
        assert answer.status_code == 400, mistake
        assert answer.json["code"] == "bad_rules"
    stop.set()
    for swiper in swipers:
        swiper.join(10)
    answers = sum((swiper.answers for swiper in swipers), Counter())
    assert set(answers) == {(200, first)}
    assert answers.total() > 10
    assert len(parts.publishing.list()) == 1


def test_good_sets_published_under_load_are_answered_by_at_once_and_never_half(app):
    parts: Installation = app.extensions["smashpass"].installation
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {parts.tokens.renew('editor')}"}
    other = create_app(parts.settings)
    stop = threading.Event()
    swipers = [Swiper(other, stop) for _ in range(2)]
    for thread in (Follower(other, stop), *swipers):
        thread.start()
    revisions, waits = {parts.rules.book.revision}, []
    second: Installation = other.extensions["smashpass"].installation
    for weight in range(31, 41):
        files = {
            **FILES,
            "trees/robots.yaml": FILES["trees/robots.yaml"].replace("45", f"{weight}"),
        }
        body = {"files": files, "reason": "another weight"}
        answer = client.post("/api/v1/admin/rules/publish", json=body, headers=headers)
        assert answer.status_code == 200
        began = time.monotonic()
        revision = answer.json["revision"]
        revisions.add(revision)
        while second.rules.book.revision != revision and time.monotonic() - began < 10:
            time.sleep(0.005)
        waits.append(time.monotonic() - began)
    stop.set()
    for thread in swipers:
        thread.join(10)
    answers = sum((thread.answers for thread in swipers), Counter())
    assert {status for status, _ in answers} == {200}
    assert {revision for _, revision in answers} <= revisions
    assert len(revisions) == 11
    assert sorted(waits)[len(waits) // 2] < 1
    second.engine.dispose()
