"""Coverage of trees by their tests, and the tests that are missing."""

from __future__ import annotations

from hypothesis import given

from smashpass.bootstrap.rules import shipped
from smashpass.core.rules.example import Example, Expectation
from smashpass.core.rules.tree import Tree
from smashpass.rulefiles.load import load, load_texts
from smashpass.services.rules.coverage import covered_by, yaml_of
from smashpass.services.rules.examples import run_examples
from tests.support.rule_strategies import trees
from tests.support.rule_texts import GOOD, PORTRAITS, PORTRAITS_PATH

SHIPPED = load([shipped("rules")])


def with_missing(tree: Tree, examples: tuple[Example, ...]) -> tuple[Example, ...]:
    report = covered_by(tree, examples)
    return (*examples, *(example for _, example in report.missing if example is not None))


def test_every_goal_that_is_not_covered_gets_a_test_that_covers_it() -> None:
    for tree in SHIPPED.trees:
        before = SHIPPED.examples[tree.id][:2]
        assert covered_by(tree, before).coverage.percent < 60
        after = with_missing(tree, before)
        report = covered_by(tree, after)
        assert report.coverage.percent == 100
        assert report.missing == ()
        assert all(result.passed for result in run_examples(tree, after))


@given(trees(asking=False))
def test_any_tree_can_be_covered_whole(tree: Tree) -> None:
    examples = with_missing(tree, ())
    assert all(result.passed for result in run_examples(tree, examples))
    report = covered_by(tree, examples)
    assert report.exact
    assert report.missing == ()
    assert report.coverage.percent == 100


@given(trees(max_depth=3))
def test_a_test_that_is_written_meets_its_goal_and_passes(tree: Tree) -> None:
    for goal, example in covered_by(tree, ()).missing[:3]:
        if example is not None:
            assert run_examples(tree, [example])[0].passed
            missing = covered_by(tree, [example]).coverage.missing
            assert goal.key not in {missing_goal.key for missing_goal in missing}
        else:
            assert "QueryTest" in repr(tree)


def test_the_missing_tests_can_be_pasted_into_the_file() -> None:
    head = PORTRAITS.partition("tests:")[0]
    rules = load_texts({**GOOD, PORTRAITS_PATH: head})
    (tree,) = rules.trees
    missing = [example for _, example in covered_by(tree, ()).missing if example is not None]
    text = head + "tests:\n" + "".join(yaml_of(example) for example in missing)
    reloaded = load_texts({**GOOD, PORTRAITS_PATH: text})
    assert reloaded.problems == ()
    assert reloaded.examples[tree.id] == tuple(missing)
    assert covered_by(tree, reloaded.examples[tree.id]).coverage.percent == 100


def test_a_condition_counts_when_it_was_seen_both_ways() -> None:
    (tree,) = load_texts(GOOD).trees
    blocked = Example("a", frozenset({"safety:blocked"}), {}, Expectation("unsafe"))
    names = {goal.name for goal in covered_by(tree, [blocked]).coverage.missing}
    assert "gate.then: safety:blocked is false" in names
    assert "gate.then: safety:blocked is true" not in names
    assert "gate.then: safety:unreviewed is true" in names
    assert {"gate.else", "leaf no-match"} <= names
    assert "gate.then" not in names


def test_what_no_image_can_show_is_not_asked_for() -> None:
    text = PORTRAITS.replace("- beard  ", "- {any: [beard, safety:blocked]}  ")
    (tree,) = load_texts({**GOOD, PORTRAITS_PATH: text}).trees
    report = covered_by(tree, with_missing(tree, ()))
    assert [goal.name for goal in report.coverage.impossible] == [
        "looks.arms[0]: safety:blocked is true"
    ]
    assert report.coverage.percent == 100
