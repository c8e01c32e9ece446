"""How people swipe beside how the rules decide: by day, tag, leaf and image; made by a nightly job.

Whoever edits rules sees here where they miss, and where a tag stands in for what nobody wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from smashpass.core.explore.related import canonical_tags, counts
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.rules.compile.algebra import partition
from smashpass.core.rules.tree import Leaf, Tree, leaves

MOST_TAGS = 200
MOST_IMAGES = 50
MOST_DAYS = 90
FEW = 20
"""Swipes below which an image is called neither disputed nor opposed: chance alone would do it."""


TallyFields = tuple[int, int, int, int, int]
"""The fields of a :class:`Tally`, in their order."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of some swipes.

    Attributes:
        swipes: Swipes that stand.
        smashes: Those among them that said smash.
        judged: Swipes for which the verdict of the rules at that moment is known.
        agreed: Those among them where both said the same.
        app_smashes: Those among them where the rules said smash.
    """

    swipes: int = 0
    smashes: int = 0
    judged: int = 0
    agreed: int = 0
    app_smashes: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(
            self.swipes + other.swipes,
            self.smashes + other.smashes,
            self.judged + other.judged,
            self.agreed + other.agreed,
            self.app_smashes + other.app_smashes,
        )


def summary(
    by_image: Iterable[tuple[Ordinal, TallyFields]],
    by_day: Iterable[tuple[int, TallyFields]],
    index: Index,
    trees: Sequence[Tree],
    *,
    at: int,
    name_image: Callable[[Ordinal], str],
) -> dict[str, Any]:
    """Return all figures as plain JSON.

    Cost: a look at each swiped image for each of its common tags.

    Args:
        by_image: Fields of a tally of the swipes that stand, by image.
        by_day: The same by the day of the swipe since 1970, oldest first.
        index: The library version.
        trees: The trees whose leaves are counted.
        at: The moment, in seconds since 1970.
        name_image: Returns the public id of an image.
    """
    tallies = {image: Tally(*fields) for image, fields in by_image}
    live = {image: tally for image, tally in tallies.items() if image in index.live}
    swiped = ImageSet(live)
    days = [(day, Tally(*fields)) for day, fields in by_day][-MOST_DAYS:]
    names = index.vocabulary.names
    common = sorted(
        counts(swiped, canonical_tags(index), index).items(),
        key=lambda pair: (-pair[1], names[pair[0]]),
    )[:MOST_TAGS]
    return {
        "at": at,
        "version": index.version,
        "all": asdict(_sum(tallies.values())),
        "days": [{"day": day, **asdict(tally)} for day, tally in days],
        "tags": [
            {"tag": names[tag], **asdict(_over(live, swiped & index.having(tag)))}
            for tag, _ in common
        ],
        "trees": [
            {"tree": tree.id, "leaves": _leaves(tree, index, live, swiped)} for tree in trees
        ],
        "disputed": [
            {"image": name_image(image), **asdict(tally)} for image, tally in disputed(live)
        ],
        "opposed": [
            {"image": name_image(image), **asdict(tally)} for image, tally in opposed(live)
        ],
    }


def disputed(tallies: Mapping[Ordinal, Tally]) -> list[tuple[Ordinal, Tally]]:
    """Return the images that people disagree about most, nearest to half first."""
    sufficient = [(image, tally) for image, tally in tallies.items() if tally.swipes >= FEW]
    sufficient.sort(
        key=lambda pair: (
            abs(pair[1].smashes / pair[1].swipes - 0.5),
            -pair[1].swipes,
            pair[0],
        )
    )
    return sufficient[:MOST_IMAGES]


def opposed(tallies: Mapping[Ordinal, Tally]) -> list[tuple[Ordinal, Tally]]:
    """Return the images on which people and rules disagree most: least agreement first."""
    sufficient = [(image, tally) for image, tally in tallies.items() if tally.judged >= FEW]
    sufficient.sort(
        key=lambda pair: (pair[1].agreed / pair[1].judged, -pair[1].judged, pair[0]),
    )
    return [pair for pair in sufficient if pair[1].agreed < pair[1].judged][:MOST_IMAGES]


def _leaves(
    tree: Tree, index: Index, tallies: Mapping[Ordinal, Tally], swiped: ImageSet
) -> list[dict[str, Any]]:
    """Return what people say of the images of each leaf; leaves that draw lots are left out."""
    images_by_leaf = partition(tree, index).leaves
    return [
        {
            "leaf": leaf.id,
            "verdict": leaf.verdict,
            **asdict(_over(tallies, swiped & images_by_leaf.get(leaf.id, ImageSet()))),
        }
        for leaf in leaves(tree.root)
        if isinstance(leaf, Leaf)
    ]


def _over(tallies: Mapping[Ordinal, Tally], images: ImageSet) -> Tally:
    return _sum(tallies[Ordinal(image)] for image in images)


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = [0, 0, 0, 0, 0]
    for tally in tallies:
        total[0] += tally.swipes
        total[1] += tally.smashes
        total[2] += tally.judged
        total[3] += tally.agreed
        total[4] += tally.app_smashes
    return Tally(*total)
