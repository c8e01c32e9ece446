"""Which tags go together with one, found without looking at every tag of a large vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from smashpass.core.imageset import Ordinal
from smashpass.core.index import Index
from smashpass.core.related import Related, related
from smashpass.core.tags import TagId

COMMONEST = 2_000
"""Tags that are always looked at."""
SAMPLE = 200
"""Images of the tag whose own tags are looked at, too: rare tags go with rare ones."""


def neighbours(index: Index, tag: TagId, ranked: Sequence[TagId], limit: int) -> list[Related]:
    """Return the tags that go best with a canonical one, counted exactly; what it implies aside.

    Args:
        index: The library.
        tag: The tag.
        ranked: All canonical tags, the commonest first.
        limit: How many at most.

    Cost: one intersection for each of some 2,000 tags, 50 ms at 2,000,000 images.
    """
    words = index.vocabulary
    images = index.having(tag)
    if not images:
        return []
    own = {raw for each in islice(images, SAMPLE) for raw in index.own_tags(Ordinal(each))}
    # Everything that has the tag has what it implies, which says nothing.
    known = {tag, *words.implied(tag), *words.aliases}
    among = {*ranked[:COMMONEST], *words.effective(own)} - known
    return related(images, index, limit, among=among)
