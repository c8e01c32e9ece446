"""The first of two steps of signing in: a signed note that a password was right just now."""

from __future__ import annotations

import hmac

from smashpass.clock import Clock

FIRST_STEP_S = 5 * 60
"""Time to enter the code after the password was right."""

_S = 1_000_000


class FirstSteps:
    """Makes and checks the notes; nothing is stored. A note without a code lets nobody in."""

    def __init__(self, key: str, clock: Clock) -> None:
        """Create it; ``clock`` gives microseconds since 1970."""
        self._key, self._clock = key.encode(), clock

    def new(self, name: str) -> str:
        """Return a note that the password of an account was right."""
        ends_at = str(self._clock() // _S + FIRST_STEP_S)
        return f"{ends_at}.{self._sign(ends_at, name)}"

    def proves(self, name: str, note: str) -> bool:
        """Return whether a note was made for this account and has not expired."""
        ends_at, _, signature = note.partition(".")
        genuine = hmac.compare_digest(
            signature.encode("utf-8", "replace"), self._sign(ends_at, name).encode()
        )
        return genuine and self._clock() // _S < int(ends_at)

    def _sign(self, ends_at: str, name: str) -> str:
        text = "\n".join(("admin", "first step", ends_at, name)).encode("utf-8", "replace")
        return hmac.digest(self._key, text, "sha256").hex()
