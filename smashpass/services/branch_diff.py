"""What an editor did to a tree: branches and leaves that came, went, or say something else.

Nodes are known by their ids. What images feel of it is told by ``core.rules.meaning``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smashpass.core.rules.tree import Branch, Node, Tree
from smashpass.core.rules.words import words
from smashpass.services.outline import decided_words, reason_words


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
    old = {} if before is None else _said(before.root)
    new = {} if after is None else _said(after.root)
    return tuple(
        NodeChange(name, (new.get(name) or old[name])[0], _text(old, name), _text(new, name))
        for name in dict.fromkeys([*new, *old])
        if old.get(name) != new.get(name)
    )


def _text(said: Mapping[str, tuple[bool, str]], name: str) -> str:
    return said[name][1] if name in said else ""


def _said(root: Node) -> dict[str, tuple[bool, str]]:
    """Return by id whether a node is a leaf, and what it says."""
    found: dict[str, tuple[bool, str]] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Branch):
            ways = [f"if {words(arm.when)} → {arm.then.id}" for arm in node.arms]
            found[node.id] = False, "; ".join([*ways, f"else → {node.otherwise.id}"])
            waiting += [node.otherwise, *(arm.then for arm in reversed(node.arms))]
        else:
            found[node.id] = True, f"{decided_words(node)}: {reason_words(node)}"
    return found
