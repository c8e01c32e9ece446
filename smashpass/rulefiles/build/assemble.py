"""From the drafts of a file to one whole tree: fragments in place, ids unique, levels counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from smashpass.core.problems import Place
from smashpass.core.rules.analysis.places import TreePlaces
from smashpass.core.rules.analysis.reachability import NodePath
from smashpass.core.rules.tree import (
    MAX_DEPTH,
    MIN_DEPTH,
    AllOf,
    AnyOf,
    Arm,
    AtLeast,
    Branch,
    Compare,
    Leaf,
    Node,
    NoneOf,
    NotOf,
    Predicate,
    depth,
)
from smashpass.rulefiles.build.expand import Expander
from smashpass.rulefiles.read.drafts import (
    Ending,
    Fork,
    Group,
    Missing,
    NodeDraft,
    PredicateDraft,
    Reference,
)
from smashpass.rulefiles.report import ProblemReport, quote


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a node is built.

    Attributes:
        name: Its place in the whole tree.
        path: Ids of the branches above it.
        site: Where the tree's own file refers to the fragment that holds it, if one does.
        node_path: The number of the way taken at each branch above it.
    """

    name: str
    path: tuple[str, ...]
    site: Place | None
    node_path: NodePath

    def below(self, path: tuple[str, ...], step: str, number: int) -> _Position:
        """Return the position behind one way out of the branch here."""
        return _Position(f"{self.name}.{step}", path, self.site, (*self.node_path, number))


