"""Taste: how much more viewers like what is dealt by it, and what it costs.

The viewers are simulated: each likes tags a little as the crowd does, and some tags much more or
less. They swipe at random first, then 20 cards are dealt by taste, by popularity and at random; the
like rate is the mean of their true probabilities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from random import Random
from statistics import fmean, pstdev

from bench.library import TagId, images, vocabulary
from bench.report import Row, at_most
from bench.site import Site
from bench.timing import each, interleaved, once
from smashpass.core.decks.order import ByValue, Permutation
from smashpass.core.decks.taste import NO_COUNTS, ByTaste, PopulationRates, taste_of
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.index import Index
from smashpass.core.library.popularity import popularity

IMAGES, VIEWERS, CROWD = 4_000, 200, 40
SWIPES = (20, 50, 200)
CARDS = 20
CROWD_SWIPES = 20
CARD_S = 50e-6
ORDER_S = 0.25
BY_CARD, BY_ORDER = 300, 1_000
"""Swipes of the viewers for whom a card and an order are timed."""
_CROWD_WEIGHT, _OWN_WEIGHT, _OWN_SHARE = 0.35, 1.0, 0.2
_RESAMPLED = 1_000


@dataclass(frozen=True)
class SimulatedCrowd:
    """A library, and by viewer how likely they smash each image, by place from 0."""

    index: Index
    rates: Sequence[Sequence[float]]


@dataclass(frozen=True)
class LikeRates:
    """The like rates of the same viewers for cards dealt in three ways, one number a viewer."""

    taste: Sequence[float]
    popular: Sequence[float]
    random: Sequence[float]

    def interval(self, rng: Random) -> tuple[float, float, float]:
        """Return the ratio of taste to random, and the ends of its 95 % bootstrap interval."""
        pairs = list(zip(self.taste, self.random, strict=True))

        def ratio(of: Sequence[tuple[float, float]]) -> float:
            return sum(taste for taste, _ in of) / sum(random for _, random in of)

        ratios = sorted(ratio(rng.choices(pairs, k=len(pairs))) for _ in range(_RESAMPLED))
        return ratio(pairs), ratios[_RESAMPLED // 40], ratios[-_RESAMPLED // 40]


def measure(site: Site) -> Iterator[Row]:
    """Measure like rates with simulated viewers, then times on the library of this size."""
    rng = Random(site.seed)
    crowd = simulated(rng, IMAGES, site.times(VIEWERS, VIEWERS // 10))
    for swipes in SWIPES:
        rates = like_rates(crowd, swipes, rng)
        ratio, low, high = rates.interval(rng)
        yield Row(
            f"taste: like rate of {CARDS} cards over random, {swipes} swipes",
            len(crowd.index.live),
            ratio,
            unit="",
            gate="interval above 1",
            passed=None if site.quick else low > 1,
            note=f"95 % {low:.3g} to {high:.3g}, {len(crowd.rates)} viewers; like rates: taste "
            f"{fmean(rates.taste):.3g}, popular {fmean(rates.popular):.3g}, random "
            f"{fmean(rates.random):.3g}",
        )
    yield from _times(site, rng)


def simulated(rng: Random, count: int, viewers: int) -> SimulatedCrowd:
    """Make viewers, and a library with the swipes of a crowd of others like them."""
    pictures = list(images(count, rng.randrange(1 << 30)))
    tags = [picture.tags for picture in pictures]
    shared = {tag: rng.gauss(0, _CROWD_WEIGHT) for tag in sorted({t for own in tags for t in own})}
    crowd = [_rates(rng, shared, tags) for _ in range(CROWD)]
    builder = IndexBuilder()
    for place, picture in enumerate(pictures):
        smashes = sum(rng.random() < rng.choice(crowd)[place] for _ in range(CROWD_SWIPES))
        numbers = {
            "image.swipes": float(CROWD_SWIPES),
            "image.smash_rate": smashes / CROWD_SWIPES,
            "image.popularity": popularity(smashes, CROWD_SWIPES),
        }
        tag_ids = [TagId(tag) for tag in picture.tags]
        builder.add(Ordinal(picture.ordinal), tag_ids, numbers, picture.licence, picture.source)
    rates = [_rates(rng, shared, tags) for _ in range(viewers)]
    return SimulatedCrowd(builder.build(1, vocabulary()), rates)


def like_rates(crowd: SimulatedCrowd, swipes: int, rng: Random) -> LikeRates:
    """Let each viewer swipe at random, and deal the next cards in three ways."""
    index = crowd.index
    population = PopulationRates(index)
    popular_column = index.column("image.popularity")
    assert popular_column is not None
    by_order: dict[str, list[float]] = {"taste": [], "popular": [], "random": []}
    for rates in crowd.rates:
        ties = Permutation(rng.randrange(1 << 30))
        swiped = ties.first(index.live, swipes)
        smashed = ImageSet(image for image in swiped if rng.random() < rates[image - 1])
        seen_images = ImageSet(swiped)
        counts = NO_COUNTS.with_verdicts(index, smashed, seen_images - smashed)
        taste = taste_of(counts, index, population)
        assert taste is not None
        orders = {
            "taste": ByTaste(taste, index, ties),
            "popular": ByValue(popular_column),
            "random": ties,
        }
        for name, order in orders.items():
            dealt = order.first(index.live, CARDS, seen_images)
            by_order[name].append(fmean(rates[image - 1] for image in dealt))
    return LikeRates(**by_order)


def _rates(rng: Random, shared: Mapping[int, float], tags: Sequence[Sequence[int]]) -> list[float]:
    """The true probabilities of a new viewer: log-odds of deviation 1 around their own mean."""
    own = {
        tag: weight + (rng.gauss(0, _OWN_WEIGHT) if rng.random() < _OWN_SHARE else 0.0)
        for tag, weight in shared.items()
    }
    sums = [sum(own[tag] for tag in of_image) for of_image in tags]
    mean, deviation, base = fmean(sums), pstdev(sums) or 1.0, rng.gauss(-0.2, 0.5)
    return [1 / (1 + exp(-(base + (total - mean) / deviation))) for total in sums]


def _times(site: Site, rng: Random) -> Iterator[Row]:
    index = site.index()
    population = PopulationRates(index)
    tastes = {}
    for swipes in (BY_CARD, BY_ORDER):
        swiped = rng.sample(range(1, site.size + 1), min(swipes, site.size // 2))
        smashed = ImageSet(swiped[::3])
        counts = NO_COUNTS.with_verdicts(index, smashed, ImageSet(swiped) - smashed)
        taste = taste_of(counts, index, population)
        assert taste is not None
        tastes[swipes] = taste
    shown = [
        Ordinal(ordinal) for ordinal in rng.sample(range(1, site.size + 1), min(1_000, site.size))
    ]
    effective, own_tags = index.vocabulary.effective, index.own_tags
    for_card, for_order = tastes[BY_CARD], tastes[BY_ORDER]
    order = ByTaste(for_order, index, Permutation(site.seed))
    seen_images = for_order.counts.smashed | for_order.counts.passed
    more = for_order.counts.with_verdicts

    def swipe_once() -> None:
        one_more = more(index, for_order.counts.smashed | ImageSet([shown[0]]), seen_images)
        taste_of(one_more, index, population)

    timings = interleaved(
        {
            "card": each(lambda image: for_card.like(effective(own_tags(image))), shown),
            "swipe": once(swipe_once),
            "order": once(lambda: order.first(index.live, CARDS, seen_images)),
        },
        site.rounds,
        site.budget_s,
    )
    card_s, order_s = timings["card"].median, timings["order"].median
    yield at_most(f"taste: a card, {BY_CARD} swipes", site.size, card_s, CARD_S)
    yield Row(f"taste: after one more swipe of {BY_ORDER:,}", site.size, timings["swipe"].median)
    yield at_most(
        f"taste: a deck of {CARDS} by taste, {BY_ORDER:,} swipes, whole library",
        site.size,
        order_s,
        ORDER_S * site.growth,
        judged=site.judged,
        note=f"{len(for_order.weights)} tags count",
    )
