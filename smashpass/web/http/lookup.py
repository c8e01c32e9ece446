"""Reads ids and numbers in addresses."""

from __future__ import annotations

from smashpass.core.errors import NotFound


def number_of(text: str, default: int = 1) -> int:
    """Parse a page number or cursor in an address; ``default`` if it is none."""
    return int(text) if is_whole(text, digits=9) else default


def id_of(text: str, noun: str) -> int:
    """Parse the id of a ``noun`` in a path.

    Raises:
        NotFound: It is not a number, or longer than any id.
    """
    if not is_whole(text):
        raise NotFound(f"there is no {noun} {text[:40]!r}")
    return int(text)


def is_whole(text: str, digits: int = 18) -> bool:
    """Return whether a text is a whole number of at most so many digits."""
    return text.isascii() and text.isdigit() and len(text) <= digits
