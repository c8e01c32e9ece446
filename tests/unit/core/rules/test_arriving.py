"""How many images come to each place of a tree, against the sets of the algebra."""

from __future__ import annotations

from hypothesis import given

from smashpass.core.rules.analysis.leaf_counts import leaf_counts
from smashpass.core.rules.analysis.reachability import ways_of
from smashpass.core.rules.compile.algebra import partition
from tests.support.rule_strategies import OUTSIDE, populated, trees


def ends_of(tree):
    """Places of the leaves, by id; a fragment may stand in several."""
    ways = {}
    for way in ways_of(tree.root):
        if not hasattr(way.then, "arms"):
            ways.setdefault(way.then.id, []).append((*way.node_path, way.number))
    return ways


@given(populated, trees(OUTSIDE))
def test_as_many_images_come_to_a_leaf_as_the_algebra_finds_there(library, tree):
    counted = leaf_counts(tree, library.index)
    parts = partition(tree, library.index)

    for leaf, node_paths in ends_of(tree).items():
        assert sum(counted[node_path] for node_path in node_paths) == len(parts.leaves[leaf])


@given(populated, trees(OUTSIDE))
def test_what_comes_to_a_branch_goes_on_or_is_undecided(library, tree):
    counted = leaf_counts(tree, library.index)
    undecided = 0
    for way in ways_of(tree.root):
        if way.number == 0:
            ways = [counted[(*way.node_path, number)] for number in range(len(way.branch.arms) + 1)]
            undecided += counted[way.node_path] - sum(ways)
            assert counted[way.node_path] >= sum(ways)

    assert counted[()] == len(library.index.live)
    assert undecided == len(partition(tree, library.index).undecided)
