"""Browsers in which somebody signed in before, by a signed cookie of long life.

Such a cookie lets nobody in. It gives its browser a count of wrong attempts of its own, so that
strangers who try a name cannot keep the owner out ("device cookies", as OWASP calls them).
"""

from __future__ import annotations

import hmac
import secrets

_SHOWN = 16


class KnownDevices:
    """Makes and reads the cookies; nothing is stored. They do not say whose they are."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def cookie_name(self, name: str) -> str:
        """Return the name of the cookie for an account, so that one browser may know several."""
        return f"device_{self._sign('name', name)[:_SHOWN]}"

    def new(self, name: str) -> str:
        """Return the content of a cookie for a browser that just signed in to an account."""
        device = secrets.token_urlsafe(16)
        return f"{device}.{self._sign('device', device, name)}"

    def read(self, name: str, cookie: str) -> str:
        """Return the device that a cookie names; empty if it was not made for this account."""
        device, _, signature = cookie.partition(".")
        genuine = hmac.compare_digest(
            signature.encode("utf-8", "replace"), self._sign("device", device, name).encode()
        )
        return device if genuine and device else ""

    def _sign(self, *parts: str) -> str:
        text = "\n".join(("admin", *parts)).encode("utf-8", "replace")
        return hmac.digest(self._key, text, "sha256").hex()
