"""The audit trail for those who read it: pages of it, all of it, and whether it is intact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.operations.chain import Broken, End
from smashpass.services.ports.operations import AuditTrail


class AuditService:
    """Reads the audit trail; only an export through the pages adds to it."""

    def __init__(self, *, trail: AuditTrail) -> None:
        """Keep the trail."""
        self._trail = trail

    def newest(
        self, before: int | None, limit: int, *, actor: str = "", action: str = "", since: int = 0
    ) -> Sequence[AuditEntry]:
        """Return entries from the newest back, optionally of an actor, an action or a time on."""
        return self._trail.newest(before, limit, actor=actor, action=action, since=since)

    def export(
        self, by: str, *, actor: str = "", action: str = "", since: int = 0
    ) -> Iterator[AuditEntry]:
        """Return the same entries, oldest first; that somebody took them is an entry, too."""
        detail = {"actor": actor, "action": action}
        self._trail.append(by, AuditAction.AUDIT_EXPORT, detail=detail)
        return (
            entry
            for entry in self._trail.entries()
            if entry.at >= since
            and (not actor or entry.actor == actor)
            and entry.action.startswith(action)
        )

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        """Yield the entries that follow ``after``, oldest first."""
        return self._trail.entries(after)

    def verify(self) -> tuple[int, End, Broken | None]:
        """Return how many entries fit into the chain, its end, and the first that does not fit."""
        return self._trail.verify()
