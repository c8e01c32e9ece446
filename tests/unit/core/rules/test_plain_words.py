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
    describe_interval,
    describe_tag,
    headline,
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
    assert describe_change(["a beard", "blonde hair"], []) == "with a beard and blonde hair"
    assert describe_change(["a", "a width of 5"], ["b", "c", "d"]) == (
        "with a and a width of 5 and without b, c or d"
    )


@given(populated, trees())
def test_every_change_is_said_without_signs(library: Library, tree: t.Tree) -> None:
    compiled = compile_tree(tree, library.vocabulary)
    facts = library.index.facts(Ordinal(min(library.live)), {})
    decision = decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)
    for flip in decision.flip or ():
        assert flip.text.startswith(("with ", "without "))
        assert not set(flip.text) & set("≥≤<>≠=_*:")
        assert headline(flip, "Love it") == f"W{flip.text[1:]}: Love it"


def test_a_change_uses_the_label_of_its_tag() -> None:
    library = a_library(mouth__smile=[1], hat=[2])
    smile = t.TagTest("mouth:smile", t.AnswerWords("a smile"))
    arm = t.Arm(smile, t.Leaf("yes", "smash", 80, "A smile"))
    tree = t.Tree("t", t.Branch("top", "if", (arm,), t.Leaf("no", "pass", 60, "None")))
    compiled = compile_tree(tree, library.vocabulary)
    for ordinal, text in ((1, "without a smile"), (2, "with a smile")):
        facts = library.index.facts(Ordinal(ordinal), {})
        decision = decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)
        assert decision.flip
        assert decision.flip[0].text == text
        assert decision.flip[0].as_json()["text"] == text
