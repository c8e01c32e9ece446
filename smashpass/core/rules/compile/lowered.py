"""Lowered trees: their tests use tag ids instead of names.

Every construct of the grammar becomes one of seven forms, so that there is one set of closures
(``closures``), one algebra (``algebra``) and one search for changes (``flip``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smashpass.core.rules.tree import Compare, FacetTest, Leaf, Lottery
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class HasAny:
    """The image has one of ``tags`` (or, if not ``present``, none of them).

    Attributes:
        tags: Canonical ids; below zero a stand-in for a name that the vocabulary lacks, which
            no image of the library has.
        patterns: The tests as written, in order.
        choices: For each pattern the tag that would meet it: the first by name.
        present: False inverts the test.
    """

    tags: frozenset[TagId]
    patterns: tuple[str, ...]
    choices: tuple[TagId, ...]
    present: bool = True


@dataclass(frozen=True, slots=True)
class EveryOf:
    """All items hold; the empty one is true."""

    items: tuple[Lowered, ...]


@dataclass(frozen=True, slots=True)
class SomeOf:
    """At least one item holds; the empty one is false."""

    items: tuple[Lowered, ...]


@dataclass(frozen=True, slots=True)
class AtLeastOf:
    """``n`` or more of the items hold."""

    n: int
    items: tuple[Lowered, ...]


@dataclass(frozen=True, slots=True)
class Inverse:
    """The item does not hold; never a ``HasAny``, which inverts itself."""

    item: Lowered


Atom = HasAny | Compare | FacetTest
Lowered = Atom | EveryOf | SomeOf | AtLeastOf | Inverse


@dataclass(frozen=True, slots=True)
class LoweredArm:
    """One way out of a branch; ``words`` is its test as the rule file says it."""

    when: Lowered
    words: str
    then: LoweredNode


@dataclass(frozen=True, slots=True)
class LoweredBranch:
    """A branch whose tests are lowered."""

    id: str
    arms: tuple[LoweredArm, ...]
    otherwise: LoweredNode


LoweredNode = Leaf | Lottery | LoweredBranch


@dataclass(frozen=True, slots=True)
class LoweredTree:
    """A tree bound to a vocabulary; ``stand_ins`` names the ids below zero."""

    root: LoweredBranch
    vocabulary: Vocabulary
    stand_ins: Mapping[TagId, str]

    def name(self, tag: TagId) -> str:
        """Return the name of a tag, or the pattern of a stand-in."""
        return self.vocabulary.names[tag] if tag > 0 else self.stand_ins[tag]


def atoms(lowered: Lowered) -> Iterator[Atom]:
    """Every test on a tag, a number or the credit in ``lowered``, in reading order."""
    match lowered:
        case EveryOf(items) | SomeOf(items) | AtLeastOf(_, items):
            for item in items:
                yield from atoms(item)
        case Inverse(item):
            yield from atoms(item)
        case HasAny() | Compare() | FacetTest():
            yield lowered


def branches(node: LoweredNode) -> Iterator[LoweredBranch]:
    """Every branch from ``node`` on, in reading order."""
    if isinstance(node, LoweredBranch):
        yield node
        for arm in node.arms:
            yield from branches(arm.then)
        yield from branches(node.otherwise)
