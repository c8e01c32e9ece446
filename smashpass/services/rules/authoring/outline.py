"""A tree as a nested list: what each place asks or decides, and how much comes to it.

The list is the source of every way to show a tree: read aloud, drawn, or with a path in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from smashpass.core.problems import Place
from smashpass.core.rules.analysis.places import TreePlaces
from smashpass.core.rules.analysis.reachability import NodePath, ways_of
from smashpass.core.rules.explain.decide import odds
from smashpass.core.rules.formatting import describe
from smashpass.core.rules.tree import Branch, Leaf, Lottery, Node, Tree, leaves

Kind = Literal["branch", "smash", "pass", "drawn"]


@dataclass(frozen=True, slots=True)
class OutlineNode:
    """One place of a tree.

    Attributes:
        node_path: Where it is.
        id: Of the branch or leaf.
        kind: What it does.
        when: The test that leads here; "" for the root, ``else`` for the last way.
        asked: What a branch asks first; "" for a leaf.
        decided: Verdict and weight of a leaf; "" for a branch.
        reason: What a leaf tells people.
        images: How many images of the library come here; None if that was not counted.
        share: The same, as a part of the library.
        decisions: Which part of the recorded decisions ended here or below; None if unknown.
        place: Where it stands in its file.
        on_path: Whether a traced image came here.
        below: The places that its ways lead to.
    """

    node_path: NodePath
    id: str
    kind: Kind
    when: str
    asked: str = ""
    decided: str = ""
    reason: str = ""
    images: int | None = None
    share: float | None = None
    decisions: float | None = None
    place: Place | None = None
    on_path: bool = False
    below: tuple[OutlineNode, ...] = ()

    @property
    def said(self) -> str:
        """What is here, as text: a verdict, or the question."""
        return self.decided or f"{self.asked}?"

    def __iter__(self) -> Iterator[OutlineNode]:
        """Yield this place and all below it, in reading order."""
        yield self
        for child in self.below:
            yield from child


@dataclass(frozen=True, slots=True)
class OutlineCounts:
    """What was counted of a tree.

    Attributes:
        images: By place, how many images of the library come there.
        ends: By leaf id, in how many recorded decisions it was the end.
    """

    images: Mapping[NodePath, int] = field(default_factory=dict)
    ends: Mapping[str, int] = field(default_factory=dict)


_NOTHING = OutlineCounts()


def outline(
    tree: Tree,
    counted: OutlineCounts = _NOTHING,
    places: TreePlaces | None = None,
    path: Collection[NodePath] = (),
) -> OutlineNode:
    """Return the root of the list.

    Args:
        tree: What is listed.
        counted: What comes to each place.
        places: Where the ways stand in the files.
        path: The places that a traced image came to.
    """
    at = {}
    if places is not None:
        for way in ways_of(tree.root):
            at[(*way.node_path, way.number)] = places.ways.get(way.key)
        at[()] = places.ways.get(((), 0))
    return _Listing(tree, counted, at, path).of(tree.root, (), "")


@dataclass(slots=True)
class _Listing:
    """One pass over a tree."""

    tree: Tree
    counted: OutlineCounts
    at: Mapping[NodePath, Place | None]
    path: Collection[NodePath]

    def of(self, node: Node, node_path: NodePath, when: str) -> OutlineNode:
        """Return one place with all below it."""
        below: tuple[OutlineNode, ...] = ()
        question = decided = reason = ""
        if isinstance(node, Branch):
            ways = [(arm.then, describe(arm.when)) for arm in node.arms]
            question = ways[0][1] if node.kind == "if" else "which of these holds first"
            ways.append((node.otherwise, "else"))
            below = tuple(
                self.of(then, (*node_path, number), test)
                for number, (then, test) in enumerate(ways)
            )
        else:
            decided, reason = describe_outcome(node), describe_reason(node)
        images = self.counted.images.get(node_path)
        total = self.counted.images.get((), 0)
        return OutlineNode(
            node_path,
            node.id,
            kind_of(node),
            when,
            question,
            decided,
            reason,
            images,
            images / total if images is not None and total else None,
            self._decisions(node),
            self.at.get(node_path),
            node_path in self.path,
            below,
        )

    def _decisions(self, node: Node) -> float | None:
        """Return the part of decisions that ended below; None where a leaf stands elsewhere too.

        A record names the leaf. A leaf out of a fragment may stand in several places of a tree,
        and then nobody knows through which of them an image came.
        """
        total = sum(self.counted.ends.values())
        if not total:
            return None
        leaves_below = [leaf.id for leaf in leaves(node)]
        everywhere = [leaf.id for leaf in leaves(self.tree.root)]
        if any(leaves_below.count(name) != everywhere.count(name) for name in leaves_below):
            return None
        return sum(self.counted.ends.get(name, 0) for name in dict.fromkeys(leaves_below)) / total


def kind_of(node: Node) -> Kind:
    """Return what a node does."""
    if isinstance(node, Branch):
        return "branch"
    return node.verdict if isinstance(node, Leaf) else "drawn"


def describe_outcome(end: Leaf | Lottery) -> str:
    """Return what a leaf decides, as text: ``smash 80``, ``smash 3 : pass 1``."""
    if isinstance(end, Leaf):
        return f"{end.verdict} {end.weight}"
    return " : ".join(f"{verdict} {weight}" for verdict, weight in odds(end).items())


def describe_reason(end: Leaf | Lottery) -> str:
    """Return the reason of a leaf; all reasons if the outcome is drawn."""
    if isinstance(end, Leaf):
        return end.reason
    return " / ".join(dict.fromkeys(outcome.reason for outcome in end.outcomes))


def only_path(root: OutlineNode) -> OutlineNode:
    """Return the list with what the traced image did not take cut back to its first place."""
    if not root.on_path:
        return replace(root, below=())
    return replace(root, below=tuple(only_path(child) for child in root.below))
