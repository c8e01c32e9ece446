"""From the drafts of a file to one whole tree: fragments in place, ids unique, levels counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from smashpass.core.problems import Place
from smashpass.core.rules.places import TreePlaces
from smashpass.core.rules.reach import Spot
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
from smashpass.rulefiles.drafts import (
    Ending,
    Fork,
    Group,
    Missing,
    NodeDraft,
    PredicateDraft,
    Reference,
)
from smashpass.rulefiles.expand import Expander
from smashpass.rulefiles.report import Report, quote


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a node is built.

    Attributes:
        name: Its place in the whole tree.
        path: Ids of the branches above it.
        site: Where the tree's own file refers to the fragment that holds it, if one does.
        spot: The number of the way taken at each branch above it.
    """

    name: str
    path: tuple[str, ...]
    site: Place | None
    spot: Spot

    def below(self, path: tuple[str, ...], step: str, number: int) -> _Position:
        """Return the position behind one way out of the branch here."""
        return _Position(f"{self.name}.{step}", path, self.site, (*self.spot, number))


@dataclass(slots=True)
class Assembly:
    """Builds the tree of one file. Everything is reported to that file.

    Inner nodes without an id are named by their place in the whole tree: ``root``,
    ``root.else``, ``root.else.then``, and for the arms of a ``choose`` ``root.arms[0].then``.
    """

    expander: Expander
    report: Report
    whole: bool = True
    places: TreePlaces = field(default_factory=TreePlaces)
    _ids: dict[str, tuple[Place, Place]] = field(default_factory=dict)

    def tree(self, root: NodeDraft) -> Branch | None:
        """Return the tree below ``root``, or None if it has an error."""
        node = self._node(root, _Position("root", (), None, ()))
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

    def _node(self, draft: NodeDraft, position: _Position) -> Node | None:
        match draft:
            case Missing():
                self.whole = False
                return None
            case Reference(at=at, target=target):
                if not self.expander.measure.node(draft).whole:
                    self.whole = False
                    return None
                found = self.expander.drafts[target.file].nodes[target.name]
                return self._node(found, replace(position, site=position.site or at))
            case Ending(id_at=id_at, end=end):
                self._check_id(end.id, id_at, position.site)
                return end
            case Fork():
                return self._fork(draft, position)

    def _fork(self, draft: Fork, position: _Position) -> Branch | None:
        id_ = draft.id or position.name
        self._check_id(id_, draft.id_at, position.site)
        path = (*position.path, id_)
        if len(path) > MAX_DEPTH:
            self.whole = False
            self.report.error(
                "E407",
                position.site or draft.at,
                f"the path has more than {MAX_DEPTH} levels: {' → '.join(path)}",
                hint="ask fewer questions, or ask several arms in one choose",
            )
            return None
        arms = []
        for number, way in enumerate(draft.ways):
            step = "then" if draft.kind == "if" else f"arms[{number}].then"
            when = self.expander.predicate(way.when)
            then = self._node(way.then, position.below(path, step, number))
            if when is None:
                self.whole = False
            elif then is not None:
                arms.append(Arm(when, then))
                self._note(way.when, position, number)
        last = len(draft.ways)
        otherwise = self._node(draft.otherwise, position.below(path, "else", last))
        if otherwise is None or len(arms) < len(draft.ways):
            return None
        self.places.ways[position.spot, last] = draft.otherwise.at
        if position.site is not None:
            self.places.sites[position.spot] = position.site
        return Branch(id_, draft.kind, tuple(arms), otherwise)

    def _note(self, draft: PredicateDraft, position: _Position, number: int) -> None:
        """Note where the test of an arm stands, and those parts of it that stand there too."""
        self.places.ways[position.spot, number] = draft.at
        waiting: list[tuple[PredicateDraft, tuple[int, ...]]] = [(draft, ())]
        while waiting:
            each, part = waiting.pop()
            self.places.parts[position.spot, number, part] = each.at
            if isinstance(each, Group):
                waiting += [(item, (*part, place)) for place, item in enumerate(each.items)]

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
