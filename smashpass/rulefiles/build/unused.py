"""Definitions of a set of rule files that are never used."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from smashpass.core.problems import Place, Problem
from smashpass.core.rules.tree import Compare
from smashpass.rulefiles.read.drafts import (
    FileDrafts,
    Fork,
    Group,
    NodeDraft,
    PredicateDraft,
    Reference,
    Single,
    Target,
)
from smashpass.rulefiles.read.header import FileHeader


def unused(
    headers: Mapping[str, FileHeader], drafts: Mapping[str, FileDrafts], requested: Collection[str]
) -> Iterator[Problem]:
    """Yield a warning for each named predicate, node and attribute that nothing uses (W501).

    Only ``requested`` files are checked: one that was merely included may serve other trees.
    """
    used: set[tuple[str, Target]] = set()
    read: set[str] = set()
    for file in drafts.values():
        for node in (*file.nodes.values(), *(() if file.root is None else (file.root,))):
            for predicate in _predicates(node, used):
                _note(predicate, used, read)
        for predicate in file.predicates.values():
            _note(predicate, used, read)
    for key, header in headers.items():
        if key in requested:
            yield from _unused(header, used, read)


def _unused(header: FileHeader, used: set[tuple[str, Target]], read: set[str]) -> Iterator[Problem]:
    for kind, bodies in (("predicate", header.predicates), ("node", header.nodes)):
        for name, body in bodies.items():
            if (kind, Target(header.key, name)) not in used:
                place = header.report.place(body)
                yield _warning(place, f"nothing uses the {kind} {name}", "use it, or remove it")
    for name, place in header.attributes.places.items():
        if name not in read:
            yield _warning(place, f"nothing reads the attribute {name}", "read it, or remove it")


def _warning(at: Place, message: str, hint: str) -> Problem:
    return Problem(at.file, at.line, at.col, "W501", message, "warning", hint)


def _predicates(node: NodeDraft, used: set[tuple[str, Target]]) -> Iterator[PredicateDraft]:
    """Yield the tests at and below a node; note the nodes that it refers to."""
    if isinstance(node, Reference):
        used.add(("node", node.target))
    elif isinstance(node, Fork):
        for way in node.ways:
            yield way.when
            yield from _predicates(way.then, used)
        yield from _predicates(node.otherwise, used)


def _note(predicate: PredicateDraft, used: set[tuple[str, Target]], read: set[str]) -> None:
    match predicate:
        case Reference(target=target):
            used.add(("predicate", target))
        case Single(test=Compare(attr)):
            read.add(attr)
        case Group(items=items):
            for item in items:
                _note(item, used, read)
        case _:
            return
