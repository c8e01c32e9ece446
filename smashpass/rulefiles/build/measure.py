"""How large and how deep everything becomes once fragments are expanded.

Measured before anything is expanded, so that a few lines that double each other a hundred times
are refused instead of built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from smashpass.core.problems import Place
from smashpass.rulefiles.grammar import MAX_NESTING, MAX_NODES
from smashpass.rulefiles.read.drafts import (
    Ending,
    FileDrafts,
    Fork,
    Group,
    Missing,
    NodeDraft,
    PredicateDraft,
    Reference,
    Single,
    Target,
)
from smashpass.rulefiles.report import ProblemReport

Kind = Literal["predicate", "node"]


class Size(NamedTuple):
    """Nodes and levels of something expanded.

    ``whole`` is false if a part of it is missing, ``bounded`` if it is a circle or too large.
    """

    nodes: int
    levels: int
    whole: bool
    bounded: bool = True


_MISSING = Size(1, 1, False)
_ENDLESS = Size(0, 0, False, bounded=False)


class Measure:
    """Sizes of all named predicates and nodes of a set, each found once.

    Circles (E303) and what grows too large (E104) are reported where the reference stands, and
    count as missing.
    """

    def __init__(
        self,
        drafts: Mapping[str, FileDrafts],
        reports: Mapping[str, ProblemReport],
        ids: Mapping[str, str],
    ) -> None:
        """Keep the drafts and the ids by file, and the reports by the shown name of the file."""
        self._drafts = drafts
        self._reports = reports
        self._ids = ids
        self._known: dict[tuple[Kind, Target], Size] = {}
        self._open: list[tuple[Kind, Target]] = []
        self._level = 0

    def all(self) -> None:
        """Measure everything, so that every mistake is reported, used or not."""
        for key, file in self._drafts.items():
            for name in file.predicates:
                self._named("predicate", Target(key, name))
            for name in file.nodes:
                self._named("node", Target(key, name))
            if file.root is not None:
                self._checked(file.root.at, self.node(file.root))

    def predicate(self, draft: PredicateDraft) -> Size:
        """Measure a predicate."""
        match draft:
            case Missing():
                return _MISSING
            case Single():
                return Size(1, 1, True)
            case Reference():
                return self._reference("predicate", draft)
            case Group(items=items):
                self._level += 1
                size = _sum([self.predicate(item) for item in items])
                self._level -= 1
                return size

    def node(self, draft: NodeDraft) -> Size:
        """Measure a node with everything below it."""
        match draft:
            case Missing():
                return _MISSING
            case Ending(whole=whole):
                return Size(1, 1, whole)
            case Reference():
                return self._reference("node", draft)
            case Fork(ways=ways, otherwise=otherwise):
                self._level += 1
                parts = [self.node(otherwise)]
                for way in ways:
                    parts += [self.predicate(way.when), self.node(way.then)]
                self._level -= 1
                return _sum(parts)

    def _reference(self, kind: Kind, draft: Reference) -> Size:
        key = (kind, draft.target)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            circle = [target for _, target in self._open[self._open.index(key) :]]
            self._error(
                "E303",
                draft.at,
                f"the {kind} leads back to itself: {self._trail([*circle, draft.target])}",
                "break the circle",
            )
            return _ENDLESS
        if self._level > MAX_NESTING:
            self._error(
                "E104",
                draft.at,
                f"expanded, this is nested more than {MAX_NESTING} levels deep",
                "use fewer fragments in each other",
            )
            return _ENDLESS
        return self._named(kind, draft.target)

    def _trail(self, targets: Sequence[Target]) -> str:
        """Return the names in order; with the ids of their files, if these are several."""
        several = len({target.file for target in targets}) > 1
        return " → ".join(
            f"{self._ids[target.file]}.{target.name}" if several else target.name
            for target in targets
        )

    def _named(self, kind: Kind, target: Target) -> Size:
        key = (kind, target)
        if key not in self._known:
            self._open.append(key)
            self._level += 1
            size = self._measured(kind, target)
            self._level -= 1
            self._open.pop()
            self._known[key] = size
        return self._known[key]

    def _measured(self, kind: Kind, target: Target) -> Size:
        file = self._drafts.get(target.file)
        if file is None:
            return _MISSING
        if kind == "predicate":
            predicate = file.predicates[target.name]
            return self._checked(predicate.at, self.predicate(predicate))
        node = file.nodes[target.name]
        return self._checked(node.at, self.node(node))

    def _checked(self, at: Place, size: Size) -> Size:
        """Return a size, or report that what it measures cannot be expanded here."""
        if size.nodes > MAX_NODES or size.levels > MAX_NESTING:
            self._error(
                "E104",
                at,
                f"expanded, this has more than {MAX_NODES} nodes or {MAX_NESTING} levels",
                "use fewer fragments in each other",
            )
            return _ENDLESS
        return size

    def _error(self, code: str, at: Place, message: str, hint: str) -> None:
        self._reports[at.file].error(code, at, message, hint=hint)


def _sum(parts: Sequence[Size]) -> Size:
    nodes, levels, whole, bounded = 1, 0, True, True
    for part in parts:
        nodes += part.nodes
        levels = max(levels, part.levels)
        whole &= part.whole
        bounded &= part.bounded
    return Size(min(nodes, MAX_NODES + 1), levels + 1, whole, bounded)
