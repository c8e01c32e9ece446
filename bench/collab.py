"""Collaborative filtering on a simulated crowd whose taste no tag says."""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from bench.report import Row
from bench.site import Site
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.services.training.collab.report import CollabReport
from smashpass.services.training.collab.service import SwipeTable, TagsOf

TASTES = 8
TAGS = 12
_DAY_US = 86_400_000_000


def crowd(
    viewers: int, images: int, swipes: int, *, seed: int = 1, shuffled: bool = False
) -> tuple[SwipeTable, TagsOf]:
    """Return the swipes of a crowd, and the tags of images, which have no part in its taste.

    Args:
        viewers: How many there are.
        images: How many; their ordinals begin with 1.
        swipes: Of each viewer, on different images.
        seed: Of all that is drawn.
        shuffled: Deal the verdicts out anew, so that there is nothing to be learnt.
    """
    import numpy as np

    draw = np.random.default_rng(seed)
    wishes = draw.normal(size=(viewers, TASTES)) * 1.5 / np.sqrt(TASTES)
    looks = draw.normal(size=(images, TASTES))
    popularity, generosity = draw.normal(size=images) * 0.5, draw.normal(size=viewers) * 0.5
    table = SwipeTable()
    for viewer in range(viewers):
        shown = draw.choice(images, swipes, replace=False)
        liking = looks[shown] @ wishes[viewer] + popularity[shown] + generosity[viewer]
        smashed = draw.random(swipes) < 1 / (1 + np.exp(-liking))
        times = np.sort(draw.integers(30 * _DAY_US, size=swipes))
        table.viewers.extend([viewer + 1] * swipes)
        table.images.extend((shown + 1).tolist())
        table.smashes.extend(smashed.astype(int).tolist())
        table.times.extend(times.tolist())
    if shuffled:
        table.smashes = array("b", draw.permutation(np.array(table.smashes)).tolist())
    tags = draw.integers(TAGS, size=(images, 3))
    return table, lambda ordinal: set(tags[ordinal - 1].tolist())


def measure(site: Site) -> Iterator[Row]:
    """Train on a crowd with a taste and on one without; then time what decks do."""
    if not all(map(find_spec, ("numpy", "scipy", "implicit"))):
        site.say("the extra collab is not installed: not measured")
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from smashpass.scoring.collab.training import train

    share = site.share * (0.3 if site.quick else 1.0)
    viewers, images = max(300, round(3_000 * share)), max(60, round(1_000 * share))
    swipes = min(100, images // 2)
    for shuffled in (False, True):
        table, tags_of = crowd(viewers, images, swipes, shuffled=shuffled)
        started = time.perf_counter()
        trained = train(table, tags_of)
        seconds = time.perf_counter() - started
        title = "collab, shuffled verdicts" if shuffled else "collab, a taste without tags"
        test = trained.evaluation
        assert test is not None
        report = CollabReport(0, viewers, images, len(table), evaluation=test)
        verdict = "refused" if shuffled else "accepted"
        lead = test.over_popularity
        yield Row(f"{title}: AUC within viewers", images, test.auc["collab"], "",
                  beside="popularity", theirs=test.auc["popularity"],
                  gate=f"has to be {verdict}", passed=report.is_good_enough is not shuffled,
                  note=f"tags {test.auc['tags']:.3f}; over popularity {lead.low:+.3f} to "
                       f"{lead.high:+.3f}")  # fmt: skip
        yield Row(f"{title}: training", images, seconds, note=f"{len(table):,} swipes")
        if not shuffled:
            yield from _dealing(site, trained.factors, images)


def _dealing(site: Site, factors: Any, images: int) -> Iterator[Row]:
    """Time what a deck costs a viewer with 500 swipes, or as many as there are images."""
    swiped = min(500, images)
    smashed = ImageSet(range(1, swiped + 1, 2))
    passed = ImageSet(range(2, swiped + 1, 2))
    cards = [Ordinal(number) for number in range(1, min(20, images) + 1)]
    viewer = factors.viewer(smashed, passed)
    folding = _median(site, lambda: factors.viewer(smashed, passed))
    scoring = _median(site, lambda: factors.scores(viewer, cards))
    yield Row(f"collab: a viewer of {swiped} swipes folded in", images, folding,
              gate="≤ 1 ms", passed=folding <= 1e-3)  # fmt: skip
    yield Row("collab: a card scored", images, scoring / len(cards))


def _median(site: Site, task: Callable[[], object]) -> float:
    times = []
    for _ in range(max(20, site.rounds)):
        started = time.perf_counter()
        task()
        times.append(time.perf_counter() - started)
    return sorted(times)[len(times) // 2]
