"""Following the rules: the trees of the active revision, read again when another is published."""

from __future__ import annotations

import threading
from typing import Protocol

from smashpass.core.errors import NotPossible, RulesInvalid
from smashpass.core.records import Revision
from smashpass.core.rules.tree import Tree
from smashpass.services.deciding import RuleBook
from smashpass.services.rulesets import LoadTexts


class ActiveRevision(Protocol):
    """What following needs of the database."""

    def active_number(self) -> int:
        """Return the number of the revision that decides, 0 if there is none."""

    def active(self) -> Revision | None:
        """Return the revision that decides, whole."""


class LiveRules:
    """The rule book that this process decides by; a revision published anywhere reaches it.

    Readers take ``book`` once a request and keep that reference. Any thread may refresh.
    """

    def __init__(self, revisions: ActiveRevision, load: LoadTexts) -> None:
        """Take the place where revisions are kept, and what reads rule files."""
        self._revisions = revisions
        self._load = load
        self._book: RuleBook | None = None
        self._number = 0
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

    def refresh(self) -> int:
        """Read the active revision if it is another than last time; return its number, 0 for none.

        Cost when nothing happened: one small read. On a failure the rules stay as they are.

        Raises:
            DatabaseUnavailable: The database cannot be read.
            RulesInvalid: This version of the program cannot read the active revision.
        """
        with self._refreshing:
            if self._revisions.active_number() == self._number:
                return self._number
            revision = self._revisions.active()
            if revision is not None:
                rules = self._load(revision.files)
                if rules.errors:
                    raise RulesInvalid(rules.problems)
                self._book = RuleBook.of(revision.sha256, rules.trees, revision.number)
                self._number = revision.number
            return self._number
