"""Images whose verdict flips, as pages show them."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.library.index import Index
from smashpass.services.rules.impact import TreeReport
from smashpass.web.admin.request import AdminRequest

SAMPLED = 24
"""Number of flipping images shown, divided among the trees."""


def sampled_a_tree(reports: Sequence[TreeReport]) -> int:
    """Return how many flipping images of each tree are shown."""
    return max(4, SAMPLED // max(1, len(reports)))


def pictures_of(
    request: AdminRequest, reports: Sequence[TreeReport], index: Index
) -> dict[str, str | None]:
    """Return the address of the small picture of each sampled image, None if it has none."""
    images = request.services.images
    addresses: dict[str, str | None] = {}
    names = [flip.image for report in reports for flip in report.sample]
    ordinals = [ordinal for name in names if (ordinal := images.ordinal_of(name)) is not None]
    for card in images.cards(index, ordinals):
        media = card["media"]
        addresses[str(card["image"])] = str(media["small"]) if isinstance(media, dict) else None
    return addresses
