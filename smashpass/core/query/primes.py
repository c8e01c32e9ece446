"""Boolean functions of a few variables as integers, and all their prime implicants.

The table of a function of ``count`` variables has ``2 ** count`` bits; bit i is the value where
variable k is bit k of i.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

Cube = tuple[tuple[int, bool], ...]
"""An AND of variables or their negations: (variable, whether it is positive), ascending."""


@cache
def variable_tables(count: int) -> tuple[int, ...]:
    """Return the tables of the ``count`` variables themselves."""
    full = (1 << (1 << count)) - 1
    return tuple([full // ((1 << (1 << at)) + 1) << (1 << at) for at in range(count)])


def cofactor(table: int, count: int, at: int, value: int) -> int:
    """Return the function of the other variables that is left when variable ``at`` is fixed."""
    width = 1 << at
    mask = (1 << width) - 1
    table >>= width * value
    result = 0
    for block in range(1 << (count - at - 1)):
        result |= (table >> (2 * width * block) & mask) << (width * block)
    return result


def primes(table: int, count: int) -> list[Cube]:
    """Return every prime implicant of a function, sorted.

    By the last variable: the primes without it are those of what holds either way; the others
    are primes of one half that do not hold in the other half. Cost: each different subfunction
    once; some 100 µs for six variables.
    """
    cubes = _Primes().of(table, count)
    return sorted(cubes, key=lambda cube: (len(cube), cube))


def cover(table: int, count: int) -> list[Cube]:
    """Return an irredundant set of primes that covers the function.

    Which ones depends on the function alone: longer primes are dropped first, then later ones.
    """
    cubes = primes(table, count)
    areas = [_area(cube, count) for cube in cubes]
    for at in range(len(cubes) - 1, -1, -1):
        rest = 0
        for place, area in enumerate(areas):
            rest |= area if place != at else 0
        if rest == table:
            del cubes[at], areas[at]
    return cubes


def literals(cubes: Iterable[Cube]) -> int:
    """Return the number of variables that are written, repetitions counted."""
    return sum(map(len, cubes))


class _Primes:
    """Prime implicants, memoised by subfunction."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], Sequence[Cube]] = {}

    def of(self, table: int, count: int) -> Sequence[Cube]:
        if table == 0:
            return ()
        if table == (1 << (1 << count)) - 1:
            return ((),)
        cubes = self._known.get((table, count))
        if cubes is None:
            cubes = self._known[table, count] = self._split(table, count - 1)
        return cubes

    def _split(self, table: int, last: int) -> Sequence[Cube]:
        width = 1 << last
        without, having = table & ((1 << width) - 1), table >> width
        common = without & having
        cubes = list(self.of(common, last))
        # A prime of one half that holds in both halves contains a prime of ``common``.
        for half, positive in ((without, False), (having, True)):
            if half != common:
                for cube in self.of(half, last):
                    if not _implies(cube, common, last):
                        cubes.append((*cube, (last, positive)))
        return cubes


def _implies(cube: Cube, table: int, count: int) -> bool:
    """Whether the function is true wherever ``cube`` is."""
    return _area(cube, count) & ~table == 0


def _area(cube: Cube, count: int) -> int:
    """Return the table of the cube itself."""
    covered = (1 << (1 << count)) - 1
    columns = variable_tables(count)
    for at, positive in cube:
        covered &= columns[at] if positive else ~columns[at]
    return covered
