"""Screening: the policy on what may not be shown, and cases for images that an edit hid by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Protocol

from smashpass.core.audit import AuditAction
from smashpass.core.change import Change
from smashpass.core.errors import BadInput, BadSetting, BadTag
from smashpass.core.imageset import Ordinal
from smashpass.core.index import Index
from smashpass.core.library import ImageState
from smashpass.core.screening import Screening, Withheld, reasons
from smashpass.core.tags import normalise
from smashpass.core.under_age import UnderAgeTerms
from smashpass.services.automatic_cases import Cases, open_case
from smashpass.services.trail import Trail

TERMS_FILE = "shipped/under_age_terms.txt"
"""The list of terms, within the package."""

BY = ORIGIN = "screening"


class Library(Protocol):
    """Where images are."""

    def set_state(
        self, images: Iterable[int], state: ImageState, *, by: str, origin: str, reason: str
    ) -> Change | None:
        """Show images or take them out of sight."""


@lru_cache(maxsize=4)
def under_age_terms(added: str = "") -> UnderAgeTerms:
    """Return the shipped terms with those of the operator, which are separated by commas.

    Raises:
        BadSetting: One of the operator's has no words, or too many.
    """
    text = files("smashpass").joinpath(TERMS_FILE).read_text(encoding="utf-8")
    terms = [stripped for term in added.split(",") if (stripped := term.strip())]
    try:
        return UnderAgeTerms.of(text, terms)
    except BadInput as error:
        raise BadSetting(
            error.detail, where="SMASHPASS_UNDER_AGE_TERMS", hint=error.hint
        ) from error


def screening_of(under_age: str, deny_tags: str) -> Screening:
    """Return the policy that the settings make.

    Args:
        under_age: Terms beside the shipped ones, separated by commas.
        deny_tags: Names of tags, separated by commas.

    Raises:
        BadSetting: A term or a name is not valid.
    """
    denied = []
    for name in deny_tags.split(","):
        if name.strip():
            try:
                denied.append(normalise(name))
            except BadTag as error:
                raise BadSetting(
                    error.detail, where="SMASHPASS_DENY_TAGS", hint="correct the name"
                ) from error
    return Screening(under_age_terms(under_age), denied)


def quarantine_withheld(
    screening: Screening,
    index: Index,
    withheld: Withheld,
    *,
    library: Library,
    trail: Trail,
    cases: Cases,
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
