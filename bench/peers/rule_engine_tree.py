"""rule-engine: every test a ``Rule``, walked as the tree says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.peers.expressions import RULE_ENGINE, expression
from smashpass.core.rules.tree import Branch, Node, Tree

if TYPE_CHECKING:
    import rule_engine

Context = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Step:
    arms: tuple[tuple[rule_engine.Rule, _Step | str], ...]
    otherwise: _Step | str


class Rules:
    """The tree as rules that are made once."""

    def __init__(self, tree: Tree) -> None:
        self._root = _step(tree.root)

    def leaf(self, context: Context) -> object:
        """Return the id of the leaf."""
        node = self._root
        while isinstance(node, _Step):
            for rule, then in node.arms:
                if rule.matches(context):
                    node = then
                    break
            else:
                node = node.otherwise
        return node


def _step(node: Node) -> _Step | str:
    if not isinstance(node, Branch):
        return node.id
    # It builds the grammar of its language anew wherever it is imported: for a second.
    import rule_engine

    arms = tuple(
        (rule_engine.Rule(expression(arm.when, RULE_ENGINE)), _step(arm.then)) for arm in node.arms
    )
    return _Step(arms, _step(node.otherwise))
