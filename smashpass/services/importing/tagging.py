"""The tags of a record: a list or a text, in any spelling, as canonical names."""

from __future__ import annotations

import json

from smashpass.core.errors import BadTag
from smashpass.core.screening import NameScreen
from smashpass.core.tags import normalise
from smashpass.core.under_age import Severity

MAX_TAGS = 10_000
_REMEMBERED = 500_000


class TagMemo(dict[str, str | None]):
    """Spelling → canonical name, None for an illegal one; each spelling is worked out once.

    Attributes:
        flagged: The names met so far that say, or may say, that somebody is under age.
        first_problem: Why the first illegal spelling was illegal.
    """

    def __init__(self, screen: NameScreen) -> None:
        """Take what judges names."""
        super().__init__()
        self._screen = screen
        self.flagged: dict[str, Severity] = {}
        self.first_problem = ""

    def __missing__(self, spelling: str) -> str | None:
        """Work out one spelling."""
        if len(self) >= _REMEMBERED:
            self.clear()
        try:
            name = normalise(spelling)
        except BadTag as error:
            self.first_problem = self.first_problem or error.detail
            self[spelling] = None
            return None
        severity = self._screen.severity(name)
        if severity is not None:
            self.flagged[name] = severity
        self[spelling] = name
        return name


def split_tags(given: object) -> list[str] | None:
    """Return the single spellings in ``given``; None if it is neither a list of texts nor text.

    A text is split at commas if it has one, else at spaces. A JSON list in a text is a list:
    that is how programs write lists into CSV.
    """
    if type(given) is str:
        if given[:1] == "[" and given[-1:] == "]" and (listed := _json_list(given)) is not None:
            return listed
        if "," in given:
            return [stripped for part in given.split(",") if (stripped := part.strip())]
        return given.split()
    if given is None:
        return []
    if isinstance(given, list) and all(type(item) is str for item in given):
        return given
    return None


def _json_list(text: str) -> list[str] | None:
    """Return the texts of a JSON list, or None if ``text`` is none."""
    try:
        listed = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return listed if all(type(item) is str for item in listed) else None
