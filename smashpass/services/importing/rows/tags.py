"""The tags of a record: a list or a text, in any spelling, as canonical names."""

from __future__ import annotations

import csv
import re

from smashpass.core.errors import BadInput, BadTag
from smashpass.core.protection.screening import NameScreen
from smashpass.core.protection.under_age import Severity
from smashpass.core.tags.names import normalise
from smashpass.services.importing.rows.cells import RowRefused, escaped
from smashpass.services.importing.rows.tag_lists import BadList, listed_in

MAX_TAGS = 10_000
_REMEMBERED = 500_000
_MAY_BE_LISTED = re.compile(r"""[\[{;|"]|^\s*[('"]""")


class TagMemo(dict[str, str | None]):
    """Spelling → canonical name, None for an illegal one; each spelling is worked out once.

    Attributes:
        flagged: The names met so far that say, or may say, that somebody is under age.
    """

    def __init__(self, screen: NameScreen) -> None:
        super().__init__()
        self._screen = screen
        self.flagged: dict[str, Severity] = {}

    def __missing__(self, spelling: str) -> str | None:
        """Work out one spelling."""
        if len(self) >= _REMEMBERED:
            self.clear()
        try:
            name = normalise(spelling)
        except BadTag:
            self[spelling] = None
            return None
        severity = self._screen.severity(name)
        if severity is not None:
            self.flagged[name] = severity
        self[spelling] = name
        return name


def problem_of(spelling: str) -> str:
    """Return why ``spelling`` cannot be a tag name, "" if it can."""
    try:
        normalise(spelling)
    except BadTag as error:
        return error.detail
    return ""


def split_tags(cell: object) -> list[str]:
    """Return the single spellings in ``cell``: a list of texts, or a text.

    A text that is a list as other tools write it is that list; any other is split at commas if it
    has one, else at spaces.

    Raises:
        RowRefused: It is neither a list of texts nor a text, or begins like a list and is not one.
    """
    if type(cell) is str:
        if _MAY_BE_LISTED.search(cell) and (listed := _listed(cell)) is not None:
            return listed
        if "," in cell:
            return [stripped for part in cell.split(",") if (stripped := part.strip())]
        return cell.split()
    if cell is None:
        return []
    if isinstance(cell, list) and all(type(item) is str for item in cell):
        return cell
    raise RowRefused("bad_tags", "tags is neither a text nor a list of texts")


def _listed(text: str) -> list[str] | None:
    """Return the items of the list that ``text`` is, None if it is not one."""
    try:
        return listed_in(text)
    except BadList as error:
        reason = f"{error}: {escaped(text[:40])}; separate the tags by commas, or write a JSON list"
        raise RowRefused("bad_tags", reason) from error


MAX_LINES = 1_000_000


def read_tag_map(text: str, place: str) -> dict[str, tuple[str, ...]]:
    """Return canonical name → the names that take its place; a tag without any is dropped.

    A first line ``from,to`` is a heading; blank lines and lines that begin with ``#`` say
    nothing.

    Raises:
        BadInput: A name is not a valid tag name, or is renamed twice; says in which line.
    """
    targets_by_tag: dict[str, tuple[str, ...]] = {}
    rows = csv.reader(text.removeprefix("\ufeff").splitlines())
    for number, row in enumerate(rows, 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#") or (number == 1 and cells[0] == "from"):
            continue
        where = f"{place}:{number}"
        try:
            name = normalise(cells[0])
            targets = tuple(dict.fromkeys(normalise(cell) for cell in cells[1:] if cell))
        except BadTag as error:
            raise BadInput(error.detail, where=where, hint="correct the line") from error
        if targets_by_tag.setdefault(name, targets) != targets:
            raise BadInput(f"{name!r} is renamed twice", where=where, hint="remove one line")
        if len(targets_by_tag) > MAX_LINES:
            raise BadInput(f"more than {MAX_LINES:,} tags are renamed", where=where)
    return targets_by_tag
