"""Staff accounts, and the rights of each role."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.errors import BadInput

ROLES = ("admin", "editor", "moderator", "analyst")
"""From the one who may do everything to the one who may only look; each may what the next may."""
MIN_PASSWORD = 12
MAX_PASSWORD = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    """One account, without its secrets."""

    id: int
    name: str
    role: str
    second_factor: bool = False
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser.

    ``csrf`` is a secret that every form of this session sends back; ``agent`` is what the browser
    calls itself. Moments are microseconds since 1970 in UTC.
    """

    id: int
    account: Account
    csrf: str
    created_at: int
    seen_at: int
    agent: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The metadata of an API token; the token itself is not stored."""

    id: int
    label: str
    role: str
    created_at: int
    used_at: int | None


def role_includes(role: str, needed: str) -> bool:
    """Whether ``role`` includes the rights of ``needed``; an unknown role has none."""
    return role in ROLES and ROLES.index(role) <= ROLES.index(needed)


def require_good_password(password: str) -> None:
    """Raise BadInput if a password is too short or too long."""
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadInput(
            f"the password has {len(password)} characters", hint=f"use {MIN_PASSWORD} or more"
        )


@dataclass(frozen=True, slots=True)
class Guard:
    """The second factor of an account.

    Attributes:
        secret: What codes are made from; None if it was encrypted with another secret key.
        used: Number of the last code that was accepted, so that none is accepted twice.
    """

    secret: str | None
    used: int
