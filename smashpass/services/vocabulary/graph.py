"""What a tag implies and what implies it, laid out as a small picture: columns from left to right.

The tags that imply the one in question stand left of it, those that it implies right of it, in
the column of the longest way between them. Arrows lead from a tag to what it implies directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId

DEEP = 3
"""Columns on either side; what is farther away is only counted."""
HIGH = 6
"""Tags in a column, the commonest first; the others are only counted."""
BOX_WIDTH, BOX_HEIGHT = 152, 40
_GAP_X, _GAP_Y = 32, 12
_MARGIN = 4
_LETTERS = 19

Steps = Callable[[TagId], Iterable[TagId]]


@dataclass(frozen=True, slots=True)
class Node:
    """One tag in the picture; ``x`` and ``y`` are the corner of its box."""

    name: str
    short: str
    count: int
    x: int
    y: int
    here: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The picture. ``edges`` are (x1, y1, x2, y2), from a tag to what it implies."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int, int, int], ...]
    width: int
    height: int
    left_out: int


def tag_graph(index: Index, tag: TagId) -> Graph:
    """Return the picture of a canonical tag; one node if it implies nothing and nothing it."""
    vocabulary = index.vocabulary
    turned: dict[TagId, list[TagId]] = {}
    for tag_, implied_tags in vocabulary.implications.items():
        for implied in implied_tags:
            turned.setdefault(implied, []).append(tag_)
    right = _levels(tag, lambda node: vocabulary.implications.get(node, ()))
    left = _levels(tag, lambda node: turned.get(node, ()))
    columns: dict[int, list[TagId]] = {0: [tag]}
    left_out = 0
    for sign, levels in ((1, right), (-1, left)):
        by_level: dict[int, list[TagId]] = {}
        for node, level in levels.items():
            by_level.setdefault(level, []).append(node)
        for level, tags in by_level.items():
            tags.sort(key=lambda node: (-index.count(node), vocabulary.names[node]))
            visible = tags[:HIGH] if level <= DEEP else []
            left_out += len(tags) - len(visible)
            if visible:
                columns[sign * level] = visible
    return _placed(index, tag, columns, left_out)


def _levels(tag: TagId, steps: Steps) -> dict[TagId, int]:
    """Return how many steps the longest way from ``tag`` to each other has; there is no circle."""
    levels: dict[TagId, int] = {}
    waiting = {tag}
    level = 0
    while waiting:
        level += 1
        waiting = {neighbour for node in waiting for neighbour in steps(node)}
        levels |= dict.fromkeys(waiting, level)
    return levels


def _placed(index: Index, tag: TagId, columns: Mapping[int, list[TagId]], left_out: int) -> Graph:
    """Give each tag its place, and draw the arrows between those that are shown."""
    vocabulary = index.vocabulary
    tallest = max(map(len, columns.values()))
    height = 2 * _MARGIN + tallest * (BOX_HEIGHT + _GAP_Y) - _GAP_Y
    places: dict[TagId, tuple[int, int]] = {}
    for column, level in enumerate(sorted(columns)):
        tags = columns[level]
        above = (height - len(tags) * (BOX_HEIGHT + _GAP_Y) + _GAP_Y) // 2
        for row, node in enumerate(tags):
            x = _MARGIN + column * (BOX_WIDTH + _GAP_X)
            places[node] = (x, above + row * (BOX_HEIGHT + _GAP_Y))
    nodes = tuple(
        Node(
            vocabulary.names[node],
            _short(vocabulary.names[node]),
            index.count(node),
            x,
            y,
            node == tag,
        )
        for node, (x, y) in places.items()
    )
    edges = tuple(
        (
            x + BOX_WIDTH,
            y + BOX_HEIGHT // 2,
            places[implied][0],
            places[implied][1] + BOX_HEIGHT // 2,
        )
        for node, (x, y) in places.items()
        for implied in sorted(vocabulary.implications.get(node, ()))
        if implied in places
    )
    width = 2 * _MARGIN + len(columns) * (BOX_WIDTH + _GAP_X) - _GAP_X
    return Graph(nodes, edges, width, height, left_out)


def _short(name: str) -> str:
    return name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
