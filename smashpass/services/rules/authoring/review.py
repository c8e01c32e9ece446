"""Reviewing rules before they are published: what differs, in text, in meaning, by tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from smashpass.core.rules.analysis.meaning import MeaningChange, meaning_difference
from smashpass.core.rules.formatting import describe
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Branch, Node, Tree
from smashpass.services.rules.authoring.outline import describe_outcome, describe_reason
from smashpass.services.rules.sets import file_differences, tree_changes


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
class ReviewedRules:
    """Two sets side by side: unified diffs by path, and the trees that differ in meaning."""

    files: Mapping[str, str]
    trees: tuple[TreeDifference, ...]


def compare_rules(
    before: RuleSet,
    after: RuleSet,
    old_files: Mapping[str, str],
    new_files: Mapping[str, str],
) -> ReviewedRules:
    """Compare two sets of rules; trees with an error are in neither."""
    old = {tree.id: tree for tree in before.trees}
    new = {tree.id: tree for tree in after.trees}
    changes = tree_changes(before.trees, after.trees)
    trees = [_of(name, "added", None, new[name]) for name in changes.added]
    trees += [_of(name, "removed", old[name], None) for name in changes.removed]
    trees += [_of(name, "changed", old[name], new[name]) for name in changes.changed]
    return ReviewedRules(
        file_differences(old_files, new_files),
        tuple(sorted(trees, key=lambda difference: difference.id)),
    )


def _of(
    name: str,
    kind: Literal["added", "removed", "changed"],
    old: Tree | None,
    new: Tree | None,
) -> TreeDifference:
    current = new or old
    assert current is not None, "a tree that differs is in one of the sets"
    moves: tuple[MeaningChange, ...] | None = ()
    if old is not None and new is not None:
        moves = meaning_difference(old, new).changes
    return TreeDifference(name, current.title or name, kind, node_changes(old, new), moves)


@dataclass(frozen=True, slots=True)
class NodeChange:
    """One branch or leaf.

    Attributes:
        id: Its id.
        is_leaf: Whether it is a leaf, or was one.
        before: What it said; "" if it is new.
        after: What it says; "" if it is gone.
    """

    id: str
    is_leaf: bool
    before: str
    after: str

    @property
    def what(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


def node_changes(before: Tree | None, after: Tree | None) -> tuple[NodeChange, ...]:
    """Return what differs between two versions of a tree; one of them may not exist.

    In the order of the new tree, then what is gone in the order of the old one.
    """
    old = {} if before is None else _node_texts(before.root)
    new = {} if after is None else _node_texts(after.root)
    return tuple(
        NodeChange(name, (new.get(name) or old[name])[0], _text(old, name), _text(new, name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    )


def _text(texts: Mapping[str, tuple[bool, str]], name: str) -> str:
    return texts[name][1] if name in texts else ""


def _node_texts(root: Node) -> dict[str, tuple[bool, str]]:
    """Return by id whether a node is a leaf, and what it says."""
    texts: dict[str, tuple[bool, str]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Branch):
            ways = [f"if {describe(arm.when)} → {arm.then.id}" for arm in node.arms]
            texts[node.id] = False, "; ".join([*ways, f"else → {node.otherwise.id}"])
            waiting += [node.otherwise, *(arm.then for arm in reversed(node.arms))]
        else:
            texts[node.id] = True, f"{describe_outcome(node)}: {describe_reason(node)}"
    return texts
