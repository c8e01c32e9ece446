"""Which edits of an image one tree can distinguish.

The tags a tree names are the tags worth adding. The constants it compares an attribute with cut
the attribute's range into cells; inside a cell no test of the tree changes its answer, so one
value stands for the whole cell.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smashpass.core.rules.attributes import BUILT_IN, is_image
from smashpass.core.rules.compile.compare import constants_of, holds
from smashpass.core.rules.compile.lowered import Atom, HasAny, LoweredTree, atoms, branches
from smashpass.core.rules.formatting import format_value
from smashpass.core.rules.tree import Attribute, Compare, Tree
from smashpass.core.tags.names import TagId
from smashpass.core.values import Value


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of an attribute's values: the point ``low == high``, or all between the ends.

    ``value`` stands for it and can be had: in the declared range, whole for an integer.
    """

    value: Value
    low: float = math.nan
    high: float = math.nan

    @property
    def is_point(self) -> bool:
        """Whether the cell is one value alone."""
        return isinstance(self.value, str) or self.low == self.high


@dataclass(frozen=True, slots=True, eq=False)
class PossibleEdits:
    """The changes that a tree can distinguish.

    Attributes:
        effects: For each tag that the tree names, the tags an image has after adding it.
        adds: For each tag test, the tags of ``effects`` that would meet it; those it names
            first.
        cells: For each attribute of the image that the tree compares, its cells, ascending.
    """

    effects: Mapping[TagId, frozenset[TagId]]
    adds: Mapping[HasAny, tuple[TagId, ...]]
    cells: Mapping[str, tuple[Interval, ...]]


def possible_edits(tree: Tree, lowered: LoweredTree) -> PossibleEdits:
    """Return the changes that ``tree`` can distinguish; computed once, at compilation."""
    tested = [
        atom for branch in branches(lowered.root) for arm in branch.arms for atom in atoms(arm.when)
    ]
    effects = _effects(tested, lowered)
    return PossibleEdits(effects, _adds(tested, effects), _cells(tested, tree.attributes))


def options(compare: Compare, cells: Iterable[Interval], expected: bool) -> list[Interval]:
    """Return the cells in which a comparison answers ``expected``."""
    answer = holds(compare)
    return [cell for cell in cells if answer(cell.value) is expected]


def format_interval(attr: str, cells: tuple[Interval, ...]) -> str:
    """Format a run of neighbouring cells: ``image.width ≥ 512``."""
    first, last = cells[0], cells[-1]
    if isinstance(first.value, str | bool):
        return f"{attr} = {' or '.join(format_value(cell.value) for cell in cells)}"
    if first is last and first.is_point:
        return f"{attr} = {format_value(first.value)}"
    if first.is_point and last.is_point:
        return f"{attr} between {format_value(first.low)} and {format_value(last.high)}"
    ends = []
    if first.low > -math.inf:
        ends.append(f"{attr} {'≥' if first.is_point else '>'} {format_value(first.low)}")
    if last.high < math.inf:
        ends.append(f"{attr} {'≤' if last.is_point else '<'} {format_value(last.high)}")
    return " and ".join(ends) or f"a value for {attr}"


def _effects(tested: Iterable[Atom], lowered: LoweredTree) -> dict[TagId, frozenset[TagId]]:
    chosen = {tag: None for atom in tested if isinstance(atom, HasAny) for tag in atom.choices}
    return {
        tag: lowered.vocabulary.effective((tag,)) if tag > 0 else frozenset((tag,))
        for tag in chosen
    }


def _adds(
    tested: Iterable[Atom], effects: Mapping[TagId, frozenset[TagId]]
) -> dict[HasAny, tuple[TagId, ...]]:
    leading: dict[TagId, list[TagId]] = {}
    for tag, effect in effects.items():
        for reached in effect:
            leading.setdefault(reached, []).append(tag)
    reachable = frozenset(leading)
    adds: dict[HasAny, tuple[TagId, ...]] = {}
    for atom in tested:
        if isinstance(atom, HasAny) and atom not in adds:
            others = (tag for met in sorted(atom.tags & reachable) for tag in leading[met])
            adds[atom] = tuple(dict.fromkeys((*atom.choices, *others)))
    return adds


def _cells(
    tested: Iterable[Atom], declared: Mapping[str, Attribute]
) -> dict[str, tuple[Interval, ...]]:
    constants: dict[str, set[Value]] = {}
    for atom in tested:
        if isinstance(atom, Compare) and is_image(atom.attr):
            constants.setdefault(atom.attr, set()).update(constants_of(atom))
    return {attr: cut(values, declaration(attr, declared)) for attr, values in constants.items()}


def declaration(attr: str, declared: Mapping[str, Attribute]) -> Attribute:
    """Return the declaration of an attribute; an undeclared one is any number."""
    return declared.get(attr) or BUILT_IN.get(attr) or Attribute(attr, "number")


def cut(constants: set[Value], attribute: Attribute) -> tuple[Interval, ...]:
    """Cut the range of an attribute at the constants of one kind, the kind it is declared as."""
    if attribute.type == "text":
        return tuple(Interval(text) for text in sorted(map(str, constants)))
    if attribute.type == "boolean":
        return (Interval(False, 0.0, 0.0), Interval(True, 1.0, 1.0))
    points = sorted({float(constant) for constant in constants if not isinstance(constant, str)})
    lows = [-math.inf, *points]
    cells: list[Interval] = []
    for low, high in zip(lows, [*points, math.inf], strict=True):
        between = _inside(low, high, attribute)
        if between is not None:
            cells.append(Interval(between, low, high))
        if _allowed(high, attribute):
            cells.append(Interval(high, high, high))
    return tuple(cells)


def _inside(low: float, high: float, attribute: Attribute) -> float | None:
    """Return a value strictly between two ends that the attribute can have, None if none."""
    candidates = [(low + high) / 2, low + 1, high - 1]
    candidates += [math.nextafter(low, math.inf), math.nextafter(high, -math.inf)]
    candidates += [end for end in (attribute.min, attribute.max) if end is not None]
    if attribute.type == "integer":
        whole = (candidate for candidate in candidates if math.isfinite(candidate))
        candidates = [
            float(near)
            for candidate in whole
            for near in (math.floor(candidate), math.ceil(candidate))
        ]
    fitting = (
        candidate
        for candidate in candidates
        if low < candidate < high and _allowed(candidate, attribute)
    )
    return next(fitting, None)


def _allowed(value: float, attribute: Attribute) -> bool:
    if not math.isfinite(value) or (attribute.type == "integer" and not value.is_integer()):
        return False
    return (attribute.min is None or value >= attribute.min) and (
        attribute.max is None or value <= attribute.max
    )
