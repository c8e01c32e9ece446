"""Trains collaborative filtering by ``implicit``, and tests it on swipes that came later.

Only by how much a verdict differs from what popularity lets expect is learnt from. ``implicit``
knows no dislikes, so each image is there twice, as smashed and as passed, and each viewer too: as
they are, and as a mirror image who smashes what they pass. The difference of the two vectors of an
image is what tells those who like it from those who do not.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from smashpass.core.imageset import Ordinal
from smashpass.scoring.collab.evaluation import auc_within, lead, logistic
from smashpass.services.training.collab.factors import (
    CONFIDENCE,
    PRIOR_SWIPES,
    REGULARISATION,
    SURE,
    ImageFactors,
    LogisticWeights,
)
from smashpass.services.training.collab.report import LEAST_EARLIER, LEAST_VIEWERS, Evaluation
from smashpass.services.training.collab.service import SwipeTable, TagsOf, Trained

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

SEED = 1
WIDTHS = (4, 8, 16)
"""How many numbers a vector may have; what foresees best is taken."""
_PASSES = 15
_NOTHING = 1e-4
"""Deviation of the products of vectors below which there was nothing to be learnt."""
_LATER = 0.2
"""Share of the swipes, the last ones, that is held out."""


@dataclass(frozen=True, slots=True)
class _Swipes:
    """Swipes as arrays, with viewers and images numbered from 0.

    Attributes:
        viewers: Number of the viewer.
        images: Number of the image: its place in ``ordinals``.
        liked: 1 for a smash, 0 for a pass.
        times: Microseconds since 1970.
        ordinals: The images.
    """

    viewers: Numbers
    images: Numbers
    liked: Floats
    times: NDArray[np.int64]
    ordinals: NDArray[np.uint32]

    def part(self, chosen: NDArray[np.bool_]) -> _Swipes:
        """Return some of the swipes; viewers and images keep their numbers."""
        return _Swipes(
            self.viewers[chosen],
            self.images[chosen],
            self.liked[chosen],
            self.times[chosen],
            self.ordinals,
        )

    def split(self) -> tuple[_Swipes, _Swipes]:
        """Return the earlier swipes, and the later ones of viewers with enough earlier ones."""
        later = self.times > np.quantile(self.times, 1 - _LATER)
        earlier = self.part(~later)
        counts = np.bincount(earlier.viewers, minlength=self.viewers.max() + 1)
        return earlier, self.part(later & (counts[self.viewers] >= LEAST_EARLIER))

    def by_viewer(self) -> Iterator[tuple[int, Numbers]]:
        """Yield each viewer with the places of their swipes."""
        order = np.argsort(self.viewers, kind="stable")
        numbers, starts = np.unique(self.viewers[order], return_index=True)
        yield from zip(numbers.tolist(), np.split(order, starts[1:]), strict=True)


def train(table: SwipeTable, tags_of: TagsOf, seed: int = SEED) -> Trained:
    """Test collaborative filtering on later swipes, then train it on all of them.

    The last fifth of the swipes is held out. Of what is left, the last fifth decides how long
    vectors are and how much they weigh, so that the test is of a model that saw none of its
    swipes. The same swipes and seed give the same model.

    Args:
        table: The swipes.
        tags_of: Returns the tags of an image, for the comparison with tags.
        seed: Of all that is drawn.

    Returns:
        Test and model; neither where there are too few swipes to test one.

    Cost: about 30 s for 300,000 swipes of 3,000 viewers, on one core.
    """
    swipes = _numbered(table)
    if not len(swipes.images):
        return Trained(None, None)
    earlier, later = swipes.split()
    if not len(earlier.images) or _evaluable(later) < LEAST_VIEWERS:
        return Trained(None, None)
    fitting, checking = earlier.split()
    if _evaluable(checking) < LEAST_VIEWERS:
        return Trained(None, None)
    tags = _tag_matrix(swipes.ordinals, tags_of)
    width, calibration = _best_width(fitting, checking, seed)
    tested = _fit(earlier, width, calibration, seed)
    foreseen = {
        "collab": _weighted(_features(tested, earlier, later), calibration),
        "popularity": tested.popularity[later.images].astype(np.float64),
        "tags": _by_tags(fitting, checking, earlier, later, tags),
    }
    aucs = {
        name: auc_within(later.viewers, later.liked, scores) for name, scores in foreseen.items()
    }
    evaluation = Evaluation(
        viewers=len(aucs["collab"]),
        swipes=len(later.images),
        auc={name: round(float(each.mean()), 4) for name, each in aucs.items()},
        over_popularity=lead(aucs["collab"], aucs["popularity"], seed),
        over_tags=lead(aucs["collab"], aucs["tags"], seed),
    )
    final = _calibration(_features(tested, earlier, later), later.liked)
    return Trained(evaluation, _fit(swipes, width, final, seed))


def _numbered(table: SwipeTable) -> _Swipes:
    viewers = np.unique(np.array(table.viewers), return_inverse=True)[1].astype(np.intp)
    ordinals, images = np.unique(np.array(table.images, np.uint32), return_inverse=True)
    liked = np.array(table.smashes, np.float64)
    return _Swipes(viewers, images.astype(np.intp), liked, np.array(table.times), ordinals)


def _evaluable(swipes: _Swipes) -> int:
    """Return how many viewers have swipes of both kinds."""
    return len(auc_within(swipes.viewers, swipes.liked, np.zeros(len(swipes.images))))


def _best_width(fitting: _Swipes, checking: _Swipes, seed: int) -> tuple[int, LogisticWeights]:
    """Return how long vectors are best, and how much they weigh then."""
    candidates = []
    for width in WIDTHS:
        if width >= len(fitting.ordinals):
            continue
        features = _features(_fit(fitting, width, LogisticWeights(), seed), fitting, checking)
        calibration = _calibration(features, checking.liked)
        scores = _weighted(features, calibration)
        auc = float(auc_within(checking.viewers, checking.liked, scores).mean())
        candidates.append((auc, -width, calibration))
    _, width, calibration = max(candidates, key=lambda candidate: candidate[:2])
    return -width, calibration


def _popularity(swipes: _Swipes) -> Floats:
    """Return the smoothed rate of smashes of each image."""
    count = len(swipes.ordinals)
    smashes = np.bincount(swipes.images, swipes.liked, count)
    average = np.clip(swipes.liked.mean(), SURE, 1 - SURE)
    rates: Floats = (smashes + PRIOR_SWIPES * average) / (
        np.bincount(swipes.images, minlength=count) + PRIOR_SWIPES
    )
    return rates


def _surprise(swipes: _Swipes, popularity: Floats) -> Floats:
    """Return by how much each verdict differs from what was to be expected."""
    expected = popularity[swipes.images]
    sums = np.bincount(swipes.viewers, swipes.liked - expected)
    offsets = sums / (np.bincount(swipes.viewers) + PRIOR_SWIPES)
    foreseen = np.clip(expected + offsets[swipes.viewers], SURE, 1 - SURE)
    difference: Floats = swipes.liked - foreseen
    return difference


def _fit(swipes: _Swipes, width: int, calibration: LogisticWeights, seed: int) -> ImageFactors:
    """Return the factors of all images, learnt from ``swipes``."""
    images, viewers = len(swipes.ordinals), int(swipes.viewers.max()) + 1
    popularity = _popularity(swipes).astype(np.float32)
    surprise = _surprise(swipes, popularity.astype(np.float64))
    passed = swipes.liked == 0
    rows = np.concatenate([swipes.viewers, swipes.viewers + viewers])
    columns = np.concatenate([swipes.images + images * passed, swipes.images + images * ~passed])
    confidence = np.tile(CONFIDENCE * np.abs(surprise), 2).astype(np.float32)
    matrix = csr_matrix((confidence, (rows, columns)), (2 * viewers, 2 * images))
    with warnings.catch_warnings():
        # implicit asks for fewer threads of the linear algebra; that is about speed alone.
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="implicit")
        model = AlternatingLeastSquares(
            factors=width,
            regularization=REGULARISATION,
            alpha=1.0,
            iterations=_PASSES,
            random_state=seed,
            num_threads=1,
        )
        model.fit(matrix, show_progress=False)
    vectors = np.ascontiguousarray(
        model.item_factors[:images] - model.item_factors[images:], np.float32
    )
    digest = sha256(swipes.ordinals.tobytes() + popularity.tobytes() + vectors.tobytes())
    gram = vectors.T.astype(np.float64) @ vectors.astype(np.float64)
    version = digest.hexdigest()[:12]
    return ImageFactors(version, swipes.ordinals, popularity, vectors, gram, calibration)


def _features(factors: ImageFactors, known: _Swipes, asked: _Swipes) -> Floats:
    """Return what is known of ``asked`` swipes when viewers are known by ``known`` ones.

    Viewers are folded in exactly as when a deck is dealt.
    """
    places_by_viewer = dict(known.by_viewer())
    features = np.empty((len(asked.images), 3))
    for viewer, places in asked.by_viewer():
        earlier = places_by_viewer[viewer]
        vector = factors.fold_in(known.images[earlier], known.liked[earlier])
        features[places] = factors.features(vector, asked.images[places])
    return features


def _calibration(features: Floats, liked: Floats) -> LogisticWeights:
    """Return the weights that make probabilities of ``features``."""
    # Products of vectors are small numbers: scaled, so that all weights are regularised alike.
    scale = float(features[:, 2].std())
    if scale < _NOTHING:
        intercept, popularity, offset = logistic(features[:, :2], liked).tolist()
        return LogisticWeights(intercept, popularity, offset, 0.0)
    intercept, popularity, offset, match = logistic(features / (1, 1, scale), liked).tolist()
    return LogisticWeights(intercept, popularity, offset, match / scale)


def _weighted(features: Floats, calibration: LogisticWeights) -> Floats:
    weights = np.array([calibration.popularity, calibration.offset, calibration.match])
    logits: Floats = features @ weights + calibration.intercept
    return logits


def _tag_matrix(ordinals: NDArray[np.uint32], tags_of: TagsOf) -> csr_matrix:
    """Return images × tags; 1 where an image has a tag."""
    rows: list[int] = []
    columns: list[int] = []
    for row, ordinal in enumerate(ordinals.tolist()):
        tags = list(tags_of(Ordinal(ordinal)))
        rows += [row] * len(tags)
        columns += tags
    shape = (len(ordinals), max(columns, default=0) + 1)
    return csr_matrix((np.ones(len(rows)), (rows, columns)), shape)


def _by_tags(
    fitting: _Swipes, checking: _Swipes, earlier: _Swipes, later: _Swipes, tags: csr_matrix
) -> Floats:
    """Return what tags foresee: popularity, and how the viewer liked the tags of an image."""
    weights = logistic(_tag_features(fitting, checking, tags), checking.liked)
    foreseen: Floats = _tag_features(earlier, later, tags) @ weights[1:]
    return foreseen


def _tag_features(known: _Swipes, asked: _Swipes, tags: csr_matrix) -> Floats:
    """Return the log-odds of popularity, and the mean affinity of the viewer to the tags.

    The affinity to a tag is the mean surprise of the viewer's verdicts on images with it, drawn
    towards 0 by average swipes as all else.
    """
    popularity = _popularity(known)
    surprise = _surprise(known, popularity)
    places_by_viewer = dict(known.by_viewer())
    affinity = np.zeros(len(asked.images))
    for viewer, places in asked.by_viewer():
        earlier = places_by_viewer[viewer]
        seen = tags[known.images[earlier]]
        counts = np.asarray(seen.sum(axis=0)).ravel()
        likes = seen.T @ surprise[earlier] / (counts + PRIOR_SWIPES)
        shown = tags[asked.images[places]]
        numbers = np.maximum(np.asarray(shown.sum(axis=1)).ravel(), 1)
        affinity[places] = (shown @ likes) / numbers
    asked_popularity = popularity[asked.images]
    return np.stack([np.log(asked_popularity / (1 - asked_popularity)), affinity], axis=1)
