"""The rules that come with the program are examples to learn from, and must be good ones."""

from __future__ import annotations

from smashpass.core.rules.tree import Lottery, depth, leaves
from smashpass.rulefiles.load import load
from smashpass.services.rules.check import findings
from smashpass.services.rules.coverage import covered_by
from tests.support.paths import ROOT

SHIPPED = load([ROOT / "rules"])


def test_the_shipped_rules_have_no_problem_and_all_their_tests_pass() -> None:
    assert findings(SHIPPED) == []


def test_there_are_trees_of_three_four_and_five_levels() -> None:
    assert sorted(depth(tree.root) for tree in SHIPPED.trees) == [3, 4, 5]


def test_exactly_one_tree_is_the_default() -> None:
    assert [tree.id for tree in SHIPPED.trees if "default" in tree.labels] == ["avatars"]


def test_the_tests_cover_every_branch_leaf_and_condition() -> None:
    for tree in SHIPPED.trees:
        report = covered_by(tree, SHIPPED.examples[tree.id])
        assert report.exact
        assert report.coverage.missing == ()
        assert report.coverage.impossible == ()


def test_each_tree_can_end_in_both_verdicts() -> None:
    for tree in SHIPPED.trees:
        ends = [leaf for leaf in leaves(tree.root) if not isinstance(leaf, Lottery)]
        assert {leaf.verdict for leaf in ends} == {"smash", "pass"}


def test_the_grammar_is_shown_in_use() -> None:
    text = "\n".join(SHIPPED.files.values())
    for word in ("choose:", "outcomes:", "at_least:", "query:", "on_missing:", "is:", "use:"):
        assert word in text


def test_no_rule_is_about_the_colour_of_a_skin() -> None:
    assert "skin" not in "\n".join(SHIPPED.files.values())
