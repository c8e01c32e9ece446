"""The ``tests`` of a tree, from located values to examples."""

from __future__ import annotations

from smashpass.core.rules.example import Example, Expectation
from smashpass.core.rules.tree import Value, Verdict
from smashpass.rulefiles.fields import Mapped
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
from smashpass.rulefiles.patterns import read_name
from smashpass.rulefiles.scope import Scope


def read_examples(scope: Scope, node: Located) -> tuple[Example, ...]:
    """Read ``tests``; those with an error are reported and left out."""
    read = [_example(scope, each) for each in scope.fields.items(node, "tests") or ()]
    return tuple(example for example in read if example is not None)


def _example(scope: Scope, node: Located) -> Example | None:
    mapped = scope.fields.mapping(node, TEST)
    if mapped is None:
        return None
    found = mapped.get("name")
    name = None if found is None else scope.fields.text(found, "the name of the test", MAX_TITLE)
    given = _given(scope, mapped)
    expect = _expect(scope, mapped)
    if name is None or given is None or expect is None:
        return None
    tags, attributes = given
    return Example(name, tags, attributes, expect, scope.report.file, node.line, node.col)


def _given(scope: Scope, mapped: Mapped) -> tuple[frozenset[str], dict[str, Value]] | None:
    node = mapped.get("given")
    inner = None if node is None else scope.fields.mapping(node, GIVEN)
    if inner is None:
        return None
    read = [_tag(scope, each) for each in scope.fields.each(inner.get("tags"), "tags")]
    tags = frozenset(tag for tag in read if tag is not None)
    return tags, _values(scope, inner)


def _tag(scope: Scope, node: Located) -> str | None:
    scalar = scope.fields.scalar(node, "the tag")
    return None if scalar is None else read_name(scope.report, scalar)


def _values(scope: Scope, inner: Mapped) -> dict[str, Value]:
    node = inner.get("attrs")
    entries = None if node is None else scope.fields.entries(node, "attrs")
    values: dict[str, Value] = {}
    for key, written in () if entries is None else entries.entries:
        attribute = scope.attributes.find(key)
        value = None if attribute is None else scope.attributes.value(written, attribute)
        if value is not None:
            values[key.text] = value
    return values


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
    if (found := inner.get("leaf")) is not None:
        leaf = scope.fields.id(found, "the leaf")
    if (found := inner.get("verdict")) is not None:
        verdict = scope.fields.verdict(found)
    if (found := inner.get("weight")) is not None:
        weight = scope.fields.whole(found, "the weight", 0, MAX_WEIGHT)
    if (found := inner.get("odds")) is not None:
        odds = _odds(scope, found)
    if leaf is None:
        return Expectation(None, verdict, weight, odds)
    return Expectation(leaf.text, verdict, weight, odds, (leaf.line, leaf.col))


def _odds(scope: Scope, node: Located) -> dict[Verdict, int] | None:
    mapped = scope.fields.mapping(node, ODDS)
    if mapped is None:
        return None
    odds: dict[Verdict, int] = {}
    for verdict in VERDICTS:
        if (found := mapped.get(verdict)) is not None:
            weight = scope.fields.whole(found, f"the weight of {verdict}", 0, MAX_ODDS)
            odds[verdict] = weight or 0
    return odds
