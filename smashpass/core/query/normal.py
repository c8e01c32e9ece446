"""The normal form of a bound query: one form for queries that mean the same.

Two steps. The first works on any query: negations go down to the leaves (De Morgan), nested
ANDs and ORs are flattened, tags that are asked for side by side become one set, duplicates,
contradictions and whatever another item makes needless are removed, and items are sorted.

The second makes queries of up to ``MAX_ATOMS`` different atoms canonical: if two of them agree
for every answer to their atoms, their normal forms are equal. Ranges are atoms whatever their
ends are, and so are credits; tags that a query only ever asks for together are one atom.
"""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.query.bound import All, And, AnyTag, Not, Nothing, Or, Query
from smashpass.core.query.primes import Cube, cofactor, cover, literals, variable_tables
from smashpass.core.query.printing import text_of
from smashpass.core.query.simplify import conjunction, disjunction, in_order, simplified
from smashpass.core.tags.names import TagId

__all__ = ["MAX_ATOMS", "normalise", "text_of"]

MAX_ATOMS = 6
"""A truth table of six atoms is an integer of 64 bits."""


def normalise(query: Query) -> Query:
    """Return the normal form of ``query``: it matches the same images of any library.

    Normalising again changes nothing. Cost: about 10 µs for a few terms without nesting, some
    milliseconds at worst.
    """
    form = simplified(query)
    if not isinstance(form, And | Or) or _is_plain(form):
        return form
    atoms = _atoms(form)
    return form if atoms is None else _canonical(form, atoms)


def _is_plain(form: And | Or) -> bool:
    """Whether ``form`` joins leaves without common tags; then the first step was enough."""
    tags: set[TagId] = set()
    for item in form.items:
        leaf = item.item if isinstance(item, Not) else item
        if isinstance(leaf, And | Or):
            return False
        if isinstance(leaf, AnyTag):
            if not tags.isdisjoint(leaf.tags):
                return False
            tags |= leaf.tags
    return True


def _atoms(form: Query) -> list[Query] | None:
    """Return the atoms of ``form`` in a stable order, or None if they are too many.

    Overlapping sets of tags are cut into parts, each wholly inside or outside every set.
    """
    parts: list[frozenset[TagId]] = []
    others: dict[Query, None] = {}
    waiting = [form]
    while waiting:
        item = waiting.pop()
        match item:
            case And(items) | Or(items):
                waiting += items
            case Not(inner):
                waiting.append(inner)
            case AnyTag(tags):
                parts = _cut(parts, tags)
            case _:
                others[item] = None
        if len(parts) + len(others) > MAX_ATOMS:
            return None
    return sorted([*map(AnyTag, parts), *others], key=in_order)


def _cut(parts: list[frozenset[TagId]], tags: frozenset[TagId]) -> list[frozenset[TagId]]:
    """Refine disjoint ``parts`` so that ``tags`` is a union of some of them."""
    refined = []
    for part in parts:
        inside = part & tags
        refined += [piece for piece in (inside, part - inside) if piece]
        tags -= inside
    return [*refined, tags] if tags else refined


def _canonical(form: Query, atoms: Sequence[Query]) -> Query:
    """Return the shorter of two forms that depend on the meaning alone.

    One is an OR of ANDs over prime implicants, the other an AND of ORs over those of the
    negation (W. V. Quine, "The problem of simplifying truth functions", 1952).
    """
    count = len(atoms)
    table = _table(form, atoms, variable_tables(count), (1 << (1 << count)) - 1)
    table, atoms = _essential(table, list(atoms))
    if not atoms:
        return All() if table else Nothing()
    full = (1 << (1 << len(atoms))) - 1
    met = cover(table, len(atoms))
    missed = cover(table ^ full, len(atoms))
    if literals(missed) < literals(met):
        # Not to be one of the cubes that miss: one clause for each, all signs turned.
        clauses = [disjunction(_leaves(cube, atoms, turned=True)) for cube in missed]
        return conjunction(clauses)
    return disjunction([conjunction(_leaves(cube, atoms)) for cube in met])


def _leaves(cube: Cube, atoms: Sequence[Query], *, turned: bool = False) -> list[Query]:
    return [atoms[place] if positive != turned else Not(atoms[place]) for place, positive in cube]


def _table(form: Query, atoms: Sequence[Query], columns: Sequence[int], full: int) -> int:
    """Return the truth table of ``form``: bit i is its answer when atom k says bit k of i."""
    place = {atom: at for at, atom in enumerate(atoms)}

    def of(item: Query) -> int:
        match item:
            case And(items):
                table = full
                for operand in items:
                    table &= of(operand)
                return table
            case Or(items):
                table = 0
                for operand in items:
                    table |= of(operand)
                return table
            case Not(inner):
                return of(inner) ^ full
            case AnyTag(tags):
                table = 0
                for at, atom in enumerate(atoms):
                    if isinstance(atom, AnyTag) and atom.tags <= tags:
                        table |= columns[at]
                return table
            case _:
                return columns[place[item]]

    return of(form)


def _essential(table: int, atoms: list[Query]) -> tuple[int, list[Query]]:
    """Drop the atoms that ``table`` does not depend on; unite tags that only count together."""
    at = len(atoms) - 1
    while at >= 0:
        if cofactor(table, len(atoms), at, 0) == cofactor(table, len(atoms), at, 1):
            table = cofactor(table, len(atoms), at, 0)
            del atoms[at]
        at -= 1
    low = 0
    while low < len(atoms):
        high = low + 1
        while high < len(atoms):
            left, right = atoms[low], atoms[high]
            if (
                isinstance(left, AnyTag)
                and isinstance(right, AnyTag)
                and _alike(table, len(atoms), low, high)
            ):
                table = cofactor(table, len(atoms), high, 0)
                atoms[low] = AnyTag(left.tags | right.tags)
                del atoms[high]
            else:
                high += 1
        low += 1
    return table, atoms


def _alike(table: int, count: int, low: int, high: int) -> bool:
    """Whether the answer depends on two atoms only through "one of them"."""
    with_high = cofactor(table, count, high, 1)
    without = cofactor(table, count, high, 0)
    with_both = cofactor(with_high, count - 1, low, 1)
    return (
        with_both == cofactor(with_high, count - 1, low, 0) == cofactor(without, count - 1, low, 1)
    )
