"""Notes of decisions: the log can be replayed, the canary is compared, nothing is waited for."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.library.credit import ImageRow
from smashpass.core.people.swipe import CurrentVerdicts
from smashpass.core.people.viewer import Viewer
from smashpass.rulefiles.load import load_texts
from smashpass.services.decisions.batch import DecisionBatch
from smashpass.services.decisions.recorder import Recorder
from smashpass.services.decisions.replay import ReplayedDecision, replay
from smashpass.services.decks.deal import DeckRequest, serve
from smashpass.services.decks.tastes import Tastes
from smashpass.services.decks.viewers import ViewerState
from smashpass.services.rules.book import RuleBook
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.collect import Scoring
from smashpass.services.vocabulary.apply import Plan, apply_plan
from smashpass.services.vocabulary.history import PastVocabularies
from smashpass.services.vocabulary.plans import (
    plan_alias,
    plan_implication,
    plan_unalias,
    plan_unimplication,
)
from smashpass.settings import load
from smashpass.store.rules.decision_files import DecisionFiles
from tests.support.libraries import CREDIT
from tests.support.trees import tree

IMAGES = 400
TAGS = (
    "kind:person", "kind:robot", "kind:creature", "mouth:smile", "mouth:sad", "hair:blonde",
    "hair:black", "beard", "moustache", "glasses", "hat", "eyes:closed", "background:blue",
    "style:lorelei", "earrings", "chest:heart", "clothes:tie",
)  # fmt: skip
PERSON = ("kind:person", "mouth:smile", "beard", "hair:blonde")
OTHER = tree("a").replace("if: glasses", "if: moustache").replace("glasses", "moustache")
DAY = 86_400_000_000


class _Scorer:
    """Gives every image a number by its id, and none to some."""

    name, version, attributes = "numbers", "1.0", ("plugin.aesthetic",)

    def score(self, batch: Sequence[object], deadline_s: float) -> list[dict[str, float] | None]:
        del deadline_s
        numbers = [sum(str(getattr(item, "image", "")).encode()) % 11 for item in batch]
        return [None if number > 7 else {"plugin.aesthetic": number} for number in numbers]


@pytest.fixture
def busy(installation: Installation) -> Iterator[Installation]:
    """An installation with many pictures and the shipped rules, all of whose decisions are kept."""
    chance = random.Random(7)
    rows = [
        ImageRow(
            key=f"r{number}",
            tags=tuple(
                {*chance.sample(TAGS, chance.randint(0, 8)), *(PERSON if number % 3 == 0 else ())}
            ),
            credit=CREDIT,
            line=number,
            width=512,
        )
        for number in range(1, IMAGES + 1)
    ]
    run = installation.runs.start("demo", {})
    installation.catalogue.write_rows(run, rows, on_existing="skip", position=len(rows))
    installation.runs.finish(run)
    Container(installation).rules.ensure_active()
    environment = {
        "SMASHPASS_HOME": str(installation.home),
        "SMASHPASS_DECISION_LOG_PERCENT": "100",
    }
    opened = Installation(load(environment))
    opened.rules.refresh()
    yield opened
    opened.recorder.close()
    opened.engine.dispose()


def swipe_through(busy: Installation, decks: int, tree: str | None, viewer: str = "v") -> int:
    """Deal decks to as many viewers, and return how many decisions they hold."""
    scoring = Scoring([GuardedScorer(_Scorer())], busy.media.largest_file, deadline_s=1)
    decided = 0
    for number in range(decks):
        name = f"{viewer}-{number}"
        deck = serve(
            DeckRequest(tree=tree, size=20, explain=number % 10 == 0),
            ViewerState(Viewer(number + 1, name, "18+", 0), 0, CurrentVerdicts()),
            index=busy.library.index,
            book=busy.rules.book_of(name, tree),
            cards=busy.cards,
            scoring=scoring,
            recorder=busy.recorder,
            tastes=Tastes(),
        )
        decided += len(deck["cards"])
    return decided


def replayed(busy: Installation) -> Iterator[ReplayedDecision]:
    def book_of(sha256: str) -> RuleBook:
        assert sha256 == busy.rules.book.revision
        return busy.rules.book

    busy.library.refresh()
    index = busy.library.index
    past = PastVocabularies(busy.changes, index.vocabulary, index.version)
    for path in sorted((busy.home / "decisions").iterdir()):
        with path.open(encoding="utf-8") as lines:
            yield from replay(lines, book_of, past.at)


def test_every_logged_decision_is_replayed_to_the_same_bytes(busy: Installation) -> None:
    thorough = hypothesis_settings().max_examples > 100
    decks = 500 if thorough else 50
    counted: dict[str, int] = {}
    busy.recorder.count = lambda counter, number: counted.__setitem__(
        counter, counted.get(counter, 0) + number
    )
    decided = swipe_through(busy, decks * 2 // 5, "faces")
    decided += swipe_through(busy, decks * 3 // 5, None)
    busy.recorder.close()
    records = list(replayed(busy))
    assert len(records) == decided == counted["logged"] == decks * 20
    assert "dropped" not in counted
    assert [record.as_json() for record in records if not record.same] == []
    engines = {record.recorded["engine"] for record in records}
    assert engines == {"rules", "model", "rules-fallback"}
    assert {"sunny-toss-up", "sunny-beard"} <= {record.recorded["leaf"] for record in records}
    assert any("path" in record.recorded for record in records)
    assert len({record.id for record in records}) == decided


def test_words_that_changed_since_do_not_change_what_was_decided(busy: Installation) -> None:
    def shaped(plan: Plan) -> None:
        apply_plan(busy.catalogue, plan, by="ann", origin="test", reason="why")
        busy.library.refresh()

    shaped(lambda words: plan_implication(words, "moustache", "beard"))
    swipe_through(busy, 10, "faces", "one")
    shaped(lambda words: plan_unimplication(words, "moustache", "beard"))
    shaped(lambda words: plan_alias(words, "grin", "mouth:sad"))
    swipe_through(busy, 10, "faces", "two")
    shaped(lambda words: plan_unalias(words, "grin"))
    shaped(lambda words: plan_implication(words, "hat", "mouth:smile"))
    shaped(lambda words: plan_alias(words, "beard", "moustache"))
    busy.recorder.close()
    records = list(replayed(busy))
    assert len(records) == 400
    assert len({record.library for record in records}) == 2
    assert [record.as_json() for record in records if not record.same] == []
    now = busy.library.index.vocabulary
    past = PastVocabularies(busy.changes, now, busy.library.index.version)
    assert past.at(busy.library.index.version) is now
    first = past.at(records[0].library)
    assert first.find("grin") is None
    assert first.aliases == {}
    assert first.implications != {} != now.implications


def test_a_record_that_was_changed_is_reported(busy: Installation) -> None:
    swipe_through(busy, 1, None)
    busy.recorder.close()
    (path,) = (busy.home / "decisions").iterdir()
    lines = path.read_text().splitlines(keepends=True)
    record = json.loads(lines[3])
    record["decision"]["verdict"] = "maybe"
    record["decision"]["path"] = []
    lines[3] = json.dumps(record) + "\n"
    lost = json.loads(lines[5]) | {"tree": "gone"}
    lines[5] = json.dumps(lost) + "\n"
    path.write_text("".join(lines) + '{"cut": ')
    wrong = [replayed_record for replayed_record in replayed(busy) if not replayed_record.same]
    assert [replayed_record.line for replayed_record in wrong] == [4, 6]
    assert wrong[0].as_json()["recorded"]["verdict"] == "maybe"
    assert wrong[0].as_json()["now"]["verdict"] in ("smash", "pass")
    assert "no tree 'gone'" in wrong[1].why


def test_a_shadow_counts_what_it_would_turn_and_serves_nothing(busy: Installation) -> None:
    before = busy.publishing.publish(
        load_texts({"a.yaml": tree("a")}), by="ann", origin="test", reason="why"
    ).revision.sha256
    busy.canarying.start(load_texts({"a.yaml": OTHER}), 0, whole=True, by="ann", origin="test")
    busy.rules.refresh()
    decided = swipe_through(busy, 30, None)
    busy.recorder.close()
    shadow = busy.canarying.current()
    assert shadow is not None
    counts = shadow.counts
    assert counts.compared == decided == 600
    assert counts.to_smash > 0 < counts.to_pass
    assert counts.unsure == 0
    assert len(counts.sample) == 24
    index = busy.library.index
    names = index.vocabulary.names
    for entry in counts.sample:
        ordinal = busy.image_ids.decode(entry["image"])
        assert ordinal is not None
        tags = {names[tag] for tag in index.own_tags(ordinal)}
        assert ("glasses" in tags) != ("moustache" in tags) or "hat" in tags
    assert {record.recorded["revision"] for record in replayed(busy)} == {before}


def test_a_canary_serves_its_viewers_and_both_ways_are_counted_alike(busy: Installation) -> None:
    files = {"a.yaml": tree("a")}
    busy.publishing.publish(load_texts(files), by="ann", origin="test", reason="why")
    started = busy.canarying.start(
        load_texts({"a.yaml": OTHER}), 50, whole=True, by="ann", origin="test"
    )
    busy.rules.refresh()
    swipe_through(busy, 40, None)
    busy.recorder.close()
    lines = "".join(path.read_text() for path in (busy.home / "decisions").iterdir())
    served: dict[str, set[str]] = {}
    for line in lines.splitlines():
        record = json.loads(line)
        assert record["decision"]["revision"] == record["revision"]
        served.setdefault(record["viewer"], set()).add(record["revision"])
    assert all(len(revisions) == 1 for revisions in served.values())
    by_canary = sum(started.sha256 in revisions for revisions in served.values())
    assert 8 <= by_canary <= 32
    counts = busy.canarying.current().counts
    assert counts.compared == 800
    assert counts.to_smash + counts.to_pass > 0


class _Stuck:
    """Looks at nothing until it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.took = 0

    def take(self, batch: DecisionBatch, _count: object) -> None:
        assert self.may.wait(10)
        self.took += len(batch.decisions)

    def flush(self) -> None:
        return


