"""Predicates as noun phrases: from labels, and from their parts where they have none."""

from __future__ import annotations

import pytest
from hypothesis import given

from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t
from smashpass.core.rules.explain.phrases import LONGEST, phrase
from tests.support.rule_strategies import CONSTANTS, OUTSIDE, predicates

A, B, C = (t.TagTest(name) for name in ("beard", "hair:blonde", "hat:*"))
LABELLED = t.TagTest("mouth:smile", t.AnswerWords("a smile"))
SEVEN = tuple(t.TagTest(name) for name in "abcdefg")
LONG = tuple(t.TagTest(f"{letter * 40}") for letter in "abcdefg")


def word(text: str) -> q.Words:
    return q.Words((q.Word(text),))


ROBOT = q.Conjunction(
    (q.Disjunction((word("robot"), q.Exact("kind:toy"))), q.Negation(word("sad")))
)


@pytest.mark.parametrize(
    ("predicate", "holding", "failing"),
    [
        (A, "beard", "no beard"),
        (B, "blonde hair", "no blonde hair"),
        (t.TagTest("hair:light_*"), "light hair", "no light hair"),
        (t.TagTest("sp*"), "sp…", "no sp…"),
        (LABELLED, "a smile", "no smile"),
        (t.TagTest("x", t.AnswerWords("a hat", "bare hair")), "a hat", "bare hair"),
        (t.TagTest("x", t.AnswerWords("no hat")), "no hat", "no x"),
        (t.AnyOf((A, B, C)), "beard, blonde hair or hat", "no beard, blonde hair or hat"),
        (t.AnyOf((LABELLED, A)), "a smile or beard", "no smile or beard"),
        (t.AnyOf((A, t.AnyOf((B, C)))), "beard, blonde hair or hat",
         "no beard, blonde hair or hat"),
        (t.AnyOf((A, A)), "beard", "no beard"),
        (t.AllOf((A, B)), "beard and blonde hair", "no beard or no blonde hair"),
        (t.AllOf((A, t.AnyOf((B, C)))), "beard and (blonde hair or hat)",
         "no beard or (no blonde hair or hat)"),
        (t.NoneOf((A, B)), "no beard or blonde hair", "beard or blonde hair"),
        (t.NotOf(A), "no beard", "beard"),
        (t.AtLeast(2, (A, B, C)), "two or more of beard, blonde hair and hat",
         "fewer than two of beard, blonde hair and hat"),
        (t.AtLeast(1, (A, B)), "beard or blonde hair", "no beard or blonde hair"),
        (t.AtLeast(2, (A, B)), "beard and blonde hair", "no beard or no blonde hair"),
        (t.AnyOf(SEVEN), "a, b, c, d or 3 more", "no a, b, c, d or 3 more"),
        (t.AnyOf(LONG), "one of 7 things", "none of 7 things"),
        (t.AllOf(LONG), "all of 7 things", "not all of 7 things"),
        (t.AtLeast(2, LONG), "two or more of 7 things", "fewer than two of 7 things"),
        (t.Compare("image.width", "gte", 1024.0), "a width of at least 1,024",
         "a width below 1,024"),
        (t.Compare("image.age_days", "lt", 3.0), "age days below 3", "age days of at least 3"),
        (t.Compare("image.score", "gt", 0.5), "a score above 0.5", "a score of at most 0.5"),
        (t.Compare("image.score", "lte", 0.5), "a score of at most 0.5", "a score above 0.5"),
        (t.Compare("image.score", "eq", 1.0), "a score of 1", "a score other than 1"),
        (t.Compare("image.score", "ne", 1.0), "a score other than 1", "a score of 1"),
        (t.Compare("image.score", "between", (0.5, 1.0)), "a score from 0.5 to 1",
         "a score outside 0.5 to 1"),
        (t.Compare("image.score", "in", (1.0, 2.0)), "a score of 1 or 2",
         "a score other than 1 or 2"),
        (t.Compare("plugin.aesthetic", "gte", 6.0), "an aesthetic score of at least 6",
         "an aesthetic score below 6"),
        (t.Compare("plugin.sharp", "eq", True), "a yes for sharp", "a no for sharp"),
        (t.Compare("plugin.sharp", "ne", True), "a no for sharp", "a yes for sharp"),
        (t.Compare("viewer.smash_rate", "lt", 0.5), "a viewer smash rate below 0.5",
         "a viewer smash rate of at least 0.5"),
        (t.FacetTest("licence", "CC0-1.0"), "the licence CC0-1.0", "a licence other than CC0-1.0"),
        (t.QueryTest("x", ROBOT), "(robot or toy kind) and no sad",
         "(no robot or toy kind) or sad"),
        (t.QueryTest("width:any", q.Range("image.width", None, None)), "a known width",
         "no known width"),
        (t.QueryTest("x", q.Range("image.width", 5.0, 9.0)), "a width from 5 to 9",
         "a width outside 5 to 9"),
        (t.QueryTest("by:hand", q.Facet("by", "hand")), "tag added by hand",
         "no tag added by hand"),
        (t.QueryTest("-a  b", q.NotFirst(q.Words((q.Word("a"), q.Word("b"))))),
         "match for “-a b”", "no match for “-a b”"),
    ],
)  # fmt: skip
def test_a_predicate_has_a_phrase_for_each_answer(
    predicate: t.Predicate, holding: str, failing: str
) -> None:
    assert phrase(predicate, True).text == holding
    assert phrase(predicate, False).text == failing


def test_a_comparison_of_a_missing_value_says_so_whatever_its_label() -> None:
    test = t.Compare("image.width", "gte", 5.0, True, t.AnswerWords("a large picture"))
    for holds in (True, False):
        assert phrase(test, holds, {"image.width"}).text == "no known width"
        assert phrase(t.NotOf(test), holds, {"image.width"}).text == "no known width"
    assert phrase(t.AllOf((A, test)), True, {"image.width"}).text == "beard and no known width"
    assert phrase(test, True).text == "a large picture"


@given(predicates({**CONSTANTS, **OUTSIDE}))
def test_every_predicate_has_words_and_they_differ_by_the_answer(predicate: t.Predicate) -> None:
    holding, failing = phrase(predicate, True), phrase(predicate, False)
    assert holding.text
    assert holding.text != failing.text
    assert len(holding.text) <= LONGEST
    assert phrase(t.NotOf(predicate), True) == failing
