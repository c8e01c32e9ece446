"""Encrypts secrets that the database keeps, with a key that is not in the database."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

MARK = "fernet:"
"""Begins what is encrypted; what does not begin so was kept before secrets were encrypted."""


class SecretBox:
    """Encrypts and decrypts short texts (Fernet: AES-128-CBC with HMAC-SHA-256)."""

    def __init__(self, secret_key: Callable[[], str]) -> None:
        """Create a box; ``secret_key`` is called only when something is encrypted."""
        self._secret_key = secret_key

    @cached_property
    def _fernet(self) -> Fernet:
        from cryptography.fernet import Fernet

        # The secret key has 32 characters or more that are hard to guess: no slow hash is needed.
        key = hmac.digest(self._secret_key().encode(), b"second factor", "sha256")
        return Fernet(base64.urlsafe_b64encode(key))

    def close(self, text: str) -> str:
        """Return ``text`` encrypted."""
        return MARK + self._fernet.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str | None:
        """Return what was encrypted, None if that was done with another key or it is damaged."""
        from cryptography.fernet import InvalidToken

        if not sealed.startswith(MARK):
            return sealed
        try:
            return self._fernet.decrypt(sealed.removeprefix(MARK)).decode()
        except InvalidToken:
            return None
