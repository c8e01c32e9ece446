"""Which column means what, worked out once for each set of column names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

KEY_COLUMNS = ("id", "file_name", "path", "url")
"""What an image may be known by within its source, the best first."""

FILE_COLUMNS = ("file_name", "path")
"""What names the picture of an image, as a file of the collection, the best first."""

CREDIT_COLUMNS = (
    "source",
    "licence",
    "digital_source_type",
    "real_person",
    "depicts",
    "author",
    "generator",
    "consent",
)
"""The columns of a credit, in the order of the fields of ``Credit``."""

REVIEW_COLUMN = "review_required"
"""True: the image waits in quarantine until somebody has looked at it, whatever else is stated."""

KNOWN = frozenset(
    (*KEY_COLUMNS, *CREDIT_COLUMNS, REVIEW_COLUMN, "tags", "width", "height", "label")
)

RESERVED_ATTRIBUTES = frozenset({"tag_count", "smash_rate", "swipes", "age_days", "added"})
"""Attributes that are worked out by the program itself: no column may set them."""

MAX_ATTRIBUTE_NAME = 64
MAX_COLUMNS = 1_000

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9_]*")
_BLANKS = re.compile(r"[\s\-]+")
_OTHER_SPELLINGS = {"license": "licence", "filename": "file_name"}


def fold_column(name: str) -> str:
    """Return the one spelling of a column name: lower case, ``_`` for blanks and hyphens."""
    folded = _BLANKS.sub("_", name.strip().casefold())
    return _OTHER_SPELLINGS.get(folded, folded)


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a record.

    Attributes:
        column_of: Folded name → name as written, for the columns that have a meaning.
        attributes: (name as written, bare attribute name) of the others.
        ignored: Name as written → why it is left out.
        clash: Two names as written that mean the same column, if there are such.
    """

    column_of: dict[str, str]
    attributes: tuple[tuple[str, str], ...]
    ignored: dict[str, str]
    clash: tuple[str, str] | None = None


def sort_columns(names: Iterable[str]) -> Columns:
    """Tell what each of ``names`` means. Columns without a name are left out silently."""
    columns: dict[str, str] = {}
    attributes: dict[str, str] = {}
    ignored: dict[str, str] = {}
    clash = None
    for name in names:
        folded = fold_column(name)
        if not folded:
            continue
        place = columns if folded in KNOWN else attributes
        if folded in place:
            clash = clash or (place[folded], name)
        elif place is columns or (reason := why_no_attribute(folded)) is None:
            place[folded] = name
        else:
            ignored[name] = reason
    pairs = tuple((name, folded) for folded, name in attributes.items())
    return Columns(columns, pairs, ignored, clash)


def why_no_attribute(name: str) -> str | None:
    """Return why ``name`` can name no attribute, or None if it can."""
    if name in RESERVED_ATTRIBUTES:
        return "the program itself gives this attribute its value"
    if len(name) > MAX_ATTRIBUTE_NAME:
        return f"its name has more than {MAX_ATTRIBUTE_NAME} characters"
    if not _ATTRIBUTE.fullmatch(name):
        return "an attribute is named by letters a-z, digits and _, a letter first"
    return None
