"""A rule file that is being edited."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A draft of one file, on top of the revision numbered ``base``; kept at ``saved_at``."""

    path: str
    base: int
    text: str
    saved_at: int
