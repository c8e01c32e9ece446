"""The first step to the normal form: rules that hold for any query, however large."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smashpass.core.query.bound import All, And, AnyTag, Not, Nothing, Or, Query
from smashpass.core.query.syntax import Facet, Mine, Range
from smashpass.core.tags.names import TagId

_NO_TAGS: frozenset[TagId] = frozenset()


def simplified(query: Query, *, turned: bool = False) -> Query:
    """Return ``query`` (or its negation, if ``turned``) with negations at the leaves only.

    No AND within an AND, no OR within an OR, no item that another makes needless; sorted.
    """
    match query:
        case Not(item):
            return simplified(item, turned=not turned)
        case And(items):
            join = disjunction if turned else conjunction
            return join(simplified(item, turned=turned) for item in items)
        case Or(items):
            join = conjunction if turned else disjunction
            return join(simplified(item, turned=turned) for item in items)
        case All():
            return Nothing() if turned else query
        case Nothing():
            return All() if turned else query
        case AnyTag(tags) if not tags:
            return All() if turned else Nothing()
        case _:
            return Not(query) if turned else query


def conjunction(items: Iterable[Query]) -> Query:
    """Return the AND of simplified items, simplified."""
    parts: list[Query] = []
    for item in items:
        if isinstance(item, Nothing):
            return item
        if isinstance(item, And):
            parts += item.items
        elif not isinstance(item, All):
            parts.append(item)
    if len(parts) < 2:
        return parts[0] if parts else All()
    # None of some tags and none of others is none of all; what is excluded need not be asked for.
    excluded = _NO_TAGS.union(*[_excluded(item) for item in parts])
    if excluded:
        positive = [item for item in parts if not _excluded(item)]
        parts = [_without(item, excluded) for item in positive]
        parts.append(Not(AnyTag(excluded)))
        if any(isinstance(item, Nothing) for item in parts):
            return Nothing()
    parts = list(dict.fromkeys(parts))
    if _contradict(parts):
        return Nothing()
    parts = _needed(parts, weaker_goes=True)
    return parts[0] if len(parts) == 1 else And(tuple(sorted(parts, key=in_order)))


def disjunction(items: Iterable[Query]) -> Query:
    """Return the OR of simplified items, simplified."""
    parts: list[Query] = []
    for item in items:
        if isinstance(item, All):
            return item
        if isinstance(item, Or):
            parts += item.items
        elif not isinstance(item, Nothing):
            parts.append(item)
    if len(parts) < 2:
        return parts[0] if parts else Nothing()
    # One of some tags or one of others is one of all; what is asked for need not be excluded.
    asked_tags = _NO_TAGS.union(*[item.tags for item in parts if isinstance(item, AnyTag)])
    if asked_tags:
        parts = [_sparing(item, asked_tags) for item in parts if not isinstance(item, AnyTag)]
        parts.append(AnyTag(asked_tags))
        if any(isinstance(item, All) for item in parts):
            return All()
    parts = list(dict.fromkeys(parts))
    if _contradict(parts):
        return All()
    parts = _needed(parts, weaker_goes=False)
    return parts[0] if len(parts) == 1 else Or(tuple(sorted(parts, key=in_order)))


def in_order(query: Query) -> Any:
    """Return the key by which items are sorted: tags, ranges, credits, own swipes, the rest."""
    match query:
        case AnyTag(tags):
            return 0, (len(tags), *sorted(tags))
        case Range(name, low, high, include_low, include_high):
            ends = (low is not None, low or 0.0, high is not None, high or 0.0)
            return 1, (name, *ends, include_low, include_high)
        case Facet(name, value):
            return 2, (name, value)
        case Mine(which):
            return 3, which
        case Not(item):
            return 4, in_order(item)
        case And(items):
            return 5, tuple(in_order(item) for item in items)
        case Or(items):
            return 6, tuple(in_order(item) for item in items)
        case All() | Nothing():
            return 7, isinstance(query, All)


def implies(stronger: Query, weaker: Query) -> bool:
    """Whether ``stronger`` visibly matches no image that ``weaker`` misses; both are simplified.

    Sound, but not complete: False says nothing. Cost: the product of the sizes.
    """
    if isinstance(stronger, AnyTag) and isinstance(weaker, AnyTag):
        return stronger.tags <= weaker.tags
    if isinstance(stronger, Not) and isinstance(weaker, Not):
        return implies(weaker.item, stronger.item)
    if isinstance(weaker, And):
        return all(implies(stronger, item) for item in weaker.items)
    if isinstance(stronger, Or):
        return all(implies(item, weaker) for item in stronger.items)
    if isinstance(stronger, And) and any(implies(item, weaker) for item in stronger.items):
        return True
    if isinstance(weaker, Or):
        return any(implies(stronger, item) for item in weaker.items)
    return stronger == weaker


def _excluded(item: Query) -> frozenset[TagId]:
    """The tags that ``item`` forbids, if it does nothing else."""
    return item.item.tags if isinstance(item, Not) and isinstance(item.item, AnyTag) else _NO_TAGS


def _without(item: Query, excluded: frozenset[TagId]) -> Query:
    if not isinstance(item, AnyTag) or item.tags.isdisjoint(excluded):
        return item
    rest = item.tags - excluded
    return AnyTag(rest) if rest else Nothing()


def _sparing(item: Query, asked_tags: frozenset[TagId]) -> Query:
    tags = _excluded(item)
    if tags.isdisjoint(asked_tags):
        return item
    rest = tags - asked_tags
    return Not(AnyTag(rest)) if rest else All()


def _contradict(items: list[Query]) -> bool:
    """Whether a leaf and its negation are both there."""
    plain = set(items)
    return any(isinstance(item, Not) and item.item in plain for item in items)


def _needed(items: list[Query], *, weaker_goes: bool) -> list[Query]:
    """Drop items that another one makes redundant: the weaker in an AND, the stronger in an OR."""
    if all(_is_single(item) for item in items):
        return items
    needed: list[Query] = []
    for item in items:
        if any(_covers(other, item, weaker_goes) for other in needed):
            continue
        needed = [other for other in needed if not _covers(item, other, weaker_goes)]
        needed.append(item)
    return needed


def _covers(left: Query, right: Query, weaker_goes: bool) -> bool:
    return implies(left, right) if weaker_goes else implies(right, left)


def _is_single(item: Query) -> bool:
    """Whether ``item`` is a leaf that implies only itself."""
    leaf = item.item if isinstance(item, Not) else item
    if isinstance(leaf, AnyTag):
        return len(leaf.tags) == 1
    return not isinstance(leaf, And | Or)
