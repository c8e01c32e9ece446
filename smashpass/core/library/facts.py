"""The facts of one image that a decision may read: tags, numbers, credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smashpass.core.tags.names import TagId
from smashpass.core.values import Value


@dataclass(frozen=True, slots=True)
class Facts:
    """One image (or a made-up one), as the compiled form of a tree reads it.

    Attributes:
        own: The tags the image carries itself, as stored: aliases not resolved.
        tags: Canonical tags after aliases and implications; what tests look into.
        value: Gives the value of an attribute by its full name (``image.width``,
            ``viewer.swipes``, ``plugin.aesthetic``), or None if there is none.
        facet: Gives the credit value for ``licence`` or ``source``, case folded, or None.
    """

    own: frozenset[TagId]
    tags: frozenset[TagId]
    value: Callable[[str], Value | None]
    facet: Callable[[str], str | None]
