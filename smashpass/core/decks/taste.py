"""The taste of one viewer: which tags they smash more often than others, and the order by it.

For each tag of the images that they swiped: how often they smashed it, as log-odds, shrunk to
what the population says of the tag. The constants were chosen with simulated viewers
(``bench/taste.py`` measures what comes of them).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest
from math import exp, log, sqrt

from smashpass.core.decks.order import Permutation
from smashpass.core.decks.summing import added, complement, summed
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.library.bitslices import above
from smashpass.core.library.column import Column
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId

PRIOR_SWIPES = 40
"""How many swipes of the viewer's own weigh as much as what the population says of a tag."""
OWN_RATE_SWIPES = 5
"""The same for the viewer's rate over all images."""
POPULATION_SWIPES = 20
"""The same for the population's rate of a tag, beside its rate over all images."""
POPULATION_SAMPLE = 256
"""Images that the population's rate of a tag is read from, spread evenly over all swiped ones."""
STRONGEST = 96
"""Tags that count: those that move the order most."""
SCALE = 4
"""Steps of a log-odd: weights are whole numbers, so that they can be added on image sets."""
DAMPING = 0.5
"""Tags of one image are not independent: their sum says about half of what it seems to."""
REASON_SMASHES = 2
"""Smashes that a tag needs before it is named as a reason."""

_SORTED_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class TagCounts:
    """How often a viewer swiped each tag, with implied ones, by the verdicts that stand.

    Attributes:
        smashed: The images smashed.
        passed: The images passed.
        smashes: By tag, how many of its images were smashed; tags without one are left out.
        swipes: By tag, how many of its images were swiped.
    """

    smashed: ImageSet = EMPTY
    passed: ImageSet = EMPTY
    smashes: Mapping[TagId, int] = field(default_factory=dict)
    swipes: Mapping[TagId, int] = field(default_factory=dict)

    def with_verdicts(self, index: Index, smashed: ImageSet, passed: ImageSet) -> TagCounts:
        """Return the counts after swipes and undos; equal to counting anew.

        Only images whose verdict changed are looked at, some 5 µs each. The counts so far must
        be of the same library version.
        """
        if smashed == self.smashed and passed == self.passed:
            return self
        smashes, swipes = dict(self.smashes), dict(self.swipes)
        seen, seen_before = smashed | passed, self.smashed | self.passed
        _count(index, smashed - self.smashed, smashes, 1)
        _count(index, self.smashed - smashed, smashes, -1)
        _count(index, seen - seen_before, swipes, 1)
        _count(index, seen_before - seen, swipes, -1)
        return TagCounts(smashed, passed, smashes, swipes)


NO_COUNTS = TagCounts()


def _count(index: Index, images: ImageSet, counts: dict[TagId, int], step: int) -> None:
    """Add ``step`` to every tag of the images; a count of nothing is left out."""
    effective = index.vocabulary.effective
    for ordinal in images:
        for tag in effective(index.own_tags(Ordinal(ordinal))):
            count = counts.get(tag, 0) + step
            if count:
                counts[tag] = count
            else:
                del counts[tag]


