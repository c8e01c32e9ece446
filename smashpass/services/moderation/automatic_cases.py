"""Cases that the program opens by itself; a person decides them like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.notice import NoticeKind
from smashpass.core.protection.screening import Screening, Withheld, reasons
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.operations import AuditTrail, NoticeStore


def open_case(
    trail: AuditTrail,
    cases: NoticeStore,
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


BY = ORIGIN = "screening"


def quarantine_withheld(
    screening: Screening,
    index: Index,
    withheld: Withheld,
    *,
    library: LibraryStore,
    trail: AuditTrail,
    cases: NoticeStore,
    name_image: Callable[[Ordinal], str],
) -> int:
    """Put images that are withheld for under-age tags into quarantine, each with an open case.

    They are out of sight already. Cases come first: killed in between, the same call goes on and
    opens none twice. Denied tags make no case, since the operator denied them.

    Returns:
        How many images went into quarantine.
    """
    images = withheld.under_age | withheld.unreviewed
    for reason, ordinals in reasons(screening, index, images).items():
        for ordinal in ordinals:
            image, text = name_image(ordinal), _case_text(reason)
            detail = {"reason": reason}
            open_case(
                trail,
                cases,
                image,
                "minor",
                text,
                by=BY,
                action=AuditAction.SCREENING_HIDE,
                detail=detail,
            )
        library.set_state(ordinals, "quarantined", by=BY, origin=ORIGIN, reason=reason)
    return len(images)


def _case_text(reason: str) -> str:
    return (
        f"Hidden automatically: {reason}. Take the picture down, or correct the tag and have two "
        "people release the image from quarantine."
    )
