"""Edits of words by several at once: what was checked still holds when it is written."""

from __future__ import annotations

import threading

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, Conflict, NotFound, StaleVersion
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.text.reasons import read_reason
from smashpass.services.vocabulary.apply import Plan, apply_plan
from smashpass.services.vocabulary.plans import plan_alias, plan_implication, plan_rename

BY = {"by": "ann", "origin": "test"}


@pytest.fixture
def words(installation: Installation) -> Installation:
    installation.catalogue.create_tags(["a", "b", "c", "d"], **BY)
    return installation


def make(installation: Installation, plan: Plan, reason: str | None = None):
    return apply_plan(installation.catalogue, plan, reason=reason, **BY)


def test_an_edit_is_one_entry_with_its_reason(words):
    change = make(words, lambda now: plan_alias(now, "x", "a"), "  one\nthing ")
    assert change is not None
    assert (change.kind, change.by, change.origin, change.reason) == (
        "vocabulary",
        "ann",
        "test",
        "one thing",
    )
    assert words.catalogue.vocabulary().resolve("x") == 1


def test_an_edit_that_is_so_already_makes_no_entry(words):
    before = words.changes.latest()
    assert make(words, lambda _now: VocabularyPlan(names=("a",))) is None
    assert words.changes.latest() == before


def test_what_the_plan_refuses_changes_nothing(words):
    before = words.changes.latest()
    with pytest.raises(NotFound):
        make(words, lambda now: plan_rename(now, "nope", "x"))
    with pytest.raises(BadInput):
        make(words, lambda now: plan_alias(now, "x", "a"), " ")
    assert words.changes.latest() == before


def test_an_edit_is_planned_again_if_somebody_was_faster(words):
    implication_counts: list[int] = []

    def plan(now: Vocabulary) -> VocabularyPlan:
        if not implication_counts:
            words.catalogue.edit_vocabulary(VocabularyPlan(implied=(("b", "a"),)), **BY)
        implication_counts.append(len(now.implications))
        return plan_implication(now, "a", "b")

    with pytest.raises(Conflict, match="circle"):
        make(words, plan)
    assert implication_counts == [0, 1]


def test_an_edit_gives_up_where_somebody_is_always_faster(words):
    count = iter(range(1_000))

    def plan(_now: Vocabulary) -> VocabularyPlan:
        words.catalogue.edit_vocabulary(VocabularyPlan(names=(f"n{next(count)}",)), **BY)
        return VocabularyPlan(names=("mine",))

    with pytest.raises(StaleVersion):
        make(words, plan)
    assert words.catalogue.vocabulary().find("mine") is None


def test_no_circle_comes_of_implications_made_at_once(words):
    pairs = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a")]
    start = threading.Barrier(len(pairs))
    outcomes: dict[tuple[str, str], object] = {}

    def one(pair: tuple[str, str]) -> None:
        start.wait()
        try:
            outcomes[pair] = make(words, lambda now: plan_implication(now, *pair))
        except Conflict as error:
            outcomes[pair] = error

    threads = [threading.Thread(target=one, args=(pair,)) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [outcome for outcome in outcomes.values() if isinstance(outcome, Conflict)]
    assert (len(outcomes), len(refused)) == (4, 1)
    assert "circle" in str(refused[0])
    vocabulary = words.catalogue.vocabulary()
    assert all(tag not in vocabulary.implied(tag) for tag in vocabulary.implications)


def test_a_reason_is_one_line_of_plain_text():
    assert read_reason(" große\n\tÄnderung 🙂 ") == "große Änderung 🙂"
    assert read_reason("x" * 500) == "x" * 500
    for bad in ("", " \n", "a\x00", "\x1b[0m", "\u202e", "\ud800", "x" * 501):
        with pytest.raises(BadInput, match="the reason"):
            read_reason(bad)
