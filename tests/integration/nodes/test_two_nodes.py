"""Two nodes behind nginx over one PostgreSQL, in processes: what each knows, and faults."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from typing import Any

import pytest

from bench.cluster import PREFIX, Cluster, fresh, lacking
from bench.people import People, Reply, swiping
from bench.servers import Server
from tests.support.paths import ROOT

PASSWORD = b"a long enough passphrase\n"
IMAGES, PERSONS = 60, 4
IN_FORCE_S, BACK_S = 2.0, 15.0
DECKS_MEANWHILE = 10
NOTICED_S = 10.0
"""How long nginx may answer for a node that was just killed."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if lacking():
        pytest.skip(lacking())
    folder = tmp_path_factory.mktemp("nodes") / "cluster"
    made = fresh(folder, standby=False, filling=[("demo", "--count", str(IMAGES))])
    with made as cluster:
        yield cluster


@pytest.fixture(scope="module")
def admin(cluster: Cluster) -> str:
    """The token of an administrator, made at the first node."""
    cluster.command("admin", "create", "ann", "--role", "admin", entered=2 * PASSWORD)
    token: str = json.loads(cluster.command("admin", "token", "ann", "--json").output)["token"]
    return token


@pytest.fixture
def viewer(cluster: Cluster) -> str:
    return _good(cluster.nodes[0], "POST", "/viewers", body={"age_band": "18+"})["token"]


def _good(node: Server, method: str, path: str, token: str = "", body: Any = None) -> Any:
    status, answer = node.ask(method, f"/api/v1{path}", token, body)
    assert status < 300, (method, path, status, answer)
    return answer


