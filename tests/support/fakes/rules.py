"""Revisions, canaries and drafts of rules in memory."""

# ruff: noqa: ARG002 - nobody asks later who did something, and why

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smashpass.clock import Clock
from smashpass.core.errors import Conflict, NotFound, StaleVersion
from smashpass.core.rules.draft import RuleDraft
from smashpass.core.rules.revision import Canary, CanaryComparison, Revision, Slots

_SAMPLED = 24


class RevisionsInMemory:
    """Revisions; the canaries in memory share their slots."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._revisions: dict[int, Revision] = {}
        self._active = 0
        self.canary: Canary | None = None

    def publish(
        self,
        files: Mapping[str, str],
        sha256: str,
        *,
        by: str,
        reason: str,
        origin: str = "cli",
        replacing: int | None = None,
    ) -> Revision:
        self.check_active(replacing)
        return self._activate(self.number_of(files, sha256, by=by, reason=reason))

    def rollback(self, sha256: str, *, by: str, reason: str, origin: str = "cli") -> Revision:
        return self._activate(self.get(sha256).number)

    def active(self) -> Revision | None:
        return self.numbered(self._active) if self._active else None

    def numbered(self, number: int) -> Revision:
        return replace(self._revisions[number], active=number == self._active)

    def slots(self) -> Slots:
        if self.canary is None:
            return Slots(self._active)
        return Slots(self._active, self.canary.number, self.canary.percent)

    def get(self, sha256: str) -> Revision:
        numbers = [
            number
            for number, revision in self._revisions.items()
            if len(sha256) >= 8 and revision.sha256.startswith(sha256.lower())
        ]
        if len(numbers) != 1:
            raise NotFound(f"no single revision matches {sha256!r}")
        return self.numbered(numbers[0])

    def list(self) -> list[Revision]:
        numbers = sorted(self._revisions, reverse=True)
        return [replace(self.numbered(number), files={}) for number in numbers]

    def check_active(self, replacing: int | None) -> None:
        """Raise StaleVersion if another revision than ``replacing`` is active."""
        if replacing is not None and replacing != self._active:
            raise StaleVersion("somebody else published rules in the meantime")

    def number_of(self, files: Mapping[str, str], sha256: str, *, by: str, reason: str) -> int:
        """Return the number of a set, which is kept if it is new."""
        for number, revision in self._revisions.items():
            if revision.sha256 == sha256:
                return number
        number = len(self._revisions) + 1
        self._revisions[number] = Revision(
            number, sha256, by, reason, self._clock(), active=False, files=dict(files)
        )
        return number

    def _activate(self, number: int) -> Revision:
        self._active = number
        if self.canary is not None and self.canary.number == number:
            self.canary = None
        return self.numbered(number)


class CanariesInMemory:
    """The canary beside the active revision."""

    def __init__(self, revisions: RevisionsInMemory, clock: Clock) -> None:
        self._revisions, self._clock = revisions, clock

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
        self._revisions.check_active(replacing)
        active, before = self._revisions.active(), self.current()
        if active is not None and active.sha256 == sha256:
            raise Conflict("these rules are active already")
        number = self._revisions.number_of(files, sha256, by=by, reason=reason)
        goes_on = before is not None and before.number == number
        counts = before.counts if before is not None and goes_on else CanaryComparison()
        canary = Canary(number, sha256, percent, by, reason, self._clock(), counts)
        self._revisions.canary = canary
        return canary

    def stop(self, *, by: str, origin: str) -> Canary | None:
        ended, self._revisions.canary = self.current(), None
        return ended

    def current(self) -> Canary | None:
        return self._revisions.canary

    def add(self, number: int, more: CanaryComparison) -> None:
        canary = self.current()
        if canary is None or canary.number != number:
            return
        before = canary.counts
        counts = CanaryComparison(
            before.compared + more.compared,
            before.to_smash + more.to_smash,
            before.to_pass + more.to_pass,
            before.moved + more.moved,
            before.unsure + more.unsure,
            (*before.sample, *more.sample)[:_SAMPLED],
        )
        self._revisions.canary = replace(canary, counts=counts)


class DraftsInMemory:
    """Drafts by account and path."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._drafts: dict[tuple[int, str], RuleDraft] = {}

    def of(self, account: int) -> list[RuleDraft]:
        return [draft for (owner, _), draft in sorted(self._drafts.items()) if owner == account]

    def find(self, account: int, path: str) -> RuleDraft | None:
        return self._drafts.get((account, path))

    def save(
        self, account: int, path: str, *, base: int, text: str, last_saved_at: int
    ) -> RuleDraft:
        previous = self.find(account, path)
        if (previous.saved_at if previous else 0) != last_saved_at:
            raise StaleVersion(f"your draft of {path} was saved elsewhere in the meantime")
        draft = RuleDraft(path, base, text, max(self._clock(), last_saved_at + 1))
        self._drafts[account, path] = draft
        return draft

    def drop(self, account: int, path: str, *, last_saved_at: int | None = None) -> bool:
        draft = self.find(account, path)
        if draft is None or last_saved_at not in (None, draft.saved_at):
            return False
        del self._drafts[account, path]
        return True
