"""Running the examples inside trees: does each made-up image end where it should."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from smashpass.core.library.facts import Facts
from smashpass.core.problems import Problem
from smashpass.core.rules.analysis.universe import conditions_below
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.compile.lowered import HasAny
from smashpass.core.rules.compile.probe import Trace
from smashpass.core.rules.decision import AttributeReason, Step, TagReason
from smashpass.core.rules.example import Example, Expectation
from smashpass.core.rules.explain.decide import odds
from smashpass.core.rules.formatting import format_value
from smashpass.core.rules.ruleset import NOTHING, CheckedTree, Unread
from smashpass.core.rules.tree import Leaf, Lottery, TagTest, Tree, leaves
from smashpass.core.tags.names import TagId
from smashpass.core.tags.nearest import Neighbourhood
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value


@dataclass(frozen=True, slots=True)
class ExampleResult:
    """What came out of one example.

    Attributes:
        tree: Id of the tree.
        example: The example.
        leaf: Id of the leaf that was reached.
        path: The tests that were tried on the way.
        problems: What is wrong, located at the example; empty if it passed.
    """

    tree: str
    example: Example
    leaf: str
    path: tuple[Step, ...]
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        """Whether the example came out as expected."""
        return not self.problems


def run_examples(
    tree: Tree,
    examples: Sequence[Example],
    vocabulary: Vocabulary | None = None,
    unread: Unread = NOTHING,
) -> list[ExampleResult]:
    """Run the examples of one tree, in order.

    Without a vocabulary, the tags that tree and examples name are all there are: no aliases, no
    implications. With one, those are applied, and names that it lacks are added to it.
    ``image.tag_count`` is the number of tags unless the example states it. An example whose path
    meets something that is ``unread`` proves nothing, and does not fail.

    Problems: E601 an expected leaf does not exist, E602 something else came out, E603 an
    earlier example with the same input expects something else. Cost: one compilation of the
    tree, then some 50 µs an example.
    """
    full_vocabulary = example_vocabulary(tree, examples, vocabulary)
    compiled = compile_tree(tree, full_vocabulary)
    leaf_ids = sorted({end.id for end in leaves(tree.root)} - unread.placeholders)
    vague = unread.leaves | unread.placeholders
    earlier: dict[object, list[Example]] = {}
    results = []
    for example in examples:
        facts = facts_of(example, full_vocabulary)
        end, trace = compiled.trace(facts)
        path = compiled.steps(trace, facts)
        same = earlier.setdefault((example.tags, frozenset(example.attributes.items())), [])
        problems: list[Problem] = []
        if unread.all_known and example.expect.leaf not in unread.texts:
            problems += _unknown_leaf(example, leaf_ids)
        if example.whole:
            problems += _contradicted(example, same)
            same.append(example)
        if (
            example.whole
            and not problems
            and end.id not in vague
            and not _met(trace, unread.conditions)
        ):
            problems += _failed(example, end, path)
        results.append(ExampleResult(tree.id, example, end.id, path, tuple(problems)))
    return results


def failures(trees: Iterable[CheckedTree]) -> list[Problem]:
    """Return what is wrong with the examples of ``trees``, as far as these could be read."""
    return [
        problem
        for checked in trees
        for result in run_examples(checked.tree, checked.examples, unread=checked.unread)
        for problem in result.problems
    ]


def example_vocabulary(
    tree: Tree, examples: Sequence[Example], vocabulary: Vocabulary | None = None
) -> Vocabulary:
    """Return what the examples are run with: ``vocabulary``, and what it lacks of the names."""
    patterns = (test.pattern for test in conditions_below(tree.root) if isinstance(test, TagTest))
    names = {pattern for pattern in patterns if not pattern.endswith("*")}
    return _with_names(vocabulary, sorted(names.union(*(example.tags for example in examples))))


def facts_of(example: Example, vocabulary: Vocabulary) -> Facts:
    """Return the made-up image of an example; ``vocabulary`` has all of its tags."""
    own_tags = frozenset(TagId(vocabulary.find(tag) or 0) for tag in example.tags)
    values: dict[str, Value] = {"image.tag_count": float(len(own_tags)), **example.attributes}
    return Facts(own_tags, vocabulary.effective(own_tags), values.get, lambda _name: None)


def _with_names(vocabulary: Vocabulary | None, names: Sequence[str]) -> Vocabulary:
    if vocabulary is None:
        return Vocabulary.of(names)
    new_names = tuple(name for name in names if vocabulary.find(name) is None)
    if not new_names:
        return vocabulary
    return Vocabulary(
        vocabulary.names + new_names,
        vocabulary.aliases,
        vocabulary.implications,
        vocabulary.deprecated,
    )


def _unknown_leaf(example: Example, leaf_ids: Sequence[str]) -> Iterator[Problem]:
    if example.expect.leaf is not None and example.expect.leaf not in leaf_ids:
        line, col = example.expect.leaf_at or (example.line, example.col)
        message = f"the test expects the leaf {example.expect.leaf!r}, which the tree does not have"
        near = Neighbourhood((leaf_id, leaf_id) for leaf_id in leaf_ids).near(example.expect.leaf)
        proposal = f"did you mean {near[0][0]}? " if near else ""
        hint = f"{proposal}it has {', '.join(leaf_ids)}"
        yield Problem(example.file, line, col, "E601", message, "error", hint)


def _met(trace: Trace, patterns: Container[str]) -> bool:
    """Whether a test that was tried asks for one of ``patterns``."""
    tested = (probe.atom.patterns for probe, _, _ in trace if isinstance(probe.atom, HasAny))
    return any(pattern in patterns for alternatives in tested for pattern in alternatives)


def _contradicted(example: Example, same: Sequence[Example]) -> Iterator[Problem]:
    for other in same:
        if _differ(example.expect, other.expect):
            yield _problem(
                example,
                "E603",
                f"the test {other.name!r} has the same input and expects another result",
                "change or remove one of them",
                f"{other.file}:{other.line}:{other.col}",
            )
            return


def _differ(first: Expectation, second: Expectation) -> bool:
    pairs = (
        (first.leaf, second.leaf),
        (first.verdict, second.verdict),
        (first.weight, second.weight),
        (first.odds, second.odds),
    )
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)


def _failed(example: Example, end: Leaf | Lottery, path: Sequence[Step]) -> Iterator[Problem]:
    """Name everything that came out differently, with the path taken."""
    wrong = list(_wrong(example.expect, end))
    if wrong:
        yield _problem(
            example,
            "E602",
            f"the test {example.name!r} fails: {', '.join(wrong)}",
            f"the path taken is {describe_path(path, end.id)}",
        )


def _wrong(expect: Expectation, end: Leaf | Lottery) -> Iterator[str]:
    if expect.leaf is not None and expect.leaf != end.id:
        yield f"leaf {end.id} instead of {expect.leaf}"
    if isinstance(end, Leaf):
        if expect.verdict is not None and expect.verdict != end.verdict:
            yield f"verdict {end.verdict} instead of {expect.verdict}"
        if expect.weight is not None and expect.weight != end.weight:
            yield f"weight {end.weight} instead of {expect.weight}"
        if expect.odds is not None:
            yield f"leaf {end.id} has no odds"
        return
    if expect.verdict is not None or expect.weight is not None:
        yield f"leaf {end.id} draws its outcome, expect odds"
    if expect.odds is not None and any(
        odds(end).get(verdict, 0) != weight for verdict, weight in expect.odds.items()
    ):
        weights = ", ".join(f"{verdict} {weight}" for verdict, weight in odds(end).items())
        yield f"odds {weights}"


def describe_path(path: Sequence[Step], leaf: str) -> str:
    """Return a path as text: every test tried, its result and what it saw, then the leaf."""
    return " → ".join([*(_step_words(step) for step in path), leaf])


def _step_words(step: Step) -> str:
    reasons = []
    for reason in step.because:
        match reason:
            case TagReason(tag, via):
                reasons.append(tag if via is None else f"{tag} through {via}")
            case AttributeReason(attr, None):
                reasons.append(f"{attr} is missing")
            case AttributeReason(attr, value) if value is not None:
                reasons.append(f"{attr} is {format_value(value)}")
    suffix = f" ({', '.join(reasons)})" if reasons else ""
    return f"{step.node}: {step.test} {'yes' if step.result else 'no'}{suffix}"


def _problem(example: Example, code: str, message: str, hint: str, related: str = "") -> Problem:
    return Problem(example.file, example.line, example.col, code, message, "error", hint, related)