def test_what_the_log_cannot_keep_up_with_is_dropped_and_counted(busy: Installation) -> None:
    stuck, dropped = _Stuck(), []
    recorder = Recorder(busy.rules, stuck, stuck, clock=busy.clock, waiting=3)
    recorder.count = lambda counter, number: dropped.append((counter, number))
    busy.__dict__["recorder"] = recorder
    decided = swipe_through(busy, 10, None)
    stuck.may.set()
    recorder.close()
    lost = sum(number for _, number in dropped)
    assert {counter for counter, _ in dropped} == {"dropped"}
    assert lost >= 6 * 20
    assert stuck.took + lost == decided == 200


def test_nothing_is_noted_where_nobody_looks(installation: Installation) -> None:
    Container(installation).rules.ensure_active()
    installation.rules.refresh()
    assert not installation.recorder.enabled
    assert not (installation.home / "decisions").exists()


def test_a_share_of_decisions_is_logged_if_a_share_is_asked_for(busy: Installation) -> None:
    environment = {"SMASHPASS_HOME": str(busy.home), "SMASHPASS_DECISION_LOG_PERCENT": "20"}
    installation = Installation(load(environment))
    installation.rules.refresh()
    decided = swipe_through(installation, 40, None)
    installation.recorder.close()
    lines = sum(
        path.read_bytes().count(b"\n") for path in (installation.home / "decisions").iterdir()
    )
    assert 0.1 < lines / decided < 0.3
    installation.engine.dispose()


