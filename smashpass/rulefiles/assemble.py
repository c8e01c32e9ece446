"""From the drafts of a file to one whole tree: fragments in place, ids unique, levels counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from smashpass.core.rules.tree import (
    MAX_DEPTH,
    MIN_DEPTH,
    AllOf,
    AnyOf,
    Arm,
    AtLeast,
    Branch,
    Compare,
    Node,
    NoneOf,
    Not,
    Predicate,
    depth,
)
from smashpass.rulefiles.drafts import Ending, Fork, Missing, NodeDraft, Reference
from smashpass.rulefiles.expand import Expander
from smashpass.rulefiles.located import Place
from smashpass.rulefiles.report import Report, quote


@dataclass(slots=True)
class Assembly:
    """Builds the tree of one file. Everything is reported to that file.

    Inner nodes without an id are named by their place in the whole tree: ``root``,
    ``root.else``, ``root.else.then``, and for the arms of a ``choose`` ``root.arms[0].then``.
    """

    expander: Expander
    report: Report
    whole: bool = True
    _ids: dict[str, tuple[Place, Place]] = field(default_factory=dict)

    def tree(self, root: NodeDraft) -> Branch | None:
        """Return the tree below ``root``, or None if it has an error."""
        node = self._node(root, "root", (), None)
        if not self.whole or node is None:
            return None
        levels = depth(node)
        if levels < MIN_DEPTH or not isinstance(node, Branch):
            longest = " → ".join(_longest(node)) or "a leaf alone"
            self.report.error(
                "E411",
                root.at,
                f"the longest path has {levels} of at least {MIN_DEPTH} levels: {longest}",
                hint="ask more questions with if or choose",
            )
            return None
        return node

    def _node(
        self, draft: NodeDraft, name: str, path: tuple[str, ...], site: Place | None
    ) -> Node | None:
        """Build a node.

        Args:
            draft: What is written.
            name: Its place in the whole tree.
            path: Ids of the branches above it.
            site: Where the tree's own file refers to the fragment that holds it, if one does.
        """
        match draft:
            case Missing():
                self.whole = False
                return None
            case Reference(at=at, target=target):
                if not self.expander.measure.node(draft).whole:
                    self.whole = False
                    return None
                found = self.expander.drafts[target.file].nodes[target.name]
                return self._node(found, name, path, site or at)
            case Ending(id_at=id_at, end=end):
                self._check_id(end.id, id_at, site)
                return end
            case Fork():
                return self._fork(draft, name, path, site)

    def _fork(
        self, draft: Fork, name: str, path: tuple[str, ...], site: Place | None
    ) -> Branch | None:
        id_ = draft.id or name
        self._check_id(id_, draft.id_at, site)
        path = (*path, id_)
        if len(path) > MAX_DEPTH:
            self.whole = False
            self.report.error(
                "E407",
                site or draft.at,
                f"the path has more than {MAX_DEPTH} levels: {' → '.join(path)}",
                hint="ask fewer questions, or ask several arms in one choose",
            )
            return None
        arms = []
        for number, way in enumerate(draft.ways):
            below = f"{name}.then" if draft.kind == "if" else f"{name}.arms[{number}].then"
            when = self.expander.predicate(way.when)
            then = self._node(way.then, below, path, site)
            if when is None:
                self.whole = False
            elif then is not None:
                arms.append(Arm(when, then))
        otherwise = self._node(draft.otherwise, f"{name}.else", path, site)
        if otherwise is None or len(arms) < len(draft.ways):
            return None
        return Branch(id_, draft.kind, tuple(arms), otherwise)

    def _check_id(self, id_: str, at: Place, site: Place | None) -> None:
        """Refuse an id that another node has; a fragment used twice repeats its own."""
        here = site or at
        earlier, shown = self._ids.setdefault(id_, (at, here))
        if earlier == at:
            return
        self.whole = False
        # Two ids of one fragment file are reported there.
        if earlier.file != at.file or at.file == self.report.file:
            self.report.error(
                "E307",
                here,
                f"the id {quote(id_)} stands twice in the tree",
                hint="give each node its own id",
                related=earlier if earlier != here else shown,
            )


def check_ids(draft: NodeDraft, seen: dict[str, Place], report: Report) -> None:
    """Refuse an id that stands twice in one file; ``seen`` collects them."""
    if isinstance(draft, Ending | Fork):
        id_ = draft.end.id if isinstance(draft, Ending) else draft.id
        earlier = seen.setdefault(id_, draft.id_at) if id_ else draft.id_at
        if earlier != draft.id_at:
            report.error(
                "E307",
                draft.id_at,
                f"the id {quote(id_)} stands twice in the tree",
                hint="give each node its own id",
                related=earlier,
            )
    if isinstance(draft, Fork):
        for way in draft.ways:
            check_ids(way.then, seen, report)
        check_ids(draft.otherwise, seen, report)


def forks(draft: NodeDraft) -> Iterator[Fork]:
    """Yield the forks that one file writes below ``draft``, fragments left out."""
    if isinstance(draft, Fork):
        yield draft
        for way in draft.ways:
            yield from forks(way.then)
        yield from forks(draft.otherwise)


def attributes_read(node: Node) -> set[str]:
    """Return the attributes that the comparisons of a tree name."""
    if not isinstance(node, Branch):
        return set()
    found = attributes_read(node.otherwise)
    for arm in node.arms:
        found |= _compared(arm.when) | attributes_read(arm.then)
    return found


def _compared(predicate: Predicate) -> set[str]:
    match predicate:
        case Compare(attr):
            return {attr}
        case Not(item):
            return _compared(item)
        case AllOf(items) | AnyOf(items) | NoneOf(items) | AtLeast(_, items):
            return {name for item in items for name in _compared(item)}
        case _:
            return set()


def _longest(node: Node) -> list[str]:
    """Return the ids of the branches on the longest path."""
    if not isinstance(node, Branch):
        return []
    below = [_longest(arm.then) for arm in node.arms] + [_longest(node.otherwise)]
    return [node.id, *max(below, key=len)]
