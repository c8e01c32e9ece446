"""The words of one compiled tree: of its branches, of the parts of its tests, of its tags.

All of them are put together when they are first asked for, and kept as long as the tree is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from smashpass.core.library.facts import Facts
from smashpass.core.rules.compile.closures import condition
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.compile.lower import lower_predicate
from smashpass.core.rules.decision import PassedBranch
from smashpass.core.rules.explain.phrases import Phrase, phrase
from smashpass.core.rules.explain.plain_language import describe_tag
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Branch,
    Compare,
    Leaf,
    Lottery,
    Node,
    NoneOf,
    NotOf,
    Predicate,
    TagTest,
    Tree,
)
from smashpass.core.tags.names import TagId, fold
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Verdict

NodePath = tuple[int, ...]
"""The number of the way taken at each branch above a node."""

_ORDER: tuple[Verdict, ...] = ("smash", "pass")


@dataclass(frozen=True, slots=True, eq=False)
class NamedTest:
    """A predicate whose parts can be named where they hold.

    Attributes:
        holds: Whether it holds for an image.
        words: The words for it where it holds.
        compared: The attribute that it compares; "" for any other test.
        items: Its parts if it lists some of which one or more hold.
        whole: Whether all of the parts hold if it does.
    """

    holds: Callable[[Facts], bool]
    words: Phrase
    compared: str = ""
    items: tuple[NamedTest, ...] = ()
    whole: bool = False


@dataclass(slots=True, eq=False)
class BranchWords:
    """The words of one branch.

    Attributes:
        branch: The branch.
        labels: For each way what arrives there; ``else`` last.
        verdicts: For each way the verdicts that can be reached there.
        attributes: What its tests compare.
        named: The tests whose parts are named where they hold, by way.
        passed: The branch with all its ways, by the way taken.
    """

    branch: Branch
    labels: tuple[Phrase, ...]
    verdicts: tuple[tuple[Verdict, ...], ...]
    attributes: frozenset[str]
    named: dict[int, NamedTest | None] = field(default_factory=dict)
    passed: dict[int, PassedBranch] = field(default_factory=dict)

    def others(self, taken: int, verdict: Verdict) -> bool:
        """Whether some way but ``taken`` leads to a verdict other than ``verdict``."""
        return any(
            way != taken and any(reached != verdict for reached in verdicts)
            for way, verdicts in enumerate(self.verdicts)
        )


@dataclass(slots=True, eq=False)
class TreeWords:
    """The words of one tree with one vocabulary."""

    vocabulary: Vocabulary
    branches: dict[NodePath, BranchWords]
    tags: dict[TagId, str]

    def named(self, words: BranchWords, way: int) -> NamedTest | None:
        """Return the test of an arm by its parts; None if its label says it, or it has none."""
        if way not in words.named:
            arm = words.branch.arms[way]
            has_parts = isinstance(arm.when, AnyOf | AllOf | AtLeast) and not arm.then.label
            words.named[way] = named_test(arm.when, self.vocabulary) if has_parts else None
        return words.named[way]


_KEPT: WeakKeyDictionary[CompiledTree, TreeWords] = WeakKeyDictionary()


def words_of(compiled: CompiledTree) -> TreeWords:
    """Return the words of a tree; two threads may make them twice, never differently."""
    words = _KEPT.get(compiled)
    if words is None:
        vocabulary = compiled.lowered.vocabulary
        words = TreeWords(vocabulary, {}, dict(_labelled_tags(compiled.tree, vocabulary)))
        _KEPT[compiled] = words
    return words


def tag_words(compiled: CompiledTree, tag: TagId) -> str:
    """Return what a tag is called: its label in the tree, or its name as people say it."""
    known = words_of(compiled).tags.get(tag)
    return describe_tag(compiled.lowered.name(tag)) if known is None else known


def branch_words(branch: Branch) -> BranchWords:
    """Put the ways out of a branch into words. Cost: grows with everything below the branch."""
    labels = [_of_target(arm.then) or phrase(arm.when, True) for arm in branch.arms]
    labels.append(_of_target(branch.otherwise) or phrase(untaken(branch), False))
    below = [*(arm.then for arm in branch.arms), branch.otherwise]
    return BranchWords(
        branch,
        tuple(labels),
        tuple(_reached(node) for node in below),
        frozenset(
            part.attr
            for arm in branch.arms
            for part in parts(arm.when)
            if isinstance(part, Compare)
        ),
    )


def untaken(branch: Branch) -> Predicate:
    """Return the test that fails where the ``else`` of a branch is taken."""
    tests = tuple(arm.when for arm in branch.arms)
    return AnyOf(tests) if len(tests) > 1 else tests[0]


def named_test(predicate: Predicate, vocabulary: Vocabulary) -> NamedTest:
    """Return a predicate with the words of its parts."""
    holds = condition(lower_predicate(predicate, vocabulary))
    words = phrase(predicate, True)
    match predicate:
        case Compare(attr):
            return NamedTest(holds, words, attr)
        case AllOf(items):
            return NamedTest(holds, words, "", _named(items, vocabulary), whole=True)
        case AnyOf(items) | AtLeast(_, items):
            return NamedTest(holds, words, "", _named(items, vocabulary))
        case _:
            return NamedTest(holds, words)


def parts(predicate: Predicate) -> Iterator[Predicate]:
    """Yield a predicate and everything in it, in reading order."""
    yield predicate
    match predicate:
        case NotOf(item):
            yield from parts(item)
        case AllOf(items) | AnyOf(items) | NoneOf(items) | AtLeast(_, items):
            for item in items:
                yield from parts(item)
        case _:
            return


def _named(items: Iterable[Predicate], vocabulary: Vocabulary) -> tuple[NamedTest, ...]:
    return tuple(named_test(item, vocabulary) for item in items)


def _of_target(node: Node) -> Phrase | None:
    return Phrase(node.label, True, labelled=True) if node.label else None


def _reached(node: Node) -> tuple[Verdict, ...]:
    """Return the verdicts that some image can get at or below a node, smash first."""
    verdicts: set[Verdict] = set()
    waiting = [node]
    while waiting and len(verdicts) < len(_ORDER):
        match waiting.pop():
            case Leaf(verdict=verdict):
                verdicts.add(verdict)
            case Lottery(outcomes=outcomes):
                verdicts |= {outcome.verdict for outcome in outcomes if outcome.weight > 0}
            case Branch(arms=arms, otherwise=otherwise):
                waiting += [otherwise, *(arm.then for arm in arms)]
    return tuple(verdict for verdict in _ORDER if verdict in verdicts)


def _labelled_tags(tree: Tree, vocabulary: Vocabulary) -> Iterator[tuple[TagId, str]]:
    """Yield the tags that the tree has a label for; the first label that it reads comes last."""
    waiting: list[Node] = [tree.root]
    labels: list[tuple[TagId, str]] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, Branch):
            waiting += [node.otherwise, *(arm.then for arm in reversed(node.arms))]
            for arm in node.arms:
                for part in parts(arm.when):
                    if isinstance(part, TagTest) and part.label and "*" not in part.pattern:
                        tag = vocabulary.resolve(fold(part.pattern))
                        if tag is not None:
                            labels.append((tag, part.label.then))
    yield from reversed(labels)
