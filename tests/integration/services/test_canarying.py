"""Canaries: rules beside the active ones, for some viewers, in every process."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, Conflict, NotFound, NotPossible, RulesInvalid
from smashpass.core.rules.revision import Canary, CanaryComparison
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.live import share_of
from tests.support.trees import tree

OLD = {"a.yaml": tree("a"), "b.yaml": tree("b", labels="[]")}
NEW = {**OLD, "a.yaml": tree("a", weight=90)}
VIEWERS = [f"viewer-{number}" for number in range(2_000)]


def publish(installation: Installation, files: Mapping[str, str] = OLD) -> str:
    publication = installation.publishing.publish(
        load_texts(files), by="ann", origin="test", reason="why"
    )
    return publication.revision.sha256


def start(
    installation: Installation,
    percent: int,
    files: Mapping[str, str] = NEW,
    *,
    whole: bool = True,
) -> Canary:
    rules = load_texts(files)
    return installation.canarying.start(
        rules, percent, whole=whole, by="bob", origin="test", reason="a try"
    )


def served(installation: Installation) -> set[str]:
    """The viewers for whom the canary decides."""
    canary = installation.rules.canary
    return set() if canary is None else {viewer for viewer in VIEWERS if canary.serves(viewer)}


def test_a_canary_decides_for_its_share_of_viewers_and_keeps_them_as_it_grows(
    installation: Installation,
) -> None:
    old = publish(installation)
    before: set[str] = set()
    for percent in (0, 5, 20, 60, 100):
        new = start(installation, percent).sha256
        installation.rules.refresh()
        now = served(installation)
        assert before <= now
        assert len(now) / len(VIEWERS) == pytest.approx(percent / 100, abs=0.03)
        for viewer in VIEWERS[:50]:
            book = installation.rules.book_of(viewer)
            assert book.revision == (new if viewer in now else old)
        before = now
    assert installation.rules.book.revision == old
    assert installation.rules.book_of("").revision == old


def test_who_is_chosen_is_the_same_number_for_ever_and_another_for_other_rules() -> None:
    assert share_of("somebody", "a" * 64) == 0.6147
    first = {viewer for viewer in VIEWERS if share_of(viewer, "a" * 64) < 0.5}
    second = {viewer for viewer in VIEWERS if share_of(viewer, "b" * 64) < 0.5}
    assert 400 < len(first & second) < 600


def test_another_process_follows_a_canary_within_a_second(installation: Installation) -> None:
    publish(installation)
    other = Installation(installation.settings)
    other.rules.refresh()
    assert other.rules.canary is None
    started = start(installation, 30)
    began = time.monotonic()
    other.rules.refresh()
    assert time.monotonic() - began < 1
    assert other.rules.canary is not None
    assert (other.rules.canary.book.revision, other.rules.canary.percent) == (started.sha256, 30)
    book = other.rules.canary.book
    start(installation, 70)
    other.rules.refresh()
    assert other.rules.canary.percent == 70
    assert other.rules.canary.book is book
    assert installation.canarying.stop(by="bob", origin="test").sha256 == started.sha256
    other.rules.refresh()
    assert other.rules.canary is None
    other.engine.dispose()


def test_to_publish_the_same_rules_promotes_the_canary(installation: Installation) -> None:
    publish(installation)
    started = start(installation, 50)
    assert publish(installation, NEW) == started.sha256
    assert installation.canarying.current() is None
    installation.rules.refresh()
    assert installation.rules.canary is None
    assert installation.rules.book.revision == started.sha256


def test_a_canary_goes_on_beside_other_rules_that_are_published(
    installation: Installation,
) -> None:
    publish(installation)
    started = start(installation, 50)
    publish(installation, {**OLD, "a.yaml": tree("a", weight=10)})
    current = installation.canarying.current()
    assert current is not None
    assert current.sha256 == started.sha256


def test_a_file_is_taken_for_its_tree_in_the_active_set(installation: Installation) -> None:
    publish(installation)
    started = start(installation, 10, {"a.yaml": NEW["a.yaml"]}, whole=False)
    assert set(installation.revisions.get(started.sha256).files) == set(OLD)


def test_a_viewer_who_asks_for_a_tree_that_a_canary_lacks_gets_the_active_one(
    installation: Installation,
) -> None:
    old = publish(installation)
    new = start(installation, 100, {"a.yaml": tree("a", weight=90)}).sha256
    installation.rules.refresh()
    assert installation.rules.book_of("ann", "a").revision == new
    assert installation.rules.book_of("ann", "b").revision == old


def test_counts_of_all_processes_are_added_and_the_sample_is_bounded(
    installation: Installation,
) -> None:
    publish(installation)
    number = start(installation, 0).number
    sample = {"image": "x", "tree": "a", "before": "pass two", "after": "smash one"}
    for _ in range(10):
        installation.canaries.add(number, CanaryComparison(100, 3, 2, 1, 4, (sample,) * 5))
    canary = installation.canarying.current()
    assert canary is not None
    assert canary.counts == CanaryComparison(1_000, 30, 20, 10, 40, (sample,) * 24)
    start(installation, 5)  # another share goes on counting
    current = installation.canarying.current()
    assert current is not None
    assert current.counts.compared == 1_000
    installation.canarying.stop(by="bob", origin="test")
    assert start(installation, 0).counts == CanaryComparison()
    installation.canaries.add(999, CanaryComparison(1))


def test_what_cannot_run_beside_is_refused(installation: Installation) -> None:
    with pytest.raises(NotPossible, match="no rules are active"):
        start(installation, 5)
    publish(installation)
    with pytest.raises(Conflict, match="active already"):
        start(installation, 5, OLD)
    with pytest.raises(BadInput, match="101"):
        start(installation, 101)
    with pytest.raises(RulesInvalid):
        start(installation, 5, {"a.yaml": tree("a", expected="two")})
    with pytest.raises(NotFound):
        installation.canarying.start_revision("ffff", 5, by="bob", origin="test")
    with pytest.raises(NotFound, match="no canary runs"):
        installation.canarying.stop(by="bob", origin="test")
    assert installation.canarying.current() is None


def test_a_canary_that_this_program_cannot_read_leaves_the_active_rules_alone(
    installation: Installation,
) -> None:
    old = publish(installation)
    broken = {"a.yaml": tree("a").replace("format: 1", "format: 9")}
    installation.canaries.start(
        broken, "ab" * 32, 100, by="ann", origin="test", reason="by another program"
    )
    with pytest.raises(RulesInvalid):
        installation.rules.refresh()
    assert installation.rules.book_of("somebody").revision == old
    installation.rules.refresh()  # it is told once, not at every look
    assert installation.rules.canary is None


def test_starts_and_ends_stand_in_the_audit_trail(installation: Installation) -> None:
    publish(installation)
    sha256 = start(installation, 5).sha256
    installation.canarying.stop(by="eve", origin="test")
    entries = [(entry.actor, entry.action, entry.target) for entry in installation.audit.entries()]
    assert entries[-2:] == [("bob", "rules.canary", sha256), ("eve", "rules.canary_end", sha256)]