@dataclass(slots=True)
class Assembly:
    """Builds the tree of one file. Everything is reported to that file.

    Inner nodes without an id are named by their place in the whole tree: ``root``,
    ``root.else``, ``root.else.then``, and for the arms of a ``choose`` ``root.arms[0].then``.

    An unreadable part becomes a placeholder leaf, so that the rest can be checked.

    Attributes:
        expander: Makes the conditions.
        report: The problems of the file.
        whole: False once a part is missing.
        places: Where the parts stand.
        unread: Ids of leaves of which nothing else is known for sure.
        placeholders: Ids of the leaves that stand for parts that could not be read.
        possible: Texts that may be ids of leaves in those parts.
        all_known: False once a part is missing of which even the texts are not known.
    """

    expander: Expander
    report: ProblemReport
    whole: bool = True
    places: TreePlaces = field(default_factory=TreePlaces)
    unread: set[str] = field(default_factory=set)
    placeholders: set[str] = field(default_factory=set)
    possible: set[str] = field(default_factory=set)
    all_known: bool = True
    _missing: int = 0
    _ids: dict[str, tuple[Place, Place]] = field(default_factory=dict)

    def tree(self, root: NodeDraft) -> Branch | None:
        """Return the tree below ``root``, as far as it could be read; None if it is a leaf."""
        node = self._node(root, _Position("root", (), None, ()))
        levels = depth(node)
        if levels < MIN_DEPTH and not self._missing:
            self.whole = False
            longest = " → ".join(_longest(node)) or "a leaf alone"
            self.report.error(
                "E411",
                root.at,
                f"the longest path has {levels} of at least {MIN_DEPTH} levels: {longest}",
                hint="ask more questions with if or choose",
            )
        return node if isinstance(node, Branch) else None

    def _node(self, draft: NodeDraft, position: _Position) -> Node:
        match draft:
            case Missing(texts=texts):
                return self._unread(texts)
            case Reference(at=at, target=target):
                if not self.expander.measure.node(draft).bounded:
                    return self._unread(None)
                fragment = self.expander.drafts[target.file].nodes[target.name]
                node = self._node(fragment, replace(position, site=position.site or at))
                return replace(node, label=draft.label) if draft.label else node
            case Ending(id_at=id_at, end=end, whole=whole):
                if not whole:
                    self.whole = False
                    self.unread.add(end.id)
                self._check_id(end.id, id_at, position.site)
                return end
            case Fork():
                return self._fork(draft, position)

    def _unread(self, texts: frozenset[str] | None) -> Leaf:
        """Return the leaf that stands for a part that could not be read."""
        self.whole = False
        self._missing += 1
        self.all_known &= texts is not None
        self.possible |= texts or frozenset()
        name = f"(unread {self._missing})"
        self.placeholders.add(name)
        return Leaf(name, "pass", 0, name)

    def _fork(self, draft: Fork, position: _Position) -> Node:
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
            self.possible |= self._ids_below(draft)
            return self._unread(frozenset())
        arms = []
        for number, way in enumerate(draft.ways):
            step = "then" if draft.kind == "if" else f"arms[{number}].then"
            self.whole &= self.expander.measure.predicate(way.when).whole
            when = self.expander.predicate(way.when)
            arms.append(Arm(when, self._node(way.then, position.below(path, step, number))))
            self._note(way.when, position, number)
        last = len(draft.ways)
        otherwise = self._node(draft.otherwise, position.below(path, "else", last))
        self.places.ways[position.node_path, last] = draft.otherwise.at
        if position.site is not None:
            self.places.sites[position.node_path] = position.site
        return Branch(id_, draft.kind, tuple(arms), otherwise, draft.label)

    def _ids_below(self, draft: NodeDraft) -> set[str]:
        """Return the ids of the leaves below a node that is not built."""
        match draft:
            case Ending(end=end):
                return {end.id}
            case Fork(ways=ways, otherwise=otherwise):
                below = [*(way.then for way in ways), otherwise]
                return {name for node in below for name in self._ids_below(node)}
            case Reference(target=target) if self.expander.measure.node(draft).bounded:
                return self._ids_below(self.expander.drafts[target.file].nodes[target.name])
            case Missing(texts=frozenset() as texts):
                return set(texts)
            case _:
                self.all_known = False
                return set()

    def _note(self, draft: PredicateDraft, position: _Position, number: int) -> None:
        """Record the place of an arm's test, and of its parts in the same place."""
        self.places.ways[position.node_path, number] = draft.at
        waiting: list[tuple[PredicateDraft, tuple[int, ...]]] = [(draft, ())]
        while waiting:
            predicate, part = waiting.pop()
            self.places.parts[position.node_path, number, part] = predicate.at
            if isinstance(predicate, Group):
                waiting += [(item, (*part, place)) for place, item in enumerate(predicate.items)]

    def _check_id(self, id_: str, at: Place, site: Place | None) -> None:
        """Refuse an id that another node has; a fragment used twice repeats its ids."""
        where = site or at
        earlier, earlier_where = self._ids.setdefault(id_, (at, where))
        if earlier == at:
            return
        self.whole = False
        self.unread.add(id_)
        # Two ids of one fragment file are reported there.
        if earlier.file != at.file or at.file == self.report.file:
            self.report.error(
                "E307",
                where,
                f"the id {quote(id_)} occurs twice in the tree",
                hint="give each node its own id",
                related=earlier if earlier != where else earlier_where,
            )


def check_ids(draft: NodeDraft, places: dict[str, Place], report: ProblemReport) -> None:
    """Report ids that occur twice in one file; ``places`` collects them."""
    if isinstance(draft, Ending | Fork):
        id_ = draft.end.id if isinstance(draft, Ending) else draft.id
        earlier = places.setdefault(id_, draft.id_at) if id_ else draft.id_at
        if earlier != draft.id_at:
            report.error(
                "E307",
                draft.id_at,
                f"the id {quote(id_)} occurs twice in the tree",
                hint="give each node its own id",
                related=earlier,
            )
    if isinstance(draft, Fork):
        for way in draft.ways:
            check_ids(way.then, places, report)
        check_ids(draft.otherwise, places, report)


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
    names = attributes_read(node.otherwise)
    for arm in node.arms:
        names |= _compared(arm.when) | attributes_read(arm.then)
    return names


def _compared(predicate: Predicate) -> set[str]:
    match predicate:
        case Compare(attr):
            return {attr}
        case NotOf(item):
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
