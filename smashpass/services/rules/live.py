"""Following the rules: the trees of the active revision, read again when another is published.

A canary, if one runs, is followed too. Which viewers it decides for is a matter of their ids
alone, so that every process says the same, and whoever it decided for at 5 % is among the 10 %.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from hashlib import blake2b

from smashpass.core.errors import NotPossible, RulesInvalid
from smashpass.core.rules.revision import Slots
from smashpass.core.rules.tree import Tree
from smashpass.services.ports.rules import RevisionStore
from smashpass.services.rules.book import RuleBook
from smashpass.services.rules.sets import LoadTexts

_PARTS = 10_000


@dataclass(frozen=True, slots=True)
class LiveCanary:
    """The rules beside the active ones, and the percentage of viewers they decide for."""

    book: RuleBook
    percent: int

    def serves(self, viewer: str) -> bool:
        """Tell whether a viewer is among those it decides for; never for nobody."""
        return bool(viewer) and share_of(viewer, self.book.revision) < self.percent / 100


def share_of(viewer: str, revision: str) -> float:
    """Return where a viewer stands among all, 0 to 1: the same everywhere and always."""
    digest = blake2b(f"canary\0{revision}\0{viewer}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % _PARTS / _PARTS


class LiveRules:
    """The rule book that this process decides by; a revision published anywhere reaches it.

    Readers take ``book`` once a request and keep that reference. Any thread may refresh.
    """

    def __init__(self, revisions: RevisionStore, load: LoadTexts) -> None:
        self._revisions = revisions
        self._load = load
        self._book: RuleBook | None = None
        self._slots = Slots(0)
        self._canary: LiveCanary | None = None
        self._refreshing = threading.Lock()

    @property
    def book(self) -> RuleBook:
        """The rules as of the last refresh; the first access loads them.

        Raises:
            NotPossible: None are published.
        """
        book = self._book
        if book is None:
            self.refresh()
            book = self._book
        if book is None:
            raise NotPossible(
                "no rules are published",
                hint="publish some: smashpass rules publish rules --reason 'first rules'",
            )
        return book

    @property
    def trees(self) -> tuple[Tree, ...]:
        """The trees that decide as of the last refresh; none before the first publication."""
        if self._book is None:
            self.refresh()
        return () if self._book is None else tuple(self._book.trees.values())

    @property
    def canary(self) -> LiveCanary | None:
        """The rules that run beside the active ones, as of the last refresh."""
        return self._canary

    def book_of(self, viewer: str, tree: str | None = None) -> RuleBook:
        """Return the rules that decide for a viewer who asks for ``tree``.

        Those of the canary only if they have the tree.

        Raises:
            NotPossible: None are published.
        """
        book, canary = self.book, self._canary
        if canary is None or not canary.serves(viewer) or not canary.book.has(tree):
            return book
        return canary.book

    def refresh(self) -> int:
        """Read what is published since the last time; return the active number, 0 for none.

        Cost when nothing happened: one small read. On a failure the rules stay as they are.

        Raises:
            DatabaseUnavailable: The database cannot be read.
            RulesInvalid: This version of the program cannot read the active revision, or the
                canary, which then ends in this process.
        """
        with self._refreshing:
            slots, current = self._revisions.slots(), self._slots
            if slots.active != current.active and slots.active:
                self._book = self._loaded(slots.active)
            self._slots = Slots(slots.active, current.canary, current.percent)
            if slots != self._slots:
                self._slots, before, self._canary = slots, self._canary, None
                if slots.canary:
                    same = before is not None and before.book.number == slots.canary
                    book = before.book if before and same else self._loaded(slots.canary)
                    self._canary = LiveCanary(book, slots.percent)
            return slots.active

    def refresh_loaded(self) -> None:
        """Read what is published since the last time, if this process has any rules at all."""
        if self._book is not None:
            self.refresh()

    def _loaded(self, number: int) -> RuleBook:
        """Return a revision, read."""
        revision = self._revisions.numbered(number)
        rules = self._load(revision.files)
        if rules.errors:
            raise RulesInvalid(rules.problems)
        return RuleBook.of(revision.sha256, rules.trees, revision.number)
