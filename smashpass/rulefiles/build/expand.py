"""From drafts to the predicates of the core: names resolved, conditions compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smashpass.core.problems import Place
from smashpass.core.rules.tree import (
    AllOf,
    AnswerWords,
    AnyOf,
    AtLeast,
    Attribute,
    FacetTest,
    Leaf,
    Lottery,
    NoneOf,
    NotOf,
    Predicate,
    TagTest,
)
from smashpass.rulefiles.build.contradictions import Placed, contradictions
from smashpass.rulefiles.build.measure import Measure
from smashpass.rulefiles.grammar import MAX_SET_NODES
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
)
from smashpass.rulefiles.report import ProblemReport

Bare = tuple[object, ...]
"""A node without ids, to compare with others."""


def _worded(predicate: Predicate, wording: AnswerWords | None) -> Predicate:
    """Return a predicate under a label, which goes before one that it has."""
    if wording is None or isinstance(predicate, FacetTest):
        return predicate
    return replace(predicate, label=wording)


class Expander:
    """Predicates of a set, each draft expanded once.

    A part that could not be read becomes a placeholder tag about which nothing is assumed. What
    holds for every answer of the placeholder holds for the intended part, so that the rest can
    still be checked.
    """

    def __init__(
        self,
        drafts: Mapping[str, FileDrafts],
        reports: Mapping[str, ProblemReport],
        attributes: Mapping[str, dict[str, Attribute]],
        measure: Measure,
    ) -> None:
        """Keep drafts by file, and reports and attributes by display name."""
        self.drafts = drafts
        self.measure = measure
        self._reports = reports
        self._attributes = attributes
        self._known: dict[PredicateDraft, Predicate] = {}
        self.unread: set[str] = set()
        self._left = MAX_SET_NODES

    def affordable(self, root: NodeDraft) -> bool:
        """Count a tree before it is built; report the one that makes the whole set too large."""
        self._left -= self.measure.node(root).nodes
        if self._left < 0:
            message = f"expanded, the trees of the set have more than {MAX_SET_NODES} nodes"
            self._error("E104", root.at, message, "publish fewer trees, or smaller fragments")
        return self._left >= 0

    def predicate(self, draft: PredicateDraft) -> Predicate:
        """Expand a predicate; conditions that stand twice or exclude each other are reported."""
        if draft not in self._known:
            self._known[draft] = self._expanded(draft)
        return self._known[draft]

    def _expanded(self, draft: PredicateDraft) -> Predicate:
        match draft:
            case Missing():
                return self._unread()
            case Single(test=test):
                return test
            case Reference(target=target):
                if not self.measure.predicate(draft).bounded:
                    return self._unread()
                predicate = self.predicate(self.drafts[target.file].predicates[target.name])
                return _worded(predicate, draft.wording)
            case Group():
                return _worded(self._group(draft), draft.wording)

    def _unread(self) -> TagTest:
        """Return the condition that stands for one that could not be read."""
        pattern = f"(unread {len(self.unread)})"
        self.unread.add(pattern)
        return TagTest(pattern)

    def _group(self, draft: Group) -> Predicate:
        items: list[Placed] = [(self.predicate(item), item.at) for item in draft.items]
        self._check_twice(items)
        if draft.kind == "all":
            attributes = self._attributes.get(draft.at.file, {})
            for contradiction in contradictions(items, attributes):
                self._error(
                    "E402",
                    contradiction.at,
                    contradiction.message,
                    "remove one of them",
                    contradiction.related,
                )
        parts = tuple(item for item, _ in items)
        match draft.kind:
            case "all":
                return AllOf(parts)
            case "any":
                return AnyOf(parts)
            case "none":
                return NoneOf(parts)
            case "not":
                return NotOf(parts[0])
            case "at_least":
                return AtLeast(draft.n, parts)

    def _check_twice(self, items: list[Placed]) -> None:
        first: dict[Predicate, Place] = {}
        for item, at in items:
            if item in first:
                self._error(
                    "E401",
                    at,
                    "the same condition occurs twice in the list",
                    "remove one",
                    first[item],
                )
            else:
                first[item] = at

    def fork(self, draft: Fork) -> None:
        """Report arms that repeat an earlier condition (E409), and forks that change nothing."""
        first: dict[Predicate, Place] = {}
        for way in draft.ways:
            when = self.predicate(way.when)
            if when in first:
                self._error(
                    "E409",
                    way.when.at,
                    "the arm can never be reached: an earlier arm has the same condition",
                    "remove one of them",
                    first[when],
                )
            else:
                first[when] = way.when.at
        below = [self.bare(way.then) for way in draft.ways]
        otherwise = self.bare(draft.otherwise)
        if all(bare_node == otherwise for bare_node in below):
            self._error(
                "E408",
                draft.otherwise.at,
                "then and else lead to the same result"
                if draft.kind == "if"
                else "all ways lead to the same result",
                "ask nothing, or decide differently",
                draft.ways[0].then.at,
            )

    def bare(self, draft: NodeDraft) -> Bare:
        """Return a node without its ids; one that could not be read equals no other."""
        match draft:
            case Ending(whole=False):
                return (draft,)
            case Ending(end=Leaf(_, verdict, weight, reason)):
                return verdict, weight, reason
            case Ending(end=Lottery(_, outcomes)):
                return outcomes
            case Reference(target=target) if self.measure.node(draft).bounded:
                return self.bare(self.drafts[target.file].nodes[target.name])
            case Fork(kind=kind, ways=ways, otherwise=otherwise):
                below = [(self.predicate(way.when), self.bare(way.then)) for way in ways]
                return kind, *below, self.bare(otherwise)
            case _:
                return (draft,)

    def _error(
        self, code: str, at: Place, message: str, hint: str, related: Place | None = None
    ) -> None:
        self._reports[at.file].error(code, at, message, hint=hint, related=related)
