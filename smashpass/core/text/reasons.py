"""Reasons: why somebody changed something, in their words, kept permanently in the change log."""

from __future__ import annotations

from smashpass.core.errors import BadInput

MAX_LENGTH = 500


def read_reason(text: str) -> str:
    """Return a reason as stored: one line, no blanks at the ends.

    Raises:
        BadInput: It is empty, longer than 500 characters, or holds an unprintable character.
    """
    reason = " ".join(text.split())
    if not reason:
        raise BadInput("the reason is empty", hint="say in a few words why this is done")
    if len(reason) > MAX_LENGTH:
        raise BadInput(f"the reason has {len(reason)} characters", hint=f"use at most {MAX_LENGTH}")
    if not reason.isprintable():
        raise BadInput("the reason holds an unprintable character", hint="write plain text")
    return reason
