"""Layout of a tree as a picture, such that five levels fit a screen.

From left to right, one column per level: wide boxes suit text, and leaves extend the height,
which scrolls. Each leaf has its own row; a branch is centred on its children. Texts wrap, so that
every box carries its whole condition, and a row is as high as its highest box needs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from smashpass.core.rules.analysis.reachability import NodePath
from smashpass.services.rules.authoring.outline import Kind, OutlineNode
from smashpass.web.languages import label_outcome

WIDTH = 990
"""Width of the picture in its own units: what 1,280 pixels leave beside the navigation."""
MOST_ENDS = 80
_GAP = 20
_WIDEST = 230
_PITCH = 14
"""From one line of text to the next."""
_PADDING = 6
_ROW_GAP = 6
_EM = 0.53
"""Width of an average letter, relative to the font size."""
_SIZE = 11.5
_SIGNS: dict[Kind, str] = {"branch": "", "smash": "✓ ", "pass": "✕ ", "drawn": "± "}


@dataclass(frozen=True, slots=True)
class Box:
    """One node in the picture, its texts in lines that fit the width of the box."""

    x: float
    y: float
    height: float
    spotted: OutlineNode
    lines: tuple[BoxLine, ...]


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One line of text: its baseline from the top of the box, and its style class."""

    y: float
    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Connector:
    """The line from one node to the next; thicker for more images."""

    way: str
    thickness: float
    on_path: bool


@dataclass(frozen=True, slots=True)
class TreePicture:
    """All boxes in reading order, and the total size."""

    width: float
    height: float
    box_width: float
    boxes: tuple[Box, ...]
    lines: tuple[Connector, ...]


def picture(root: OutlineNode, labels: Mapping[str, str]) -> TreePicture | None:
    """Lay out a tree, verdicts by their ``labels``; None if it has too many leaves to draw."""
    ends = sum(not node.below for node in root)
    if ends > MOST_ENDS:
        return None
    columns = max(len(node.node_path) for node in root) - len(root.node_path) + 1
    width = min(_WIDEST, (WIDTH - (columns - 1) * _GAP) / columns)
    layout = _Layout(width, len(root.node_path), labels)
    height = layout.height(root)
    layout.place(root, 0)
    boxes = tuple(sorted(layout.boxes, key=lambda box: box.spotted.node_path))
    whole = columns * (width + _GAP) - _GAP
    lines = tuple(sorted(layout.lines, key=lambda line: line.on_path))
    return TreePicture(round(whole, 1), round(height, 1), round(width, 1), boxes, lines)


def percent(share: float | None) -> str:
    """Format a share: precise near 0 % and 100 %, which only exact values show."""
    if share is None:
        return "–"
    if 0 < share < 0.001:
        return "< 0.1 %"
    if 0.999 < share < 1:
        return "> 99.9 %"
    return f"{100 * share:.1f} %".replace(".0 %", " %")


class _Layout:
    """One layout pass over a tree, leaves from top to bottom."""

    def __init__(self, width: float, depth: int, labels: Mapping[str, str]) -> None:
        self.boxes: list[Box] = []
        self.lines: list[Connector] = []
        self._width = width
        self._depth = depth
        self._labels = labels
        self._heights: dict[NodePath, float] = {}

    def height(self, node: OutlineNode) -> float:
        """Return the height that a node and its subtree take; the boxes of each are in it."""
        below = [self.height(child) for child in node.below]
        self._heights[node.node_path] = max(self._box_height(node), _stacked(below))
        return self._heights[node.node_path]

    def place(self, node: OutlineNode, top: float) -> float:
        """Place a node and its subtree from ``top`` on; return the centre of its box."""
        x = (len(node.node_path) - self._depth) * (self._width + _GAP)
        whole, own = self._heights[node.node_path], self._box_height(node)
        heights = [self._heights[child.node_path] for child in node.below]
        at = top + (whole - _stacked(heights)) / 2
        middles = []
        for child, height in zip(node.below, heights, strict=True):
            middles.append(self.place(child, at))
            at += height + _ROW_GAP
        middle = (middles[0] + middles[-1]) / 2 if middles else top + whole / 2
        middle = min(max(middle, top + own / 2), top + whole - own / 2)
        for below, end in zip(node.below, middles, strict=True):
            half = _GAP / 2
            way = f"M{x + self._width:.1f} {middle:.1f}h{half:g}V{end:.1f}h{half:g}"
            self.lines.append(Connector(way, round(1 + 5 * (below.share or 0), 1), below.on_path))
        lines = tuple(
            BoxLine(_PADDING + 8 + number * _PITCH, style, text)
            for number, (style, text) in enumerate(self._texts(node))
        )
        self.boxes.append(Box(round(x, 1), round(middle - own / 2, 1), own, node, lines))
        return middle

    def _box_height(self, node: OutlineNode) -> float:
        return len(self._texts(node)) * _PITCH + _PADDING

    def _texts(self, node: OutlineNode) -> list[tuple[str, str]]:
        """Return the lines of a box, each with its style: condition, what is there, shares."""
        decided = label_outcome(node.decided, self._labels)
        title = f"{_SIGNS[node.kind]}{decided} · {node.id}" if decided else node.id
        shares = "" if node.share is None else percent(node.share)
        if node.decisions is not None:
            shares += _(" · %(share)s decided", share=percent(node.decisions))
        when = node.when
        if when == "else":
            when = _("else")
        elif when:
            when = _("if %(test)s", test=when)
        return [
            *(("when", line) for line in self._wrapped(when)),
            *(("title", line) for line in self._wrapped(title, 0.92)),
            *(("when", line) for line in self._wrapped(shares)),
        ]

    def _wrapped(self, text: str, part: float = 1.0) -> list[str]:
        """Break a text into lines that fit a box; nothing of it is left out."""
        most = max(8, int(part * (self._width - 14) / (_EM * _SIZE)))
        return textwrap.wrap(text, most, break_on_hyphens=False)


def _stacked(heights: Sequence[float]) -> float:
    """Return the height of boxes on top of each other."""
    return sum(heights) + _ROW_GAP * max(0, len(heights) - 1)
