"""The exception hierarchy. Every failure that a person can see has a code, a text and a hint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from smashpass.core.problems import Problem


class SmashpassError(Exception):
    """An error that a person can act on.

    Attributes:
        code: Stable name of the kind of failure; the command line and HTTP map it.
        detail: What happened, one sentence without a final full stop.
        where: The place, such as ``file:line:column``; empty if there is none.
        hint: What to do; empty if nothing helps.
        suggestions: Values that would have been accepted, best first.
    """

    code: ClassVar[str] = "error"

    def __init__(
        self, detail: str, *, where: str = "", hint: str = "", suggestions: Sequence[str] = ()
    ) -> None:
        """Keep the parts; the text is made from them on demand."""
        super().__init__(detail)
        self.detail = detail
        self.where = where
        self.hint = hint
        self.suggestions = tuple(suggestions)

    def __str__(self) -> str:
        """One line: where, what happened, what to do."""
        text = f"{self.where}: {self.detail}" if self.where else self.detail
        return f"{text}; {self.hint}" if self.hint else text


class BadInput(SmashpassError):
    """A value from a person or a client does not have the required form."""

    code = "bad_input"


class NotForAge(BadInput):
    """The request is not allowed for a viewer of this age."""

    code = "not_for_age"


class TasteOff(BadInput):
    """The request needs the taste of a viewer who does not let their swipes be used for it."""

    code = "taste_off"


class BadTag(BadInput):
    """A text that is not a valid tag name."""

    code = "bad_tag"


class BadSetting(BadInput):
    """A setting has an invalid value."""

    code = "bad_setting"


class BadQuery(BadInput):
    """A query text that cannot be read or names what does not exist.

    ``position`` and ``end`` are code point offsets into the text, ``0 <= position <= end``.
    """

    code = "bad_query"

    def __init__(
        self,
        detail: str,
        *,
        position: int,
        end: int,
        hint: str = "",
        suggestions: Sequence[str] = (),
        unknown: bool = False,
    ) -> None:
        """Keep the span beside the text; positions are shown from 1.

        ``unknown`` says that the text between them names nothing that exists.
        """
        super().__init__(
            detail, where=f"character {position + 1}", hint=hint, suggestions=suggestions
        )
        self.position = position
        self.end = end
        self.unknown = unknown


class RulesInvalid(BadInput):
    """A rule set with at least one error; all problems found are attached."""

    code = "bad_rules"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Name the first error and count the rest."""
        errors = [problem for problem in problems if problem.severity == "error"]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        first = errors[0]
        super().__init__(
            f"error[{first.code}] {first.message}{more}", where=first.where, hint=first.hint
        )
        self.problems = tuple(problems)


class NotFound(SmashpassError):
    """Something named by the caller does not exist."""

    code = "not_found"


class UnknownTree(NotFound):
    """The active revision has no tree of this name."""


class Gone(SmashpassError):
    """Something named by the caller existed and was removed permanently."""

    code = "gone"


class Conflict(SmashpassError):
    """The request contradicts the stored state, or is based on a stale view."""

    code = "conflict"


class StaleVersion(Conflict):
    """The library or the rules were edited in the meantime; reloading helps."""


class NotPossible(SmashpassError):
    """The request is well formed, but the state of the installation does not allow it."""

    code = "not_possible"


class MediaUnavailable(NotPossible):
    """The place where pictures are kept cannot be reached, or refuses."""

    code = "media_unavailable"


class Busy(SmashpassError):
    """Another run holds the lock."""

    code = "busy"


class DatabaseUnavailable(SmashpassError):
    """The database cannot be reached or refuses to write."""

    code = "database_unavailable"


class SnapshotDamaged(SmashpassError):
    """A snapshot file does not hold what was written to it."""

    code = "snapshot_damaged"


class SnapshotIncompatible(SmashpassError):
    """A snapshot file was written in another format."""

    code = "snapshot_incompatible"
