"""Tests in words, and what a revision is the hash of."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given

from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t
from smashpass.core.rules.canonical import canonical, revision_of
from smashpass.core.rules.formatting import describe, describe_tags
from tests.support.portraits import PORTRAITS
from tests.support.rule_strategies import trees

A, B = t.TagTest("a"), t.TagTest("b")


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (A, "a"),
        (t.AnyOf((A, B)), "any of a, b"),
        (t.AnyOf((A,)), "a"),
        (t.NoneOf((A,)), "not a"),
        (t.NoneOf((A, B)), "none of a, b"),
        (t.NotOf(t.AllOf((A, B))), "not (all of a, b)"),
        (t.AtLeast(2, (A, B, t.NotOf(A))), "at least 2 of a, b, not a"),
        (t.AllOf((A, t.AnyOf((A, B)))), "all of a, (any of a, b)"),
        (t.Compare("image.width", "gte", 512.0), "image.width ≥ 512"),
        (t.Compare("image.score", "lt", 0.5), "image.score < 0.5"),
        (t.Compare("image.flag", "eq", True), "image.flag = true"),
        (t.Compare("image.score", "between", (0.5, 1.0)), "image.score between 0.5 and 1"),
        (t.Compare("query.terms", "in", (1.0, 2.0)), "query.terms one of 1, 2"),
        (t.QueryTest("robot\n  metal", q.Everything()), "matches “robot metal”"),
        (t.FacetTest("licence", "cc0-1.0"), "licence = cc0-1.0"),
    ],
)
def test_a_test_is_said_in_words(predicate, text):
    assert describe(predicate) == text


def test_a_long_list_of_tags_is_cut():
    assert (
        describe_tags([str(n) for n in range(10)], True)
        == "any of 0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
    )


def test_order_of_trees_labels_and_attributes_and_layout_of_queries_do_not_matter():
    attributes = dict(reversed(PORTRAITS.attributes.items()))
    other_tree = replace(PORTRAITS, attributes=attributes, labels=("default", "portrait"))
    second = replace(PORTRAITS, id="second")
    assert revision_of([PORTRAITS, second]) == revision_of([second, other_tree])
    spaced = t.QueryTest("a \n b", q.Everything())
    assert with_test(spaced) == with_test(t.QueryTest("a b", q.Words((q.Word("a"),))))


def test_whole_numbers_are_one_number_but_not_a_boolean():
    assert with_test(t.Compare("image.x", "eq", 1)) == with_test(t.Compare("image.x", "eq", 1.0))
    assert with_test(t.Compare("image.x", "eq", 1)) != with_test(t.Compare("image.x", "eq", True))


def test_everything_that_a_decision_shows_matters():
    leaf = t.Leaf("leaf", "smash", 50, "Reason")
    variants = [
        replace(leaf, id="other"),
        replace(leaf, verdict="pass"),
        replace(leaf, weight=51),
        replace(leaf, reason="Another"),
        t.Lottery("leaf", (t.Outcome("smash", 1, "Reason"),)),
        t.Lottery("leaf", (t.Outcome("smash", 2, "Reason"),)),
    ]
    trees = [PORTRAITS, replace(PORTRAITS, title="Other"), replace(PORTRAITS, labels=())]
    trees += [with_leaf(variant) for variant in (leaf, *variants)]
    assert len({revision_of([tree]) for tree in trees}) == len(trees)


def test_the_canonical_form_is_json_in_the_words_of_the_grammar():
    body = json.loads(canonical([PORTRAITS]))
    root = body["trees"][0]["root"]
    assert root["if"] == {"any": [{"tag": "safety:blocked"}, {"tag": "safety:unreviewed"}]}
    machine = root["else"]["choose"][1]["then"]
    assert machine["if"] == {"attr": "image.width", "gte": 512, "on_missing": False}


@given(trees(), trees())
def test_different_trees_have_different_revisions(tree, other_tree):
    assert (revision_of([tree]) == revision_of([other_tree])) == (tree == other_tree)


def with_leaf(leaf) -> t.Tree:
    return t.Tree("t", t.Branch("root", "if", (t.Arm(A, leaf),), leaf))


def with_test(predicate) -> str:
    leaf = t.Leaf("leaf", "smash", 50, "Reason")
    return revision_of([t.Tree("t", t.Branch("root", "if", (t.Arm(predicate, leaf),), leaf))])
