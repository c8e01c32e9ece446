"""The ``tests`` of a tree, from located values to examples."""

from __future__ import annotations

from smashpass.core.rules.example import Example, Expectation
from smashpass.core.values import Value, Verdict
from smashpass.rulefiles.grammar import (
    EXPECT,
    GIVEN,
    MAX_ODDS,
    MAX_TITLE,
    MAX_WEIGHT,
    ODDS,
    TEST,
    VERDICTS,
)
from smashpass.rulefiles.located import Located
from smashpass.rulefiles.read.fields import Mapped
from smashpass.rulefiles.read.patterns import read_name
from smashpass.rulefiles.read.scope import Scope


def read_examples(scope: Scope, node: Located) -> tuple[Example, ...]:
    """Read ``tests``; those without a readable expectation are reported and left out."""
    read = [_example(scope, item) for item in scope.fields.items(node, "tests") or ()]
    return tuple(example for example in read if example is not None)


def _example(scope: Scope, node: Located) -> Example | None:
    mapped = scope.fields.mapping(node, TEST)
    if mapped is None:
        return None
    name_node = mapped.get("name")
    name = (
        None
        if name_node is None
        else scope.fields.text(name_node, "the name of the test", MAX_TITLE)
    )
    conditions = _given(scope, mapped)
    expect = _expect(scope, mapped)
    if expect is None:
        return None
    tags, attributes, whole = conditions or (frozenset(), {}, False)
    return Example(
        name or "",
        tags,
        attributes,
        expect,
        scope.report.file,
        node.line,
        node.col,
        whole=whole and name is not None,
    )


def _given(scope: Scope, mapped: Mapped) -> tuple[frozenset[str], dict[str, Value], bool] | None:
    """Return tags, values, and whether these are all that is written."""
    node = mapped.get("given")
    inner = None if node is None else scope.fields.mapping(node, GIVEN)
    if inner is None:
        return None
    read = [_tag(scope, item) for item in scope.fields.optional_items(inner.get("tags"), "tags")]
    tags = frozenset(tag for tag in read if tag is not None)
    values, whole = _values(scope, inner)
    return tags, values, whole and None not in read


def _tag(scope: Scope, node: Located) -> str | None:
    scalar = scope.fields.scalar(node, "the tag")
    return None if scalar is None else read_name(scope.report, scalar)


def _values(scope: Scope, inner: Mapped) -> tuple[dict[str, Value], bool]:
    """Return the values that can be read, and whether these are all."""
    node = inner.get("attrs")
    entries = None if node is None else scope.fields.entries(node, "attrs")
    written = () if entries is None else entries.entries
    values: dict[str, Value] = {}
    for key, body in written:
        attribute = scope.attributes.find(key)
        value = None if attribute is None else scope.attributes.value(body, attribute)
        if value is not None:
            values[key.text] = value
    return values, (node is None or entries is not None) and len(values) == len(written)


def _expect(scope: Scope, mapped: Mapped) -> Expectation | None:
    node = mapped.get("expect")
    inner = None if node is None else scope.fields.mapping(node, EXPECT)
    if inner is None:
        return None
    if not inner.at.entries:
        scope.report.error(
            "E203", inner.at, "the test expects nothing", hint="add leaf:, the id of a leaf"
        )
        return None
    leaf = verdict = weight = odds = None
    if (value := inner.get("leaf")) is not None:
        leaf = scope.fields.id(value, "the leaf")
    if (value := inner.get("verdict")) is not None:
        verdict = scope.fields.verdict(value)
    if (value := inner.get("weight")) is not None:
        weight = scope.fields.whole(value, "the weight", 0, MAX_WEIGHT)
    if (value := inner.get("odds")) is not None:
        odds = _odds(scope, value)
    if leaf is None:
        return Expectation(None, verdict, weight, odds)
    return Expectation(leaf.text, verdict, weight, odds, (leaf.line, leaf.col))


def _odds(scope: Scope, node: Located) -> dict[Verdict, int] | None:
    mapped = scope.fields.mapping(node, ODDS)
    if mapped is None:
        return None
    odds: dict[Verdict, int] = {}
    for verdict in VERDICTS:
        if (value := mapped.get(verdict)) is not None:
            weight = scope.fields.whole(value, f"the weight of {verdict}", 0, MAX_ODDS)
            odds[verdict] = weight or 0
    return odds
