"""Cases that the program opens by itself; a person decides them like any other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from smashpass.core.audit import AuditAction
from smashpass.core.notice import Notice, NoticeKind
from smashpass.services.trail import Trail


class Cases(Protocol):
    """Where notices are kept."""

    def about(self, image: str) -> list[Notice]:
        """Return all cases about an image, oldest first."""

    def open(self, number: int, image: str, kind: NoticeKind, text: str, contact: str) -> Notice:
        """Begin a case."""


def open_case(
    trail: Trail,
    cases: Cases,
    image: str,
    kind: NoticeKind,
    text: str,
    *,
    by: str,
    action: AuditAction,
    detail: Mapping[str, Any],
) -> bool:
    """Open a case with its audit entry, unless one of the kind waits already; tell whether it did.

    Args:
        trail: The audit trail.
        cases: Where cases are kept.
        image: The public id of the image.
        kind: What is wrong with it.
        text: Why, for whoever decides.
        by: Whose act led to it.
        action: The name of the act in the audit trail.
        detail: What the audit entry says.
    """
    if any(case.kind == kind and case.waiting for case in cases.about(image)):
        return False
    cases.open(trail.append(by, action, image, detail), image, kind, text, "")
    return True
