"""Decision trees as values: what a rule file says, with fragments expanded.

A tree knows no library: tags are names and patterns here, and become tag ids when it is
compiled against a vocabulary. Every class is frozen; equal trees are equal values. Labels are
words for people and decide nothing, so values that differ in their labels alone are equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from smashpass.core.query.syntax import Syntax
from smashpass.core.values import Value, Verdict

AttributeType = Literal["integer", "number", "boolean", "text"]
Operator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "between", "in"]

MIN_DEPTH = 3
MAX_DEPTH = 5
DEFAULT_WEIGHT = 50
DEFAULT_LABEL = "default"
"""Label of the tree that decides where none is named."""


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """What an author calls the images for which a test holds, and those for which it does not.

    Noun phrases: ``a friendly face`` and ``no friendly face``. An empty ``otherwise`` is derived.
    """

    then: str
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class TagTest:
    """The image has a tag that ``pattern`` names: ``beard``, ``hair:blonde``, ``hat:*``, ``bla*``.

    The ``*`` stands only at the end. A name without ``*`` is a tag or an alias.
    """

    pattern: str
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute compared with a constant.

    ``value`` is one value, or for ``between`` (both ends included) and ``in`` a tuple of them.
    ``on_missing`` is the answer when the attribute has no value.
    """

    attr: str
    op: Operator
    value: Value | tuple[Value, ...]
    on_missing: bool = False
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class QueryTest:
    """The image matches a query text (the search box's language, without ``my:`` and ``~``)."""

    text: str
    syntax: Syntax = field(repr=False)
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class FacetTest:
    """The image's credit says so: ``name`` is ``licence`` or ``source``; made from queries only."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every item holds."""

    items: tuple[Predicate, ...]
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one item holds."""

    items: tuple[Predicate, ...]
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NoneOf:
    """No item holds."""

    items: tuple[Predicate, ...]
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NotOf:
    """The item does not hold."""

    item: Predicate
    label: AnswerWords | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """``n`` or more of the items hold, ``1 <= n <= len(items)``."""

    n: int
    items: tuple[Predicate, ...]
    label: AnswerWords | None = field(default=None, compare=False)


Predicate = TagTest | Compare | QueryTest | FacetTest | AllOf | AnyOf | NoneOf | NotOf | AtLeast


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a path: one verdict with its reason. ``weight`` is 0-100."""

    id: str
    verdict: Verdict
    weight: int
    reason: str
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One ticket of a lottery; ``weight`` is its odds, a whole number >= 0."""

    verdict: Verdict
    weight: int
    reason: str


@dataclass(frozen=True, slots=True)
class Lottery:
    """The end of a path where the outcome is drawn by a hash; at least one weight is above 0."""

    id: str
    outcomes: tuple[Outcome, ...]
    label: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Arm:
    """One way out of a branch, taken by the first arm whose ``when`` holds."""

    when: Predicate
    then: Node


@dataclass(frozen=True, slots=True)
class Branch:
    """An ``if`` (one arm) or a ``choose`` (one or more arms) with its ``else``."""

    id: str
    kind: Literal["if", "choose"]
    arms: tuple[Arm, ...]
    otherwise: Node
    label: str = field(default="", compare=False)


Node = Leaf | Lottery | Branch


@dataclass(frozen=True, slots=True)
class Attribute:
    """A declared attribute: type, and range for numbers (both ends included)."""

    name: str
    type: AttributeType
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """One decision tree, complete: nothing in it refers to another file."""

    id: str
    root: Branch
    title: str = ""
    description: str = ""
    owner: str = ""
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=dict)


def default_tree(trees: Iterable[Tree]) -> Tree | None:
    """Return the first tree that is labelled ``default``, None if none is."""
    return next((tree for tree in trees if DEFAULT_LABEL in tree.labels), None)


def depth(node: Node) -> int:
    """Number of branches on the longest path from ``node``; a leaf alone has depth 0."""
    if not isinstance(node, Branch):
        return 0
    return 1 + max(depth(arm.then) for arm in (*node.arms, Arm(AllOf(()), node.otherwise)))


def leaves(node: Node) -> Iterator[Leaf | Lottery]:
    """Every end of a path below ``node``, in reading order; a shared fragment comes once a use."""
    if not isinstance(node, Branch):
        yield node
        return
    for arm in node.arms:
        yield from leaves(arm.then)
    yield from leaves(node.otherwise)
