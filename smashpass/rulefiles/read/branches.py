"""Nodes as written in one file, from located values to drafts."""

from __future__ import annotations

from dataclasses import replace

from smashpass.core.problems import Place
from smashpass.core.rules.tree import Leaf, Lottery, Outcome
from smashpass.rulefiles.grammar import ARM, MAX_NOTE, MAX_ODDS, MAX_REASON, MAX_WEIGHT, NODES
from smashpass.rulefiles.grammar import OUTCOME as OUTCOME_KEYS
from smashpass.rulefiles.located import Located, Scalar, texts_in
from smashpass.rulefiles.read.drafts import (
    DraftArm,
    Ending,
    Fork,
    Missing,
    NodeDraft,
    Reference,
)
from smashpass.rulefiles.read.fields import Mapped
from smashpass.rulefiles.read.heads import Heads
from smashpass.rulefiles.read.labels import read_label
from smashpass.rulefiles.read.predicates import read_predicate
from smashpass.rulefiles.read.scope import Scope
from smashpass.rulefiles.report import one_of

_HEADS = Heads(
    noun="node",
    code="E215",
    constructs=NODES,
    two_hint="a node is either a question or an answer",
    none_hint=lambda _: f"add {one_of(tuple(NODES))}",
)


def read_node(scope: Scope, node: Located) -> NodeDraft:
    """Read a node with everything below it. The recursion is as deep as the text is nested."""
    place = scope.report.place(node)
    entries = scope.fields.entries(node, "the node")
    head = None if entries is None else _HEADS.find(scope, entries)
    if entries is None or head is None:
        return Missing(place, texts_in(node))
    mapped = scope.fields.read_keys(entries, NODES[head])
    if head not in mapped:
        return Missing(place, texts_in(node))
    if (note := mapped.get("note")) is not None:
        scope.fields.text(note, "the note", MAX_NOTE)
    match head:
        case "if":
            return _if(scope, mapped)
        case "choose":
            return _choose(scope, mapped)
        case "use":
            return _use(scope, mapped)
        case "verdict":
            return _leaf(scope, mapped)
        case _:
            return _lottery(scope, mapped)


def _use(scope: Scope, mapped: Mapped) -> NodeDraft:
    label = read_label(scope.fields, mapped)
    draft = scope.nodes.reference(scope.fields, mapped.values["use"], "use")
    return replace(draft, label=label) if label and isinstance(draft, Reference) else draft


def _if(scope: Scope, mapped: Mapped) -> NodeDraft:
    when = read_predicate(scope, mapped.values["if"])
    then = _below(scope, mapped, "then")
    otherwise = _below(scope, mapped, "else")
    written, id_at = _fork_id(scope, mapped)
    return Fork(
        scope.report.place(mapped.at),
        id_at,
        written,
        "if",
        (DraftArm(when, then),),
        otherwise,
        read_label(scope.fields, mapped),
    )


def _choose(scope: Scope, mapped: Mapped) -> NodeDraft:
    place = scope.report.place(mapped.at)
    arms = scope.fields.items(mapped.values["choose"], "choose", filled=True)
    ways = tuple(_arm(scope, arm) for arm in arms or ())
    otherwise = _below(scope, mapped, "else")
    written, id_at = _fork_id(scope, mapped)
    label = read_label(scope.fields, mapped)
    if not ways:
        return Missing(place, texts_in(mapped.at))
    return Fork(place, id_at, written, "choose", ways, otherwise, label)


def _arm(scope: Scope, node: Located) -> DraftArm:
    mapped = scope.fields.mapping(node, ARM)
    if mapped is None:
        missing = Missing(scope.report.place(node), texts_in(node))
        return DraftArm(missing, missing)
    if (note := mapped.get("note")) is not None:
        scope.fields.text(note, "the note", MAX_NOTE)
    when = mapped.get("when")
    draft = Missing(scope.report.place(node)) if when is None else read_predicate(scope, when)
    return DraftArm(draft, _below(scope, mapped, "then"))


def _below(scope: Scope, mapped: Mapped, key: str) -> NodeDraft:
    node = mapped.get(key)
    if node is None:
        return Missing(scope.report.place(mapped.at), texts_in(mapped.at))
    return read_node(scope, node)


def _fork_id(scope: Scope, mapped: Mapped) -> tuple[str, Place]:
    """Return the written id, or "", and its place."""
    node = mapped.get("id")
    id_ = None if node is None else scope.fields.id(node, "the id of the node")
    if id_ is None:
        return "", scope.report.place(mapped.at)
    return id_.text, scope.report.place(id_)


def _leaf(scope: Scope, mapped: Mapped) -> NodeDraft:
    place = scope.report.place(mapped.at)
    verdict = scope.fields.verdict(mapped.values["verdict"])
    reason = _reason(scope, mapped)
    weight: int | None = scope.weight
    if (node := mapped.get("weight")) is not None:
        weight = scope.fields.whole(node, "the weight", 0, MAX_WEIGHT)
    id_node = mapped.get("id")
    written = None if id_node is None else scope.fields.id(id_node, "the id of the leaf")
    label = read_label(scope.fields, mapped)
    if written is None:
        return Missing(place)
    if verdict is None or reason is None or weight is None:
        return _unread(scope, place, written)
    leaf = Leaf(written.text, verdict, weight, reason, label)
    return Ending(place, scope.report.place(written), leaf)


def _lottery(scope: Scope, mapped: Mapped) -> NodeDraft:
    place = scope.report.place(mapped.at)
    listed = mapped.values["outcomes"]
    items = scope.fields.items(listed, "outcomes", filled=True)
    outcomes = [_outcome(scope, item) for item in items or ()]
    id_node = mapped.get("id")
    written = None if id_node is None else scope.fields.id(id_node, "the id of the leaf")
    label = read_label(scope.fields, mapped)
    read = tuple(outcome for outcome in outcomes if outcome is not None)
    if written is None:
        return Missing(place)
    if items is None or len(read) < len(outcomes):
        return _unread(scope, place, written)
    drawn = [outcome.weight for outcome in read if outcome.weight > 0]
    if not drawn:
        scope.report.error(
            "E410", listed, "all weights are 0", hint="give at least one outcome a weight above 0"
        )
        return _unread(scope, place, written)
    if len(drawn) == 1:
        scope.report.warning(
            "W410", listed, "one outcome has all the weight", hint="write a leaf with a verdict"
        )
    return Ending(place, scope.report.place(written), Lottery(written.text, read, label))


def _unread(scope: Scope, place: Place, written: Scalar) -> Ending:
    """Return a leaf of which only the id could be read."""
    end = Leaf(written.text, "pass", 0, "")
    return Ending(place, scope.report.place(written), end, whole=False)


def _outcome(scope: Scope, node: Located) -> Outcome | None:
    mapped = scope.fields.mapping(node, OUTCOME_KEYS)
    if mapped is None:
        return None
    verdict = weight = None
    if (value := mapped.get("verdict")) is not None:
        verdict = scope.fields.verdict(value)
    if (value := mapped.get("weight")) is not None:
        weight = scope.fields.whole(value, "the weight", 0, MAX_ODDS)
    reason = _reason(scope, mapped)
    if verdict is None or weight is None or reason is None:
        return None
    return Outcome(verdict, weight, reason)


def _reason(scope: Scope, mapped: Mapped) -> str | None:
    node = mapped.get("reason")
    return None if node is None else scope.fields.text(node, "the reason", MAX_REASON)
