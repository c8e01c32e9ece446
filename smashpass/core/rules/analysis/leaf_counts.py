"""How many images of the library reach each node of a tree."""

from __future__ import annotations

from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.rules.analysis.reachability import NodePath
from smashpass.core.rules.compile.algebra import Algebra
from smashpass.core.rules.compile.lower import lower_tree
from smashpass.core.rules.compile.lowered import LoweredBranch, LoweredNode
from smashpass.core.rules.tree import Tree


def leaf_counts(tree: Tree, index: Index) -> dict[NodePath, int]:
    """Count the images that may be served at every branch and leaf, by node path.

    Images that reach a branch but none of its ways are undecided there: the test reads what only
    the viewer or the query provides, or a score that is not kept. Cost: as ``partition``, about
    10 ms for 32 leaves and 2,000,000 images.
    """
    algebra = Algebra(index, {}, tree.attributes)
    counts: dict[NodePath, int] = {}
    root: LoweredNode = lower_tree(tree, index.vocabulary).root
    waiting: list[tuple[NodePath, LoweredNode, ImageSet]] = [((), root, index.live)]
    while waiting:
        node_path, node, reach = waiting.pop()
        counts[node_path] = len(reach)
        if not isinstance(node, LoweredBranch):
            continue
        for number, arm in enumerate(node.arms):
            sides = algebra.sides(arm.when, reach)
            waiting.append(((*node_path, number), arm.then, sides.true))
            reach = reach - sides.possible
        waiting.append(((*node_path, len(node.arms)), node.otherwise, reach))
    return counts
