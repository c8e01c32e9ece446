"""A simulated crowd whose taste is known: for tags, and for what only the pictures show.

The crowd likes or dislikes how bright, colourful, warm, rich in contrast and busy a picture is, as
far as its tags do not tell (the tag of a blue background tells a lot). So whoever knows the tags
alone cannot know all, and the truth is the best that anybody could know about swipes that are drawn
by chance.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

TAG_WEIGHT, VISUAL_WEIGHT = 0.5, 0.75
"""Standard deviations, in log-odds, of what tags and what visible terms add."""
OWN_WEIGHT = 0.3
"""That of how much more than others a viewer likes everything."""
_TAGS = 40
_RARE, _COMMON = 0.02, 0.6


@dataclass(frozen=True)
class SeenImage:
    """An image as the crowd sees it: its tags, and a picture file."""

    tags: frozenset[str]
    picture: bytes


def visible_terms(picture: bytes) -> Floats:
    """Return brightness, colourfulness, warmth, contrast and busyness of a picture file, [5]."""
    with Image.open(io.BytesIO(picture)) as opened:
        pixels = np.asarray(opened.convert("RGB").resize((64, 64)), dtype=np.float64) / 255
    grey = pixels.mean(axis=2)
    edges = np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()
    colourfulness = (pixels.max(axis=2) - pixels.min(axis=2)).mean()
    warmth = pixels[..., 0].mean() - pixels[..., 2].mean()
    return np.array([grey.mean(), colourfulness, warmth, grey.std(), edges])


def true_rates(images: Sequence[SeenImage], random: np.random.Generator) -> Floats:
    """Return the probability that somebody of average taste smashes each image, [n]."""
    shares = {
        tag: sum(tag in image.tags for image in images) / len(images)
        for tag in frozenset().union(*(image.tags for image in images))
    }
    telling = sorted(tag for tag, share in shares.items() if _RARE <= share <= _COMMON)
    chosen = random.permutation(telling)[:_TAGS]
    has_tag = np.array([[tag in image.tags for tag in chosen] for image in images], dtype=float)
    seen = np.array([visible_terms(image.picture) for image in images])
    by_tags = _standardised(has_tag @ random.normal(size=len(chosen)))
    untold = _standardised(_not_told(_standardised(seen), images, telling))
    by_sight = _standardised(untold @ random.normal(size=seen.shape[1]))
    logits = TAG_WEIGHT * by_tags + VISUAL_WEIGHT * by_sight - 0.2
    return 1 / (1 + np.exp(-logits))


def swipes_of(
    rates: Floats, swipes: int, viewers: int, random: np.random.Generator
) -> list[list[tuple[int, bool]]]:
    """Return for each viewer the places of the images they swipe, with what they say.

    Each image is swiped ``swipes`` times, by different viewers, who like everything a little more
    or less than others.
    """
    own = random.normal(scale=OWN_WEIGHT, size=viewers)
    logits = np.log(rates / (1 - rates))
    by_viewer: list[list[tuple[int, bool]]] = [[] for _ in range(viewers)]
    for place, logit in enumerate(logits):
        for viewer in random.choice(viewers, size=min(swipes, viewers), replace=False):
            chance = 1 / (1 + np.exp(-(logit + own[viewer])))
            by_viewer[viewer].append((place, bool(random.random() < chance)))
    for viewer_swipes in by_viewer:
        random.shuffle(viewer_swipes)
    return by_viewer


def _not_told(terms: Floats, images: Sequence[SeenImage], tags: Sequence[str]) -> Floats:
    """Return what is left of terms [n, k] after the best guess from the tags is taken away."""
    has_tag = np.array([[1.0, *(tag in image.tags for tag in tags)] for image in images])
    guess, *_ = np.linalg.lstsq(has_tag, terms, rcond=None)
    return terms - has_tag @ guess


def _standardised(values: Floats) -> Floats:
    """Return values of mean 0 and deviation 1, by column."""
    deviation = values.std(axis=0)
    return (values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
