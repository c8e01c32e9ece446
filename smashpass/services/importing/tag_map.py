"""A file that renames tags on the way in: ``from,to`` a line; further cells are further names."""

from __future__ import annotations

import csv

from smashpass.core.errors import BadInput, BadTag
from smashpass.core.tags import normalise

MAX_LINES = 1_000_000


def read_tag_map(text: str, place: str) -> dict[str, tuple[str, ...]]:
    """Return canonical name → the names that take its place; a tag without any is dropped.

    A first line ``from,to`` is a heading; blank lines and lines that begin with ``#`` say
    nothing.

    Raises:
        BadInput: A name can be none, or is renamed twice; says in which line.
    """
    found: dict[str, tuple[str, ...]] = {}
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
        if found.setdefault(name, targets) != targets:
            raise BadInput(f"{name!r} is renamed twice", where=where, hint="remove one line")
        if len(found) > MAX_LINES:
            raise BadInput(f"more than {MAX_LINES:,} tags are renamed", where=where)
    return found
