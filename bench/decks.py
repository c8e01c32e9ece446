"""Decks: 20 cards that match and that a viewer with 5,000 swipes has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from bench.cases import DECK_SIZE, DECKS, SEEN, Case
from bench.processes import PeerFailed
from bench.report import Row, at_most, beside, failed
from bench.site import Site
from bench.timing import interleaved, once
from smashpass.core.decks.dealing import deal
from smashpass.core.decks.order import Permutation
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.query.evaluate import images
from smashpass.services.search.search import read_query

LIMIT_S = 2e-3
_JOIN = "SQL join"
# Sorting all images by a random number takes seconds beyond this size, and gigabytes.
_NAIVE_UP_TO = 2_000_000


def measure(site: Site) -> Iterator[Row]:
    """Measure each query, with two kinds of viewers.

    The one has swiped through this very deck, so all seen images come first in its order, which
    is the usual and the dearest case. The other has seen images from all over the library.
    """
    peer = True
    try:
        site.peer(_JOIN)
    except PeerFailed as error:
        peer = False
        yield failed(f"deck: {_JOIN}", site.size, str(error))
    for case in DECKS:
        yield from _measure(site, case, peer)


def _measure(site: Site, case: Case, peer: bool) -> Iterator[Row]:
    index = site.index()
    matched = images(read_query(case.text, index), index)
    order = Permutation(site.seed)
    followed = order.first(matched, min(SEEN, len(matched) // 2))
    rng = Random(site.seed)
    scattered = rng.sample(range(1, site.size + 1), min(SEEN, site.size // 2))
    viewers = {"followed": ImageSet(followed), "scattered": ImageSet(scattered)}

    def ours(seen_images: ImageSet) -> list[Ordinal]:
        timings = images(read_query(case.text, index), index)
        return deal(timings, seen_images, Permutation(site.seed), DECK_SIZE)

    def naive() -> list[int]:
        unseen = set(matched) - set(viewers["followed"])
        return sorted(unseen, key=lambda _image: rng.random())[:DECK_SIZE]

    contenders = {
        "followed": once(lambda: ours(viewers["followed"])),
        "scattered": once(lambda: ours(viewers["scattered"])),
    }
    if site.size <= _NAIVE_UP_TO:
        contenders["plain sets"] = once(naive)
    for seen_images in viewers.values():
        cards = ours(seen_images)
        assert len(set(cards)) == min(DECK_SIZE, len(matched - seen_images))
        assert not ImageSet(cards) & seen_images
        assert ImageSet(cards) <= matched
    if peer:
        site.peer(_JOIN).call("see", list(viewers["followed"]))
        contenders[_JOIN] = site.peer(_JOIN).timed("deck", case)
    site.say(f"deck, {case.name}: {', '.join(contenders)}")
    timings = interleaved(contenders, site.rounds, site.budget_s)

    title = f"deck of {DECK_SIZE}: {case.name}"
    limit = LIMIT_S * site.growth
    for viewer, words in (("followed", "first of its order seen"), ("scattered", "any seen")):
        name = f"{title}, {len(viewers[viewer]):,} {words}"
        yield at_most(name, site.size, timings[viewer].median, limit, judged=site.judged)
    ours_s = timings["followed"].median
    if "plain sets" in timings:
        yield beside(title, site.size, ours_s, "plain sets, sorted", timings["plain sets"].median)
    if peer:
        note = site.peer_note(_JOIN)
        yield beside(
            title, site.size, ours_s, "SQL NOT IN, random()", timings[_JOIN].median, note=note
        )