class PopulationRates:
    """How often all viewers together smash a tag, in one library version. Safe for threads.

    Attributes:
        version: The library version.
        swipes: The column of swipes that was read; None where nobody swiped.
        overall: The rate over all images, 0 to 1.
    """

    def __init__(self, index: Index) -> None:
        """Read the overall rate; tags are read when they are asked for."""
        self.version = index.version
        self.swipes = index.column("image.swipes")
        self._rates = index.column("image.smash_rate")
        self._by_tag: dict[TagId, float] = {}
        self.overall = 0.5
        self.overall = self._rate(index.live, POPULATION_SAMPLE * 16)

    def fits(self, index: Index) -> bool:
        """Whether these are the rates of ``index``."""
        return self.version == index.version and self.swipes is index.column("image.swipes")

    def of(self, index: Index, tag: TagId) -> float:
        """Return the rate of a tag; up to 0.2 ms the first time, then a lookup."""
        rate = self._by_tag.get(tag)
        if rate is None:
            rate = self._by_tag[tag] = self._rate(index.having(tag), POPULATION_SAMPLE)
        return rate

    def _rate(self, images: ImageSet, sample: int) -> float:
        """The smash rate over at most ``sample`` of the images, drawn to the overall one."""
        swipe_column, rate_column = self.swipes, self._rates
        if not isinstance(swipe_column, Column) or rate_column is None:
            return self.overall
        swiped = images & swipe_column.present
        count = len(swiped)
        chosen: Iterable[int] = swiped
        if count > sample:
            chosen = (swiped[place * count // sample] for place in range(sample))
        swipes, smashes = float(POPULATION_SWIPES), POPULATION_SWIPES * self.overall
        for ordinal in chosen:
            number = swipe_column.value(Ordinal(ordinal)) or 0.0
            swipes += number
            smashes += number * (rate_column.value(Ordinal(ordinal)) or 0.0)
        return smashes / swipes


@dataclass(frozen=True, slots=True)
class TasteReason:
    """A tag that speaks for an image, and how often the viewer smashed images with it."""

    tag: TagId
    smashed: int
    swiped: int


@dataclass(frozen=True)
class Taste:
    """What a viewer likes, in one library version. Frozen: may be shared between threads.

    Attributes:
        counts: What it was made from.
        weights: By tag, how much it speaks for an image, in steps of 1 / ``SCALE`` log-odds.
        base: Log-odds of a smash by this viewer of an image whose weights are ``centre`` in all.
        centre: The mean sum of weights of the images that the viewer swiped.
    """

    counts: TagCounts
    weights: Mapping[TagId, int]
    base: float
    centre: float

    def like(self, tags: Iterable[TagId]) -> float:
        """Return how likely the viewer smashes an image with these effective tags: 0 to 1.

        Costs 1 to 2 µs for 15 tags.
        """
        weights = self.weights
        total = sum(weights[tag] for tag in tags if tag in weights)
        return _share(self.base + DAMPING * (total - self.centre) / SCALE)

    def because(self, tags: Iterable[TagId], n: int = 3) -> list[TasteReason]:
        """Return the ``n`` tags that speak most for an image, among those smashed often.

        Tags smashed less than ``REASON_SMASHES`` times, less than half the time, or less often than
        images in general, are no reason, whatever the population says.
        """
        counts = self.counts
        swiped_images = len(counts.smashed) + len(counts.passed)
        ranked = []
        for tag in tags:
            weight, smashed = self.weights.get(tag, 0), counts.smashes.get(tag, 0)
            swiped = counts.swipes.get(tag, 0)
            often = 2 * smashed >= swiped and (
                smashed == swiped or smashed * swiped_images > swiped * len(counts.smashed)
            )
            if weight > 0 and smashed >= REASON_SMASHES and often:
                ranked.append((weight, swiped, -tag, TasteReason(tag, smashed, swiped)))
        return [reason for *_, reason in nlargest(n, ranked, key=lambda entry: entry[:3])]


def taste_of(counts: TagCounts, index: Index, rates: PopulationRates) -> Taste | None:
    """Return the taste of a viewer; None before the first swipe.

    With ``r`` the viewer's rate over all images, drawn to the population's by
    ``OWN_RATE_SWIPES``, and ``q`` the population's rate of a tag, moved by the same log-odds as
    ``r`` is from the population's rate over all: the weight of a tag is ``logit((smashed +
    PRIOR_SWIPES · q) / (swiped + PRIOR_SWIPES)) − logit(r)``. Tags never swiped have none.

    Costs some 5 µs a tag that was swiped.
    """
    swiped = len(counts.smashed) + len(counts.passed)
    if not swiped:
        return None
    overall = _within(rates.overall)
    own = _odds((len(counts.smashed) + OWN_RATE_SWIPES * overall) / (swiped + OWN_RATE_SWIPES))
    offset = own - _odds(overall)
    images = len(index.live)
    ranked = []
    for tag, number in counts.swipes.items():
        expected = _share(_odds(_within(rates.of(index, tag))) + offset)
        rate = (counts.smashes.get(tag, 0) + PRIOR_SWIPES * expected) / (number + PRIOR_SWIPES)
        weight = round((_odds(rate) - own) * SCALE)
        if weight:
            share = index.count(tag) / images if images else 0.0
            ranked.append((abs(weight) * sqrt(share * (1 - share)), -tag, tag, weight))
    weights = {tag: weight for _, _, tag, weight in nlargest(STRONGEST, ranked)}
    centre = sum(weight * counts.swipes[tag] for tag, weight in weights.items()) / swiped
    return Taste(counts, weights, own, centre)


@dataclass(frozen=True)
class ByTaste:
    """Order ``taste``: the images that a viewer most likely smashes come first.

    Equal ones come in the viewer's random order; ``descending=False`` reverses all but that.
    """

    taste: Taste
    index: Index
    ties: Permutation
    descending: bool = True

    def first(self, images: ImageSet, n: int, without: ImageSet = EMPTY) -> list[Ordinal]:
        """Return the ``n`` images that come first: exactly those of sorting all of them.

        The weights of the tags are added up on image sets, bit by bit, for all images at once:
        the cost grows with the images that have one of the tags.
        """
        candidates = images - without
        if n <= 0 or not candidates:
            return []
        slices, _ = self._slices(candidates)
        ahead: ImageSet = EMPTY
        for marked in reversed(slices):
            if len(candidates) <= _SORTED_AT_ONCE:
                break
            better = candidates & marked if self.descending else candidates - marked
            if len(ahead) + len(better) > n:
                candidates = better
            else:
                ahead = ahead | better
                candidates = candidates - better
        if len(candidates) > _SORTED_AT_ONCE:
            # All bits are used up: these are equal.
            candidates = ImageSet(self.ties.first(candidates, n - len(ahead)))
        sign = -1 if self.descending else 1
        key = self.ties.key
        ranked = sorted(
            (sign * sum(1 << bit for bit, marked in enumerate(slices) if ordinal in marked),
             key(Ordinal(ordinal)), Ordinal(ordinal))
            for ordinal in ahead | candidates
        )  # fmt: skip
        return [ordinal for *_, ordinal in ranked[:n]]

    def after(self, images: ImageSet, last: Ordinal) -> ImageSet:
        """Return those of ``images`` that come after ``last``, which need not be one of them."""
        index, weights = self.index, self.taste.weights
        tags = index.vocabulary.effective(index.own_tags(last))
        slices, moved_by = self._slices(images)
        place = moved_by + sum(weights[tag] for tag in tags if tag in weights)
        better = _better(slices, images, place)
        not_worse = _better(slices, images, place - 1)
        further = images - not_worse if self.descending else better
        return further | self.ties.after(not_worse - better, last)

    def _slices(self, images: ImageSet) -> tuple[Sequence[ImageSet], int]:
        """The sums of the weights of all ``images``, moved so that none is negative, by bit.

        The second result is by how much they were moved.
        """
        having = self.index.having
        narrow = 2 * len(images) < len(self.index.live)
        meet: Callable[[TagId], ImageSet] = (lambda tag: having(tag) & images) if narrow else having
        weights = self.taste.weights
        likes = summed((weight, meet(tag)) for tag, weight in weights.items() if weight > 0)
        dislikes = summed((-weight, meet(tag)) for tag, weight in weights.items() if weight < 0)
        # The sum of likes and of what is lacking to the greatest number of dislikes.
        return added(likes, complement(dislikes, images)), (1 << len(dislikes)) - 1


def _better(slices: Sequence[ImageSet], images: ImageSet, place: int) -> ImageSet:
    """Those of ``images`` whose sum is greater than ``place``, which no sum need be able to be."""
    if place < 0:
        return images
    return images & above(slices, place) if place < 1 << len(slices) else EMPTY


def _odds(rate: float) -> float:
    return log(rate / (1 - rate))


def _share(odds: float) -> float:
    """The inverse of :func:`_odds`, without an overflow."""
    return 1 / (1 + exp(-odds)) if odds > 0 else exp(odds) / (1 + exp(odds))


def _within(rate: float) -> float:
    """A rate whose log-odds are finite."""
    return min(max(rate, 0.01), 0.99)