def _seconds_until(what: str, true: Callable[[], object]) -> float:
    """Wait until something is so at the other node; print and judge how long that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < 30, what
        time.sleep(0.005)
    seconds = time.monotonic() - began
    print(f"{what}: in force at the other node after {seconds:.3f} s")
    assert seconds < IN_FORCE_S
    return seconds


def _status(node: Server, path: str) -> int:
    with closing(http.client.HTTPConnection(*node.address, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    return answer.status


def test_an_edit_of_tags_is_in_force_at_the_other_node(cluster, admin, viewer):
    here, there = cluster.nodes
    image = _good(here, "GET", "/deck?n=1", viewer)["cards"][0]["image"]
    edit = {"add": ["seen:everywhere"], "reason": "nodes"}

    _good(here, "PATCH", f"/admin/images/{image}/tags", admin, edit)

    def known() -> bool:
        return "seen:everywhere" in _good(there, "GET", f"/images/{image}", viewer)["tags"]

    _seconds_until("an edit of tags", known)
    assert _good(there, "GET", "/search?q=seen:everywhere", viewer)["matched"] == 1


def test_published_rules_decide_at_the_other_node(cluster, admin, viewer):
    here, there = cluster.nodes
    files = {
        str(path.relative_to(ROOT / "rules")): path.read_text().replace("title: ", "title: New ", 1)
        for path in sorted((ROOT / "rules").rglob("*.yaml"))
    }
    body = {"files": files, "whole": True, "reason": "nodes"}

    published = _good(here, "POST", "/admin/rules/publish", admin, body)

    assert published["changed"]
    revision = published["revision"]
    _seconds_until(
        "published rules", lambda: _good(there, "GET", "/rules", viewer)["revision"] == revision
    )
    deck = _good(there, "GET", "/deck?n=1", viewer)
    assert deck["rules"]["revision"] == revision


def test_a_takedown_is_in_force_at_the_other_node_with_its_picture(cluster, admin, viewer):
    here, there = cluster.nodes
    card = _good(there, "GET", "/deck?n=1", viewer)["cards"][0]
    picture = card["media"]["large"]
    assert _status(there, picture) == 200

    _good(here, "POST", f"/admin/images/{card['image']}/takedown", admin, {"reason": "nodes"})

    _seconds_until(
        "a takedown",
        lambda: (
            _status(there, picture) == 410
            and there.ask("GET", f"/api/v1/images/{card['image']}", viewer)[0] == 410
        ),
    )
    deck = _good(there, "GET", f"/deck?n={IMAGES}", viewer)
    assert card["image"] not in {other["image"] for other in deck["cards"]}
    assert list((cluster.folder / "media").rglob("*-taken-down")), "no import brings it back"


def test_an_erasure_is_in_force_at_the_other_node(cluster, viewer):
    here, there = cluster.nodes
    assert _good(there, "GET", "/deck?n=1", viewer)["cards"], "the other node knows the viewer"
    name = _good(here, "GET", "/me", viewer)["viewer"]
    digest = sha256(name.encode()).hexdigest()

    _good(here, "DELETE", "/me", viewer)

    _seconds_until(
        "an erasure", lambda: there.ask("GET", "/api/v1/deck?n=1", viewer)[0] in (401, 410)
    )
    assert digest in (cluster.home(0) / "erased").read_text()
    cluster.command("retain", node=1)
    assert digest in (cluster.home(1) / "erased").read_text(), "its daily job wrote it down too"


def test_a_node_that_is_killed_under_load_loses_nothing_and_answers_nothing_wrong(cluster):
    with swiping(cluster.port, PREFIX, PERSONS) as people:
        killed = time.monotonic()
        cluster.nodes[0].kill()
        back = people.all_wrote_after(killed)
        ready = cluster.restart(0)
        people.all_wrote_after(time.monotonic())
    print(f"a node killed: everybody's swipes are kept again after {back - killed:.2f} s,")
    print(f"the node is ready {ready:.2f} s after its start; {_counts(people.replies)}")
    for reply in people.replies:
        by_nginx = killed <= reply.at <= killed + NOTICED_S and reply.status in (502, 504)
        assert reply.status == 200 or by_nginx, reply
    _check_nothing_lost(people)
    assert cluster.nodes[0].ask("GET", "/readyz")[0] == 200


def test_decks_go_on_while_postgresql_restarts_and_swipes_are_kept_again(cluster):
    with swiping(cluster.port, PREFIX, PERSONS) as people:
        down = time.monotonic()
        cluster.primary.end()
        _wait_for_refusals(people, down)
        cluster.primary.start()
        up = time.monotonic()
        back = people.all_wrote_after(up)
    print(f"PostgreSQL restarted, away for {up - down:.2f} s: swipes are kept again"
          f" {back - up:.2f} s after it is back; {_counts(people.replies)}")  # fmt: skip
    assert back - up <= BACK_S
    refused = [reply for reply in people.replies if reply.status != 200]
    for reply in refused:
        assert (reply.status, reply.retry_after) == (503, True), reply
        assert down <= reply.at <= back
    # A machine that is busy with much else may refuse a deck, because swipes hold its threads.
    decks = [reply for reply in people.replies if reply.what == "deck"]
    assert sum(reply.status == 503 for reply in decks) <= len(decks) / 20
    _check_nothing_lost(people)


def _wait_for_refusals(people: People, since: float) -> None:
    """Wait until everybody was refused a swipe, and asked for some decks after that."""

    def done(replies: list[Reply]) -> bool:
        late = [reply for reply in replies if reply.at > since]
        refused = next((at for at, reply in enumerate(late) if reply.status == 503), len(late))
        return sum(reply.what == "deck" for reply in late[refused:]) >= DECKS_MEANWHILE

    while not all(done(list(person.replies)) for person in people.persons):
        people.check()
        assert time.monotonic() - since < 60
        time.sleep(0.02)


def _check_nothing_lost(people: People) -> None:
    lost, doubled, kept = people.compare()
    assert (lost, doubled) == (0, 0)
    assert kept >= people.acknowledged() > 0
    assert sum(reply.repeated for reply in people.replies) == 0
    assert any(reply.what == "deck" for reply in people.replies)


def _counts(replies: list[Reply]) -> str:
    kinds = sorted({(reply.what, reply.status) for reply in replies})
    counted = (
        f"{sum((reply.what, reply.status) == kind for reply in replies)} {kind[0]} {kind[1]}"
        for kind in kinds
    )
    return ", ".join(counted)
