"""What the swipes of one viewer add up to, beside what the rules said of the same cards.

Nothing is estimated: all of it is counted on image sets. Wilson's interval only chooses which tags
are worth showing, and says of which of them the difference could be chance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import NamedTuple

from smashpass.core.decks.order import Permutation
from smashpass.core.decks.taste import ByTaste, Taste
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.popularity import smash_rate_interval
from smashpass.core.tags.names import TagId

FEWEST_SWIPES = 10
"""Below these, nothing is said but their number."""
FEWEST_CARDS = 5
"""Cards that a tag needs."""
SHOWN_TAGS = 10
MOST_STEPS = 12
"""Steps in which agreement and smash share are shown."""
_STEP_SIZES = (10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000)


class StandingSwipe(NamedTuple):
    """The swipe that counts on its image, without what only its client needs.

    Attributes:
        number: Its place among all swipes of the viewer.
        image: The image.
        smashed: Whether the viewer smashed it.
        app_smashed: Whether the rules did at that moment, None if there were none.
    """

    number: int
    image: Ordinal
    smashed: bool
    app_smashed: bool | None

    @property
    def differs(self) -> bool:
        """Whether the rules said otherwise."""
        return self.app_smashed is not None and self.app_smashed != self.smashed


@dataclass(frozen=True, slots=True)
class CardTally:
    """Counts over some cards.

    Attributes:
        cards: How many.
        smashed: How many the viewer smashed.
        compared: Of how many a verdict of the rules is known.
        app_smashed: How many of those the rules smashed.
        agreed: On how many of those both said the same.
    """

    cards: int
    smashed: int
    compared: int
    app_smashed: int
    agreed: int


@dataclass(frozen=True, slots=True)
class TagTally:
    """Counts over the cards with a tag, and between which rates the viewer's own lies.

    Attributes:
        tag: The tag.
        tally: The counts, over cards of which a verdict of the rules is known.
        low: Lower bound of the viewer's smash rate, 0 to 1.
        high: Upper bound.
        certain: Whether that rate differs from the viewer's rate over all cards beyond chance.
    """

    tag: TagId
    tally: CardTally
    low: float
    high: float
    certain: bool


@dataclass(frozen=True, slots=True)
class TypicalChoice:
    """A choice, and how likely the viewer was to make it by their own taste: 0 to 1."""

    image: Ordinal
    smashed: bool
    likelihood: float


@dataclass(frozen=True, slots=True)
class VerdictSets:
    """The standing verdicts of a viewer and those of the rules, as image sets."""

    swiped: ImageSet = EMPTY
    smashed: ImageSet = EMPTY
    compared: ImageSet = EMPTY
    app_smashed: ImageSet = EMPTY
    differing: ImageSet = EMPTY

    @classmethod
    def of(cls, swipes: Iterable[StandingSwipe]) -> VerdictSets:
        """Return the sets of swipes, one per image."""
        rows = list(swipes)
        return cls(
            ImageSet([row.image for row in rows]),
            ImageSet([row.image for row in rows if row.smashed]),
            ImageSet([row.image for row in rows if row.app_smashed is not None]),
            ImageSet([row.image for row in rows if row.app_smashed]),
            ImageSet([row.image for row in rows if row.differs]),
        )

    def tally(self, images: ImageSet) -> CardTally:
        """Return the counts over those of ``images`` that were swiped."""
        compared = self.compared.intersection_cardinality(images)
        return CardTally(
            cards=self.swiped.intersection_cardinality(images),
            smashed=self.smashed.intersection_cardinality(images),
            compared=compared,
            app_smashed=self.app_smashed.intersection_cardinality(images),
            agreed=compared - self.differing.intersection_cardinality(images),
        )


def telling_tags(sets: VerdictSets, index: Index, n: int = SHOWN_TAGS) -> list[TagTally]:
    """Return the ``n`` tags that tell most of a viewer, most telling first.

    A tag tells the more, the further the interval of its smash rate is from the rate over all
    cards. Only live images of which a verdict of the rules is known count, implied tags do; of
    tags on the very same cards the rarest is taken. Costs some 2 µs for each tag in use.
    """
    images = sets.compared & index.live
    whole = sets.tally(images)
    if whole.cards < FEWEST_CARDS:
        return []
    rate = whole.smashed / whole.cards
    ranked = []
    for tag in _tags_on(images, index):
        cards = index.having(tag) & images
        if len(cards) < FEWEST_CARDS:
            continue
        tally = sets.tally(cards)
        low, high = smash_rate_interval(tally.smashed, tally.cards)
        margin = max(low - rate, rate - high)
        entry = TagTally(tag, tally, low, high, certain=margin > 0)
        ranked.append((-margin, index.count(tag), index.vocabulary.names[tag], entry))
    ranked.sort(key=lambda entry: entry[:3])
    chosen: dict[ImageSet, TagTally] = {}
    for *_, entry in ranked:
        if len(chosen) == n:
            break
        chosen.setdefault(index.having(entry.tag) & images, entry)
    return list(chosen.values())


def _tags_on(images: ImageSet, index: Index) -> Iterable[TagId]:
    """Return the canonical tags on some images: all of the library where that is quicker."""
    vocabulary = index.vocabulary
    if len(images) * 4 > len(vocabulary.names):
        tags = map(TagId, range(1, len(vocabulary.names)))
        return (tag for tag in tags if tag not in vocabulary.aliases)
    return {tag for image in images for tag in vocabulary.effective(index.own_tags(Ordinal(image)))}


def steps(swipes: Sequence[StandingSwipe]) -> list[tuple[int, int, CardTally]]:
    """Return (first, last, counts) of one piece of the history after the other, from 1.

    All pieces but the last are equally long, and there are at most ``MOST_STEPS``.
    """
    size = next(
        (size for size in _STEP_SIZES if len(swipes) <= size * MOST_STEPS),
        -(-len(swipes) // MOST_STEPS),
    )
    pieces = []
    for start in range(0, len(swipes), size):
        piece = swipes[start : start + size]
        sets = VerdictSets.of(piece)
        pieces.append((start + 1, start + len(piece), sets.tally(sets.swiped)))
    return pieces


def typical_choices(
    taste: Taste, sets: VerdictSets, index: Index, ties: Permutation, n: int = 3
) -> tuple[list[TypicalChoice], list[TypicalChoice]]:
    """Return the ``n`` most typical choices of a viewer, and the ``n`` least, best first.

    A smash is the more typical, the likelier it was by the viewer's taste; a pass, the less likely
    a smash was. Equal ones come in the order of ``ties``.
    """
    smashed = sets.smashed & index.live
    passed = (sets.swiped & index.live) - smashed

    def choices(images: ImageSet, *, liked: bool, is_smash: bool) -> list[TypicalChoice]:
        ordinals = ByTaste(taste, index, ties, descending=liked).first(images, n)
        return [TypicalChoice(image, is_smash, likelihood(image, is_smash)) for image in ordinals]

    def likelihood(image: Ordinal, is_smash: bool) -> float:
        share = taste.like(index.vocabulary.effective(index.own_tags(image)))
        return share if is_smash else 1 - share

    most = choices(smashed, liked=True, is_smash=True)
    most += choices(passed, liked=False, is_smash=False)
    least = choices(smashed, liked=False, is_smash=True)
    least += choices(passed, liked=True, is_smash=False)
    return (
        nlargest(n, most, key=lambda choice: choice.likelihood),
        nlargest(n, least, key=lambda choice: -choice.likelihood),
    )
