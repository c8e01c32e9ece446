"""Looking at rules before they are published: what differs, in text, in meaning, by tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from smashpass.core.rules.meaning import MeaningChange, meaning_difference
from smashpass.core.rules.tree import Tree
from smashpass.services.branch_diff import NodeChange, node_changes
from smashpass.services.rulesets import LoadedRules, file_differences, tree_changes


@dataclass(frozen=True, slots=True)
class TreeDifference:
    """What differs between two versions of a tree.

    Attributes:
        id: Of the tree.
        title: What people call it.
        what: Whether it is new, gone or changed.
        nodes: Branches and leaves that came, went, or say something else.
        moves: Which images come to another leaf; None if that is too large to tell, empty for a
            tree that is new or gone.
    """

    id: str
    title: str
    what: Literal["added", "removed", "changed"]
    nodes: tuple[NodeChange, ...]
    moves: tuple[MeaningChange, ...] | None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sets side by side: unified diffs by path, and the trees that differ in meaning."""

    files: Mapping[str, str]
    trees: tuple[TreeDifference, ...]


def compared(
    before: LoadedRules,
    after: LoadedRules,
    old_files: Mapping[str, str],
    new_files: Mapping[str, str],
) -> Compared:
    """Compare two sets of rules; trees with an error are in neither."""
    old = {tree.id: tree for tree in before.trees}
    new = {tree.id: tree for tree in after.trees}
    changes = tree_changes(before.trees, after.trees)
    trees = [_of(name, "added", None, new[name]) for name in changes.added]
    trees += [_of(name, "removed", old[name], None) for name in changes.removed]
    trees += [_of(name, "changed", old[name], new[name]) for name in changes.changed]
    return Compared(
        file_differences(old_files, new_files), tuple(sorted(trees, key=lambda each: each.id))
    )


def _of(
    name: str,
    what: Literal["added", "removed", "changed"],
    old: Tree | None,
    new: Tree | None,
) -> TreeDifference:
    shown = new or old
    assert shown is not None, "a tree that differs is in one of the sets"
    moves: tuple[MeaningChange, ...] | None = ()
    if old is not None and new is not None:
        moves = meaning_difference(old, new).changes
    return TreeDifference(name, shown.title or name, what, node_changes(old, new), moves)
