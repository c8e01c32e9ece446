"""Layout of a tree as a picture, such that five levels fit a screen.

From left to right, one column per level: wide boxes suit text, and leaves extend the height,
which scrolls. Each leaf has its own row; a branch is centred on its children.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smashpass.services.rules.authoring.outline import Kind, OutlineNode
from smashpass.web.languages import label_outcome

WIDTH = 990
"""Width of the picture in its own units: what 1,280 pixels leave beside the navigation."""
MOST_ENDS = 80
_GAP = 20
_WIDEST = 230
_HEIGHT = 48
_ROW = 54
_EM = 0.53
"""Width of an average letter, relative to the font size."""
_SIZE = 11.5
_SIGNS: dict[Kind, str] = {"branch": "", "smash": "✓ ", "pass": "✕ ", "drawn": "± "}


@dataclass(frozen=True, slots=True)
class Box:
    """One node in the picture; texts are cut to the width of the box."""

    x: float
    y: float
    spotted: OutlineNode
    when: str
    title: str
    shares: str


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
    box_height: float
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
    layout.place(root)
    boxes = tuple(sorted(layout.boxes, key=lambda box: box.spotted.node_path))
    whole = columns * (width + _GAP) - _GAP
    height = (ends - 1) * _ROW + _HEIGHT
    lines = tuple(sorted(layout.lines, key=lambda line: line.on_path))
    return TreePicture(round(whole, 1), height, round(width, 1), _HEIGHT, boxes, lines)


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
        self._row = 0

    def place(self, node: OutlineNode) -> float:
        """Place a node and its subtree; return the vertical centre of its box."""
        x = (len(node.node_path) - self._depth) * (self._width + _GAP)
        middles = [self.place(child) for child in node.below]
        if middles:
            middle = (middles[0] + middles[-1]) / 2
        else:
            middle = self._row * _ROW + _HEIGHT / 2
            self._row += 1
        for below, at in zip(node.below, middles, strict=True):
            half = _GAP / 2
            way = f"M{x + self._width:.1f} {middle:.1f}h{half:g}V{at:.1f}h{half:g}"
            self.lines.append(Connector(way, round(1 + 5 * (below.share or 0), 1), below.on_path))
        self.boxes.append(self._box(node, round(x, 1), round(middle - _HEIGHT / 2, 1)))
        return middle

    def _box(self, node: OutlineNode, x: float, y: float) -> Box:
        decided = label_outcome(node.decided, self._labels)
        title = f"{_SIGNS[node.kind]}{decided} · {node.id}" if decided else node.id
        shares = "" if node.share is None else percent(node.share)
        if node.decisions is not None:
            shares += f" · {percent(node.decisions)} decided"
        when = f"if {node.when}" if node.when not in ("", "else") else node.when
        return Box(x, y, node, self._cut(when), self._cut(title, 0.92), self._cut(shares))

    def _cut(self, text: str, part: float = 1.0) -> str:
        """Cut a text to the width of a box."""
        most = int(part * (self._width - 14) / (_EM * _SIZE))
        return text if len(text) <= most else f"{text[: most - 1]}…"
