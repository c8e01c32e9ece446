"""Screening: the policy on what may not be shown, and cases for images that an edit hid by it."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from smashpass.core.errors import BadInput, BadSetting, BadTag
from smashpass.core.protection.screening import Screening
from smashpass.core.protection.under_age import UnderAgeTerms
from smashpass.core.tags.names import normalise

TERMS_FILE = "shipped/under_age_terms.txt"
"""The list of terms, within the package."""


@lru_cache(maxsize=4)
def under_age_terms(extra_terms: str = "") -> UnderAgeTerms:
    """Return the shipped terms with those of the operator, which are separated by commas.

    Raises:
        BadSetting: One of the operator's has no words, or too many.
    """
    text = files("smashpass").joinpath(TERMS_FILE).read_text(encoding="utf-8")
    terms = [stripped for term in extra_terms.split(",") if (stripped := term.strip())]
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
