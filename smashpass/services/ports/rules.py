"""Rules: revisions, canaries, drafts."""

from __future__ import annotations

from collections.abc import (
    Mapping,
)
from typing import Protocol

from smashpass.core.rules.draft import RuleDraft
from smashpass.core.rules.revision import Canary, CanaryComparison, Revision, Slots


class RevisionStore(Protocol):
    """Published revisions of rules; one of them is active."""

    def active(self) -> Revision | None:
        """Return the revision that decides, whole."""

    def numbered(self, number: int) -> Revision:
        """Return the revision of this number, whole."""

    def slots(self) -> Slots:
        """Return the numbers of the active revision and of the canary."""

    def publish(
        self,
        files: Mapping[str, str],
        sha256: str,
        *,
        by: str,
        reason: str,
        origin: str,
        replacing: int | None,
    ) -> Revision:
        """Keep a set and make it active; StaleVersion if not ``replacing`` is active."""

    def rollback(self, sha256: str, *, by: str, reason: str, origin: str) -> Revision:
        """Make an earlier revision active."""

    def get(self, sha256: str) -> Revision:
        """Return a revision, whole."""

    def list(self) -> list[Revision]:
        """Return all revisions without their files, newest first."""


class CanaryStore(Protocol):
    """The canary beside the active revision, and what was seen of both."""

    def add(self, number: int, more: CanaryComparison) -> None:
        """Add what was seen of the canary that the database keeps under ``number``."""

    def start(
        self,
        files: Mapping[str, str],
        sha256: str,
        percent: int,
        *,
        by: str,
        origin: str,
        reason: str,
        replacing: int | None = None,
    ) -> Canary:
        """Let a set run beside the active one; StaleVersion if not ``replacing`` is active."""

    def stop(self, *, by: str, origin: str) -> Canary | None:
        """End the canary and return what it was, or None if none runs."""

    def current(self) -> Canary | None:
        """Return the canary that runs, or None."""


class DraftStore(Protocol):
    """Drafts of rule files, each of one account."""

    def of(self, account: int) -> list[RuleDraft]:
        """Return the drafts of an account, by path."""

    def find(self, account: int, path: str) -> RuleDraft | None:
        """Return one draft, or None."""

    def save(
        self, account: int, path: str, *, base: int, text: str, last_saved_at: int
    ) -> RuleDraft:
        """Keep a draft; StaleVersion if it was saved since."""

    def drop(self, account: int, path: str, *, last_saved_at: int | None = None) -> bool:
        """Forget a draft unless it was saved since ``last_saved_at``; tell whether it existed."""
