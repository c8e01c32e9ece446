"""Predicates as written in one file, from located values to drafts."""

from __future__ import annotations

from typing import Literal

from smashpass.rulefiles.grammar import MAX_WHOLE, PREDICATES
from smashpass.rulefiles.located import Entries, Hole, Items, Located, Scalar
from smashpass.rulefiles.read.comparisons import read_comparison
from smashpass.rulefiles.read.drafts import Group, Missing, PredicateDraft, Single
from smashpass.rulefiles.read.fields import Mapped
from smashpass.rulefiles.read.heads import Heads
from smashpass.rulefiles.read.labels import labelled
from smashpass.rulefiles.read.patterns import read_pattern
from smashpass.rulefiles.read.queries import read_query
from smashpass.rulefiles.read.scope import Scope
from smashpass.rulefiles.report import one_of, quote


def read_predicate(scope: Scope, node: Located) -> PredicateDraft:
    """Read a predicate with all its parts. The recursion is as deep as the text is nested."""
    match node:
        case Hole():
            return Missing(scope.report.place(node))
        case Scalar():
            return _tag(scope, node, node)
        case Items():
            scope.report.error(
                "E210",
                node,
                "expected a predicate, found a list",
                hint="write all: [...] or any: [...] around it",
            )
            return Missing(scope.report.place(node))
        case Entries():
            return _mapping(scope, node)


def _mapping(scope: Scope, node: Entries) -> PredicateDraft:
    head = _HEADS.find(scope, node)
    if head is None:
        return Missing(scope.report.place(node))
    mapped = scope.fields.read_keys(node, PREDICATES[head])
    if head not in mapped:
        return Missing(scope.report.place(node))
    return labelled(scope.fields, mapped, _headed(scope, mapped, head))


def _headed(scope: Scope, mapped: Mapped, head: str) -> PredicateDraft:
    """Read a predicate by the key that identifies it."""
    node, value = mapped.at, mapped.values[head]
    match head:
        case "tag":
            scalar = scope.fields.scalar(value, "tag")
            return _tag(scope, scalar, node)
        case "all" | "any" | "none":
            return _group(scope, mapped, head, value)
        case "not":
            return Group(scope.report.place(node), "not", (read_predicate(scope, value),))
        case "at_least":
            return _at_least(scope, mapped)
        case "is":
            return scope.predicates.reference(scope.fields, value, "is")
        case "query":
            return _query(scope, value, node)
        case _:
            return read_comparison(scope, mapped)


def _no_head_hint(node: Entries) -> str:
    first = node.entries[0] if node.entries else None
    if first is not None and isinstance(first[1], Scalar):
        tag = f"{first[0].text}:{first[1].text}"
        return f"did you mean the tag {quote(tag)} (no space after the colon)?"
    return f"use one of {one_of(tuple(PREDICATES))}"


def _tag(scope: Scope, scalar: Scalar | None, at: Located) -> PredicateDraft:
    place = scope.report.place(at)
    test = None if scalar is None else read_pattern(scope.report, scalar)
    return Missing(place) if test is None else Single(place, test)


def _query(scope: Scope, node: Located, at: Located) -> PredicateDraft:
    place = scope.report.place(at)
    text = scope.fields.scalar(node, "query")
    test = None if text is None else read_query(scope.report, text, scope.text)
    return Missing(place) if test is None else Single(place, test)


def _group(
    scope: Scope, mapped: Mapped, head: Literal["all", "any", "none"], value: Located
) -> PredicateDraft:
    items = scope.fields.items(value, head, filled=True)
    if items is None:
        return Missing(scope.report.place(mapped.at))
    parts = tuple(read_predicate(scope, item) for item in items)
    return Group(scope.report.place(mapped.at), head, parts)


def _at_least(scope: Scope, mapped: Mapped) -> PredicateDraft:
    place = scope.report.place(mapped.at)
    counted = mapped.values["at_least"]
    listed = mapped.get("of")
    n = scope.fields.whole(counted, "at_least", -MAX_WHOLE, MAX_WHOLE)
    items = None if listed is None else scope.fields.items(listed, "of", filled=True)
    parts = tuple(read_predicate(scope, item) for item in items or ())
    if n is None or items is None:
        return Missing(place)
    if not 1 <= n <= len(parts):
        scope.report.error(
            "E403",
            counted,
            f"at_least is {n}, but the list has {len(parts)}",
            hint=f"use a number from 1 to {len(parts)}",
        )
        return Missing(place)
    return Group(place, "at_least", parts, n)


_HEADS = Heads(
    noun="predicate",
    code="E211",
    constructs=PREDICATES,
    two_hint="write all: [{...}, {...}] to ask for both",
    none_hint=_no_head_hint,
)
