"""The data of an index: made by the builder, updated by changes, stored in snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smashpass.core.imageset import ImageSet
from smashpass.core.library.column import Column
from smashpass.core.library.forward import ForwardTags
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary

FACETS = ("licence", "source")
"""The parts of a credit that can be searched by."""

BY = "by"
"""The facet that says how an image got its tags; an image may have several of its values."""

HAND, IMPORT, IMPLIED, RUN = "hand", "import", "implied", "run:"
"""Its values; the number of an import follows the last."""

YES = "yes"
"""The value of a facet that an image has or has not, such as ``by:hand`` in a tree."""

TAG_COUNT = "image.tag_count"
"""The one attribute that is computed here: how many tags the image carries itself."""


@dataclass(frozen=True, slots=True)
class IndexData:
    """All the data of an index.

    Attributes:
        vocabulary: Names, aliases, implications.
        live: The images that may be served.
        hidden: Known images that may not; no image is in both.
        postings: By raw tag id, aliases not resolved: the images that carry it, hidden ones
            included. A tag without images may be absent.
        forward: The same from image to tags.
        columns: By full attribute name.
        facets: By name in ``FACETS``, then by case folded value: the images, hidden ones included.
        by_hand: By raw tag id: the images to which somebody gave it, and nobody took it since. An
            import may have taken it all the same; so it counts only where a posting has it too.
        runs: By number of an import: the images that it added or changed.
    """

    vocabulary: Vocabulary
    live: ImageSet
    hidden: ImageSet
    postings: Mapping[TagId, ImageSet]
    forward: ForwardTags
    columns: Mapping[str, Column]
    facets: Mapping[str, Mapping[str, ImageSet]]
    by_hand: Mapping[TagId, ImageSet] = field(default_factory=dict)
    runs: Mapping[int, ImageSet] = field(default_factory=dict)
