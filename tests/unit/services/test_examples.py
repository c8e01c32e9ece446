"""Examples inside trees: which leaf they reach, and what is said if it is another."""

from __future__ import annotations

from smashpass.core.rules.example import Example, Expectation
from smashpass.core.rules.tree import Arm, Branch, Compare, Leaf, Lottery, Outcome, TagTest, Tree
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value
from smashpass.services.rules.examples import run_examples

SMILE = Leaf("smile", "smash", 80, "It smiles")
REST = Leaf("rest", "pass", 40, "It does not")
DRAW = Lottery(
    "draw", (Outcome("smash", 2, "a"), Outcome("pass", 1, "b"), Outcome("smash", 1, "c"))
)
WIDE = Branch("wide", "if", (Arm(Compare("image.width", "gte", 512.0), DRAW),), REST)
TREE = Tree("t", Branch("top", "if", (Arm(TagTest("happy"), SMILE),), WIDE))


def example(
    *tags: str, attributes: dict[str, Value] | None = None, name: str = "n", **expect: object
) -> Example:
    expected = Expectation(**expect)  # type: ignore[arg-type]
    return Example(name, frozenset(tags), attributes or {}, expected, "t.yaml", 3, 5)


def only(example_run: Example, vocabulary: Vocabulary | None = None) -> list[tuple[str, str, str]]:
    (result,) = run_examples(TREE, [example_run], vocabulary)
    return [(problem.code, problem.message, problem.hint) for problem in result.problems]


def test_an_example_that_comes_out_as_expected_passes() -> None:
    results = run_examples(TREE, [example("happy", leaf="smile", verdict="smash", weight=80)])
    assert [result.passed for result in results] == [True]
    assert results[0].leaf == "smile"
    assert [step.node for step in results[0].path] == ["top"]


def test_a_failing_example_shows_the_path_with_the_values_it_saw() -> None:
    problems = only(example("sad", attributes={"image.width": 300.0}, leaf="smile", weight=80))
    assert problems == [
        (
            "E602",
            "the test 'n' fails: leaf rest instead of smile, weight 40 instead of 80",
            "the path taken is top: happy no"
            " → wide: image.width ≥ 512 no (image.width is 300) → rest",
        )
    ]


def test_a_missing_value_is_called_missing() -> None:
    assert "(image.width is missing)" in only(example(verdict="smash"))[0][2]


def test_the_problem_stands_where_the_example_stands() -> None:
    (result,) = run_examples(TREE, [example(leaf="smile")])
    assert [problem.where for problem in result.problems] == ["t.yaml:3:5"]


def test_odds_are_the_sums_of_weights() -> None:
    wide = {"image.width": 512.0}
    assert only(example(attributes=wide, odds={"smash": 3, "pass": 1})) == []
    assert "odds smash 3, pass 1" in only(example(attributes=wide, odds={"pass": 2}))[0][1]


def test_what_is_drawn_is_not_expected() -> None:
    problems = only(example(attributes={"image.width": 512.0}, verdict="smash"))
    assert [code for code, _, _ in problems] == ["E602"]
    assert "expect odds" in problems[0][1]
    assert "has no odds" in only(example("happy", odds={"smash": 1}))[0][1]


def test_a_leaf_that_the_tree_lacks_is_named_with_those_it_has() -> None:
    code, message, hint = only(example(leaf="smiel"))[0]
    assert (code, hint) == ("E601", "did you mean smile? it has draw, rest, smile")
    assert "'smiel'" in message


def test_two_examples_with_one_input_cannot_expect_two_results() -> None:
    examples = [
        example("happy", leaf="smile", name="first"),
        example("happy", verdict="smash"),
        example("happy", leaf="rest"),
    ]
    results = run_examples(TREE, examples)
    assert [[problem.code for problem in result.problems] for result in results] == [
        [],
        [],
        ["E603"],
    ]
    assert results[2].problems[0].related == "t.yaml:3:5"


def test_a_vocabulary_brings_aliases_and_implications() -> None:
    words = Vocabulary.of(["sad"], {"glad": "happy"}, [("grin", "happy")])
    assert only(example("glad", leaf="smile")) != []
    assert only(example("glad", leaf="smile"), words) == []
    assert only(example("grin", leaf="smile"), words) == []
    assert only(example("new", leaf="rest"), words) == []


def test_tags_are_counted_unless_the_example_counts_them() -> None:
    counted = Branch("n", "if", (Arm(Compare("image.tag_count", "gte", 2.0), SMILE),), REST)
    tree = Tree("c", counted)
    assert run_examples(tree, [example("a", "b", leaf="smile")])[0].passed
    assert run_examples(tree, [example("a", leaf="rest")])[0].passed
    attributes: dict[str, Value] = {"image.tag_count": 5.0}
    assert run_examples(tree, [example("a", attributes=attributes, leaf="smile")])[0].passed
