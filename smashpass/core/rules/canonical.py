"""The canonical form of rules, whose hash is the revision.

Comments, the layout of the files and of query texts, and the order in which trees, labels and
attributes appear change nothing. Everything that a decision can show does: ids, verdicts,
weights, reasons, titles, labels, and the order of tests, which the trace follows. What has no label
has no key for it, so that rules without labels keep the revisions they had before there were any.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from smashpass.core.rules.formatting import one_line
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Attribute,
    Branch,
    Compare,
    FacetTest,
    Leaf,
    Lottery,
    Node,
    NoneOf,
    NotOf,
    Predicate,
    QueryTest,
    TagTest,
    Tree,
)
from smashpass.core.values import Value, without_fraction

FORMAT = 1
"""Counts up when the canonical form changes, so that revisions of two forms never meet."""


def revision_of(trees: Iterable[Tree]) -> str:
    """Return the revision of a set of trees: 64 hexadecimal digits of SHA-256."""
    return hashlib.sha256(canonical(trees)).hexdigest()


def canonical(trees: Iterable[Tree]) -> bytes:
    """Return the canonical JSON of a set of trees: sorted keys, no blanks, UTF-8."""
    body = {
        "format": FORMAT,
        "trees": [tree_json(tree) for tree in sorted(trees, key=lambda tree: tree.id)],
    }
    text = json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def tree_json(tree: Tree) -> dict[str, object]:
    """Return one tree in the grammar's form, with fragments expanded."""
    return {
        "id": tree.id,
        "title": tree.title,
        "description": tree.description,
        "owner": tree.owner,
        "labels": sorted(set(tree.labels)),
        "attributes": {name: _attribute(attribute) for name, attribute in tree.attributes.items()},
        "root": node_json(tree.root),
    }


def node_json(node: Node) -> dict[str, object]:
    """Return a node and everything below it."""
    body = _node(node)
    return body | {"label": node.label} if node.label else body


def _node(node: Node) -> dict[str, object]:
    match node:
        case Leaf(id, verdict, weight, reason):
            return {"id": id, "verdict": verdict, "weight": weight, "reason": reason}
        case Lottery(id, outcomes):
            drawn = [
                {"verdict": outcome.verdict, "weight": outcome.weight, "reason": outcome.reason}
                for outcome in outcomes
            ]
            return {"id": id, "outcomes": drawn}
        case Branch(id, "if", (arm,), otherwise):
            return {
                "id": id,
                "if": predicate_json(arm.when),
                "then": node_json(arm.then),
                "else": node_json(otherwise),
            }
        case Branch(id, _, arms, otherwise):
            ways = [{"when": predicate_json(arm.when), "then": node_json(arm.then)} for arm in arms]
            return {"id": id, "choose": ways, "else": node_json(otherwise)}


def predicate_json(predicate: Predicate) -> dict[str, object]:
    """Return a predicate in the grammar's long form."""
    body = _predicate(predicate)
    if isinstance(predicate, FacetTest) or predicate.label is None:
        return body
    label = predicate.label
    words = {"then": label.then, "else": label.otherwise} if label.otherwise else label.then
    return body | {"label": words}


def _predicate(predicate: Predicate) -> dict[str, object]:
    match predicate:
        case TagTest(pattern):
            return {"tag": pattern}
        case Compare(attr, op, value, on_missing):
            return {"attr": attr, op: _value(value), "on_missing": on_missing}
        case QueryTest(text):
            return {"query": one_line(text)}
        case FacetTest(name, text):
            return {"facet": name, "eq": text}
        case AllOf(items):
            return {"all": [predicate_json(item) for item in items]}
        case AnyOf(items):
            return {"any": [predicate_json(item) for item in items]}
        case NoneOf(items):
            return {"none": [predicate_json(item) for item in items]}
        case NotOf(item):
            return {"not": predicate_json(item)}
        case AtLeast(n, items):
            return {"at_least": n, "of": [predicate_json(item) for item in items]}


def _attribute(attribute: Attribute) -> dict[str, object]:
    return {
        "type": attribute.type,
        "min": None if attribute.min is None else without_fraction(attribute.min),
        "max": None if attribute.max is None else without_fraction(attribute.max),
    }


def _value(value: Value | tuple[Value, ...]) -> object:
    if isinstance(value, tuple):
        return [without_fraction(item) for item in value]
    return without_fraction(value)
