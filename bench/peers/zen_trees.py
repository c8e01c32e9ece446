"""zen-engine: the tree in the three forms in which it can be given."""

from __future__ import annotations

import json

import zen

from bench.peers.expressions import ZEN, expression
from smashpass.core.rules.tree import Branch, Node, Tree

Context = dict[str, object]


class Graph:
    """A decision graph: a switch node for each branch, an expression node for each leaf."""

    def __init__(self, tree: Tree) -> None:
        nodes: list[object] = [{"id": "input", "name": "input", "type": "inputNode"}]
        edges: list[object] = []

        def edge(source: str, target: str, handle: str | None = None) -> None:
            handles = {} if handle is None else {"sourceHandle": handle}
            identity = {"id": f"edge-{len(edges)}", "type": "edge"}
            edges.append({**identity, "sourceId": source, "targetId": target, **handles})

        def add(node: Node) -> str:
            nodes.append(_switch(node) if isinstance(node, Branch) else _expression_node(node))
            if isinstance(node, Branch):
                for number, arm in enumerate(node.arms):
                    edge(node.id, add(arm.then), f"{node.id}-{number}")
                edge(node.id, add(node.otherwise), f"{node.id}-else")
            return node.id

        edge("input", add(tree.root))
        self._decision = zen.ZenEngine().create_decision(_document(nodes, edges))

    def leaf(self, context: Context) -> object:
        """Return the id of the leaf."""
        return self._decision.evaluate(context)["result"]["leaf"]


class OneNode:
    """A decision graph of one node that holds the whole tree as one conditional expression."""

    def __init__(self, tree: Tree) -> None:
        node = {
            "id": "tree",
            "name": "tree",
            "type": "expressionNode",
            "content": {"expressions": [{"id": "x", "key": "leaf", "value": whole(tree.root)}]},
        }
        start = {"id": "input", "name": "input", "type": "inputNode"}
        edge = {"id": "edge", "sourceId": "input", "targetId": "tree", "type": "edge"}
        self._decision = zen.ZenEngine().create_decision(_document([start, node], [edge]))

    def leaf(self, context: Context) -> object:
        """Return the id of the leaf."""
        return self._decision.evaluate(context)["result"]["leaf"]


class Expression:
    """The expression language alone, without the engine: no graph, no trace, no result object."""

    def __init__(self, tree: Tree) -> None:
        self._expression = zen.compile_expression(whole(tree.root))

    def leaf(self, context: Context) -> object:
        """Return the id of the leaf."""
        return self._expression.evaluate(context)


def whole(node: Node) -> str:
    """Return a tree as one conditional expression that gives the leaf's id."""
    if not isinstance(node, Branch):
        return f"'{node.id}'"
    text = whole(node.otherwise)
    for arm in reversed(node.arms):
        text = f"(({expression(arm.when, ZEN)}) ? {whole(arm.then)} : {text})"
    return text


def _switch(branch: Branch) -> object:
    statements = [
        {"id": f"{branch.id}-{number}", "condition": expression(arm.when, ZEN)}
        for number, arm in enumerate(branch.arms)
    ]
    statements.append({"id": f"{branch.id}-else", "condition": ""})
    content = {"hitPolicy": "first", "statements": statements}
    return {"id": branch.id, "name": branch.id, "type": "switchNode", "content": content}


def _expression_node(leaf: Node) -> object:
    value = {"id": f"{leaf.id}-x", "key": "leaf", "value": f"'{leaf.id}'"}
    content = {"expressions": [value]}
    return {"id": leaf.id, "name": leaf.id, "type": "expressionNode", "content": content}


def _document(nodes: list[object], edges: list[object]) -> str:
    kind = "application/vnd.gorules.decision"
    return json.dumps({"contentType": kind, "nodes": nodes, "edges": edges})
