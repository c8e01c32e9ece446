"""Cases that the program opens by itself; a person decides them like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.stored import ImageState
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change
from smashpass.core.operations.notice import Notice, NoticeKind
from smashpass.core.protection.screening import Screening, Withheld, reasons
from smashpass.services.runtime.trail import Trail


class CaseStore(Protocol):
    """Where notices are kept."""

    def about(self, image: str) -> list[Notice]:
        """Return all cases about an image, oldest first."""

    def open(self, number: int, image: str, kind: NoticeKind, text: str, contact: str) -> Notice:
        """Begin a case."""


def open_case(
    trail: Trail,
    cases: CaseStore,
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


class ImageStates(Protocol):
    """Where images are."""

    def set_state(
        self, images: Iterable[int], state: ImageState, *, by: str, origin: str, reason: str
    ) -> Change | None:
        """Show images or take them out of sight."""


def quarantine_withheld(
    screening: Screening,
    index: Index,
    withheld: Withheld,
    *,
    library: ImageStates,
    trail: Trail,
    cases: CaseStore,
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
