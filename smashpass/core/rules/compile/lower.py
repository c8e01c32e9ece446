"""From names to ids: a tree's tests bound to one vocabulary.

A query becomes the same forms as the equivalent predicates.
Names that the vocabulary lacks match nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from smashpass.core.errors import BadInput
from smashpass.core.library.data import YES
from smashpass.core.query import bound
from smashpass.core.query.bind import bind
from smashpass.core.query.syntax import Facet, Mine, Range
from smashpass.core.rules.compile.lowered import (
    AtLeastOf,
    EveryOf,
    HasAny,
    Inverse,
    Lowered,
    LoweredArm,
    LoweredBranch,
    LoweredNode,
    LoweredTree,
    SomeOf,
)
from smashpass.core.rules.formatting import describe
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Branch,
    Compare,
    FacetTest,
    Node,
    NoneOf,
    NotOf,
    Predicate,
    QueryTest,
    TagTest,
    Tree,
)
from smashpass.core.tags.names import TagId, fold
from smashpass.core.tags.vocabulary import Vocabulary


def lower_tree(tree: Tree, vocabulary: Vocabulary) -> LoweredTree:
    """Bind every test of ``tree`` to ``vocabulary``; unknown names match nothing.

    Raises:
        BadInput: A query asks for what is the viewer's own (``my:``), which no tree may read.
    """
    lowering = _Lowering(vocabulary)
    root = lowering.branch(tree.root)
    stand_ins = {tag: name for name, tag in lowering.unknown.items()}
    return LoweredTree(root, vocabulary, stand_ins)


def lower_predicate(predicate: Predicate, vocabulary: Vocabulary) -> Lowered:
    """Bind one test to ``vocabulary``; unknown names match nothing, each for itself.

    Raises:
        BadInput: A query asks for what is the viewer's own.
    """
    return _Lowering(vocabulary).predicate(predicate)


@dataclass(slots=True)
class _Lowering:
    """One pass over a tree; remembers the stand-ins it has assigned."""

    vocabulary: Vocabulary
    unknown: dict[str, TagId] = field(default_factory=dict)

    def branch(self, branch: Branch) -> LoweredBranch:
        arms = tuple(
            LoweredArm(self.predicate(arm.when), describe(arm.when), self.node(arm.then))
            for arm in branch.arms
        )
        return LoweredBranch(branch.id, arms, self.node(branch.otherwise))

    def node(self, node: Node) -> LoweredNode:
        return self.branch(node) if isinstance(node, Branch) else node

    def predicate(self, predicate: Predicate) -> Lowered:
        match predicate:
            case TagTest(pattern):
                return self.tag(pattern)
            case Compare():
                return predicate
            case FacetTest(name, value):
                return FacetTest(name, value.casefold())
            case QueryTest():
                syntax = predicate.syntax
                return self.query(bind(syntax, self.vocabulary, strict=False, in_tree=True))
            case AllOf(items):
                return _every(self.predicate(item) for item in items)
            case AnyOf(items):
                return _some(self.predicate(item) for item in items)
            case NoneOf(items):
                return _inverse(_some(self.predicate(item) for item in items))
            case NotOf(item):
                return _inverse(self.predicate(item))
            case AtLeast(n, items):
                return AtLeastOf(n, tuple(self.predicate(item) for item in items))

    def tag(self, pattern: str) -> HasAny:
        """Bind a name or a wildcard; the vocabulary gives canonical tags only."""
        if pattern.endswith("*"):
            tags = self.vocabulary.matching(pattern[:-1])
        else:
            resolved = self.vocabulary.resolve(fold(pattern))
            tags = () if resolved is None else (resolved,)
        if not tags:
            tags = (self.unknown.setdefault(pattern, TagId(-1 - len(self.unknown))),)
        return HasAny(frozenset(tags), (pattern,), (self._first(tags),))

    def query(self, query: bound.Query) -> Lowered:
        match query:
            case bound.AnyTag(tags):
                return self._any_tag(tags)
            case Range():
                return _range(query)
            case Facet("by", value):
                # An image may have come by several ways; so each of them is a facet of its own.
                return FacetTest(f"by:{value}", YES)
            case Facet(name, value):
                return FacetTest(name, value.casefold())
            case bound.And(items):
                return _every(self.query(item) for item in items)
            case bound.Or(items):
                return _some(self.query(item) for item in items)
            case bound.Not(item):
                return _inverse(self.query(item))
            case bound.All():
                return EveryOf(())
            case bound.Nothing():
                return SomeOf(())
            case Mine(which):
                raise BadInput(
                    f"a tree cannot read my:{which}", hint="compare a viewer attribute instead"
                )

    def _any_tag(self, tags: frozenset[TagId]) -> Lowered:
        if not tags:
            return SomeOf(())
        names = self.vocabulary.names
        ordered = sorted(tags, key=lambda tag: names[tag])
        return HasAny(tags, tuple(names[tag] for tag in ordered), (ordered[0],))

    def _first(self, tags: tuple[TagId, ...]) -> TagId:
        names = self.vocabulary.names
        return min(tags, key=lambda tag: names[tag] if tag > 0 else "")


def _every(operands: Iterable[Lowered]) -> Lowered:
    items = tuple(operands)
    return items[0] if len(items) == 1 else EveryOf(items)


def _some(operands: Iterable[Lowered]) -> Lowered:
    """Join neighbouring tag tests into one: a set operation instead of many calls."""
    items: list[Lowered] = []
    for item in operands:
        last = items[-1] if items else None
        if isinstance(item, HasAny) and isinstance(last, HasAny) and item.present and last.present:
            items[-1] = HasAny(
                last.tags | item.tags, last.patterns + item.patterns, last.choices + item.choices
            )
        else:
            items.append(item)
    return items[0] if len(items) == 1 else SomeOf(tuple(items))


def _inverse(item: Lowered) -> Lowered:
    match item:
        case HasAny(tags, patterns, choices, present):
            return HasAny(tags, patterns, choices, not present)
        case Inverse(inner):
            return inner
        case _:
            return Inverse(item)


def _range(query_range: Range) -> Lowered:
    """Turn a query's range into comparisons; a missing value is outside of every range."""
    ends: list[Lowered] = []
    if query_range.low is not None or query_range.high is None:
        low = -math.inf if query_range.low is None else query_range.low
        ends.append(Compare(query_range.name, "gte" if query_range.include_low else "gt", low))
    if query_range.high is not None:
        ends.append(
            Compare(query_range.name, "lte" if query_range.include_high else "lt", query_range.high)
        )
    return _every(ends)
