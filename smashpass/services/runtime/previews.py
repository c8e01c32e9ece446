"""Previews that are applied later: only what was seen may happen."""

from __future__ import annotations

from smashpass.core.errors import Conflict


def require_previewed(
    seen: str | None, now: str, cause: str = "the library was edited since this preview"
) -> None:
    """Refuse an action whose effect is not the one that was previewed.

    Args:
        seen: The fingerprint of the preview; None if nobody looked at one.
        now: The fingerprint of the effect as it is now.
        cause: What may have changed the effect.

    Raises:
        Conflict: They differ.
    """
    if seen is not None and seen != now:
        raise Conflict(f"the effect has changed: {cause}", hint="preview it again")
