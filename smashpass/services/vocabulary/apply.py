"""Applying vocabulary edits: planned against the current vocabulary, replanned if it changed."""

from __future__ import annotations

from collections.abc import Callable

from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change, VocabularyPlan
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.library import LibraryStore
from smashpass.services.runtime.retry import retry_when_stale

Plan = Callable[[Vocabulary], VocabularyPlan]
"""Makes an edit for a vocabulary; raises if the two contradict each other."""


def apply_plan(
    store: LibraryStore,
    plan: Plan,
    *,
    by: str,
    origin: str,
    reason: str | None,
    action: AuditAction | None = None,
    target: str = "",
) -> Change | None:
    """Make the edit that ``plan`` gives; return its log entry, or None if nothing changed.

    What ``plan`` checked still holds when the edit is made: if anybody edited the library in
    between, it is planned again.

    Args:
        store: The database's library.
        plan: Makes the edit, as the functions of ``plans`` do.
        by: Who asked for it.
        origin: The way it came: ``cli``, ``api``.
        reason: Why; None if nobody asked for a reason.
        action: The action in the audit trail; None for what the program does by itself.
        target: What it is done to, for the trail.

    Raises:
        BadInput: The reason is empty or no plain text.
        SmashpassError: What the plan raises.
    """
    text = "" if reason is None else read_reason(reason)

    def attempt() -> Change | None:
        with store.view() as view:
            version, vocabulary = view.version(), view.vocabulary()
        return store.edit_vocabulary(
            plan(vocabulary),
            by=by,
            origin=origin,
            reason=text,
            at_version=version,
            action=action,
            target=target,
        )

    return retry_when_stale(attempt)
