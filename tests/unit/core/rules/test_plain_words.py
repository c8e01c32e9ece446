"""Decisions for people who never saw a rule file."""

from __future__ import annotations

import pytest
from hypothesis import given

from smashpass.core.imageset import Ordinal
from smashpass.core.rules import tree as t
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.compile.edits import Interval
from smashpass.core.rules.explain.decide import decide
from smashpass.core.rules.explain.plain_language import (
    describe_change,
    describe_flip,
    describe_interval,
    describe_tag,
    sentences,
)
from tests.support.builders import Library, a_library
from tests.support.rule_strategies import populated, trees

INF = float("inf")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("beard", "beard"),
        ("glowing_eyes", "glowing eyes"),
        ("hair:light_brown", "light brown hair"),
        ("hat:*", "hat"),
        ("bla*", "bla"),
    ],
)
def test_a_tag_is_said_as_one_would_search_for_it(name: str, words: str) -> None:
    assert describe_tag(name) == words


def test_a_range_of_values_is_said_without_signs() -> None:
    low, point, above = (
        Interval(1.0, -INF, 512.0),
        Interval(512.0, 512.0, 512.0),
        Interval(600.0, 512.0, INF),
    )
    assert describe_interval("image.width", [point, above]) == "a width of at least 512"
    assert describe_interval("image.width", [above]) == "a width of more than 512"
    assert describe_interval("image.smash_rate", [low]) == "a smash rate of less than 512"
    assert describe_interval("image.width", [point]) == "a width of 512"
    assert describe_interval("image.width", [low, point, above]) == "a known width"
    assert describe_interval("image.mood", [Interval("calm")]) == "a mood of calm"


def test_changes_are_joined_as_people_do() -> None:
    assert describe_change(["hair:blonde", "beard"], [], []) == "with beard and blonde hair"
    assert describe_change(["a"], ["b", "c", "d"], ["a width of 5"]) == (
        "with a and a width of 5 and without b, c or d"
    )


def decided(library: Library, tree: t.Tree, ordinal: int):
    compiled = compile_tree(tree, library.vocabulary)
    facts = library.index.facts(Ordinal(ordinal), {})
    return decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)


def test_a_decision_is_told_in_three_sentences() -> None:
    library = a_library(
        hair__blonde=[1], full_beard=[1], hat=[2], beard=[9], implications=[("full_beard", "beard")]
    )
    condition = t.AllOf((t.TagTest("beard"), t.TagTest("hair:blonde")))
    arm = t.Arm(condition, t.Leaf("yes", "smash", 80, "A friendly face"))
    tree = t.Tree("t", t.Branch("top", "if", (arm,), t.Leaf("no", "pass", 60, "Not today")))
    assert sentences(decided(library, tree, 1)) == (
        "A friendly face.",
        "What counted was beard (from full beard) and blonde hair.",
        "Without full beard it would be a pass.",
    )
    assert sentences(decided(library, tree, 2)) == (
        "Not today.",
        "With beard and blonde hair it would be a smash.",
    )


@given(populated, trees())
def test_every_decision_has_one_to_three_sentences_without_signs(
    library: Library, tree: t.Tree
) -> None:
    decision = decided(library, tree, min(library.live))
    spoken = sentences(decision)
    assert 1 <= len(spoken) <= 3
    assert spoken[0].startswith(decision.reason)
    for sentence in spoken:
        assert sentence.endswith(".")
        assert not set(sentence) & set("≥≤<>≠=_*:")
    for flip in decision.flip or ():
        assert flip.plain_text
        assert describe_flip(flip).endswith(f" it would be a {flip.verdict}.")
