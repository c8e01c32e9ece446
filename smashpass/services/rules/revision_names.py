"""Which revision is meant: by the first digits of its sha256, with proposals if it is not one."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.errors import NotFound

MIN_PREFIX = 4
SHOWN_DIGITS = 12
_PROPOSED = 3


def find_hash(name: str, hashes: Sequence[str]) -> str:
    """Return the one revision whose sha256 begins with ``name``, in any case of letters.

    Args:
        name: At least 4 digits.
        hashes: The sha256 of all revisions, newest first.

    Raises:
        NotFound: No revision matches, several do, or ``name`` is too short; some are proposed.
    """
    prefix = name.strip().lower()
    matching = (
        [sha256 for sha256 in hashes if sha256.startswith(prefix)] if prefix else list(hashes)
    )
    if len(matching) == 1 and len(prefix) >= MIN_PREFIX:
        return matching[0]
    if not hashes:
        raise NotFound(f"there is no revision {name!r}", hint="none is published yet")
    if not matching:
        detail, hint = f"there is no revision {name!r}", "give the first digits of one"
    elif len(prefix) < MIN_PREFIX:
        detail, hint = f"{name!r} is too short", f"give at least {MIN_PREFIX} digits"
    else:
        detail, hint = f"{len(matching)} revisions begin with {name!r}", "give more digits of one"
    proposed = [sha256[:SHOWN_DIGITS] for sha256 in (matching or hashes)[:_PROPOSED]]
    raise NotFound(detail, hint=f"{hint}: {', '.join(proposed)}", suggestions=proposed)
