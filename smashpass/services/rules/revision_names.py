"""Which revision is meant: by the first digits of its sha256, with proposals if it is not one."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.errors import NotFound

MIN_PREFIX = 4
SHOWN_DIGITS = 12
_PROPOSED = 3


def named(name: str, known: Sequence[str]) -> str:
    """Return the one revision whose sha256 begins with ``name``, in any case of letters.

    Args:
        name: At least 4 digits.
        known: The sha256 of all revisions, newest first.

    Raises:
        NotFound: There is none, or more than one, or ``name`` is too short; some are proposed.
    """
    wanted = name.strip().lower()
    found = [each for each in known if each.startswith(wanted)] if wanted else list(known)
    if len(found) == 1 and len(wanted) >= MIN_PREFIX:
        return found[0]
    if not known:
        raise NotFound(f"there is no revision {name!r}", hint="none is published yet")
    if not found:
        detail, hint = f"there is no revision {name!r}", "give the first digits of one"
    elif len(wanted) < MIN_PREFIX:
        detail, hint = f"{name!r} is too short", f"give at least {MIN_PREFIX} digits"
    else:
        detail, hint = f"{len(found)} revisions begin with {name!r}", "give more digits of one"
    proposed = [each[:SHOWN_DIGITS] for each in (found or known)[:_PROPOSED]]
    raise NotFound(detail, hint=f"{hint}: {', '.join(proposed)}", suggestions=proposed)
