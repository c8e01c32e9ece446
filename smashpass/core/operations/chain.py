"""The chain of the audit trail: each entry's SHA-256 is over the entry and that of the one before.

Changing, removing, moving or adding an entry would require recomputing every later one, and the
last digest, which `smashpass audit verify` prints, would differ from the recorded one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

BEGINNING = bytes(32)
"""What stands before the first entry."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is kept. ``detail`` is its JSON, names sorted."""

    id: int
    at: int
    actor: str
    action: str
    target: str
    detail: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Where a chain begins or ends: the number and the digest of an entry."""

    id: int = 0
    sha256: bytes = BEGINNING


@dataclass(frozen=True, slots=True)
class Broken:
    """The first invalid entry, and why."""

    id: int
    why: str


def digest(before: bytes, link: Link) -> bytes:
    """Return the expected ``link.sha256``, after an entry with the digest ``before``."""
    content = [link.id, link.at, link.actor, link.action, link.target, link.detail]
    return hashlib.sha256(before + json.dumps(content).encode()).digest()


def check(links: Iterable[Link], start: End, end: End) -> tuple[int, Broken | None]:
    """Return how many entries are valid, and the first that is not.

    Args:
        links: The entries, by number.
        start: The last entry that was removed because it was old, or the beginning.
        end: The last entry that was appended.
    """
    last, count = start, 0
    for link in links:
        if link.id <= last.id or digest(last.sha256, link) != link.sha256:
            why = "it was changed or moved, or one before it was added or removed"
            return count, Broken(link.id, why)
        last, count = End(link.id, link.sha256), count + 1
    if last != end:
        return count, Broken(end.id, "it was the last entry written, and is missing now")
    return count, None