def test_files_are_turned_by_size_and_day_and_old_ones_go(tmp_path: Path) -> None:
    files = DecisionFiles(tmp_path / "d", most_bytes=100, days=2)
    start = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp()) * 1_000_000
    for _ in range(3):
        files.write([b"x" * 59], start)
    files.write([b"y"], start + DAY)
    files.close()
    names = sorted(path.name for path in (tmp_path / "d").iterdir())
    mine = os.getpid()
    assert names == [
        f"2026-11-01-{mine}-0000.jsonl",
        f"2026-11-01-{mine}-0001.jsonl",
        f"2026-11-01-{mine}-0002.jsonl",
        f"2026-11-02-{mine}-0000.jsonl",
    ]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "d").iterdir()} == {0o600}
    files.write([b"z"], start + 3 * DAY)
    files.close()
    days = {path.name[:10] for path in (tmp_path / "d").iterdir()}
    assert days == {"2026-11-02", "2026-11-04"}


def test_a_log_that_cannot_be_written_costs_records_and_nothing_else(busy: Installation) -> None:
    (busy.home / "decisions").write_text("in the way")
    counted: list[tuple[str, int]] = []
    busy.recorder.count = lambda counter, number: counted.append((counter, number))
    assert swipe_through(busy, 3, None) == 60
    busy.recorder.close()
    assert counted == [("dropped", 20)] * 3
