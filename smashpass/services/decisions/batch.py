"""What is recorded of the decisions of one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.values import Value
from smashpass.services.rules.book import RuleBook
from smashpass.services.scoring.scores import Scores

TASTE = "viewer.taste"
"""The attribute that differs from image to image, beside those of the library."""

Count = Callable[[str, int], None]
"""Adds to a number that is watched: ``logged``, ``dropped``, ``compared`` or ``different``."""


class DecidedImage(NamedTuple):
    """One decision as it was answered.

    Attributes:
        ordinal: The image.
        image: Its public id.
        decision: The decision as JSON.
        scores: The scorers' numbers; None where the tree asks for none.
        taste: The viewer's ``viewer.taste`` of the image, None if missing.
    """

    ordinal: Ordinal
    image: str
    decision: bytes
    scores: Scores | None = None
    taste: float | None = None


def with_taste(context: Mapping[str, Value], taste: float | None) -> Mapping[str, Value]:
    """Return the values of attributes that are not the library's, for one image."""
    return context if taste is None else {**context, TASTE: taste}


@dataclass(frozen=True, slots=True)
class DecisionBatch:
    """The decisions of one request, with all that they were made from.

    Attributes:
        at: When, in microseconds since 1970.
        index: The library version that was read.
        book: The rules that decided.
        tree: Id of the tree.
        viewer: Public id of the viewer.
        context: Values of attributes that are not the library's.
        decisions: The decisions.
        active: The active rules at that moment.
        canary: The rules beside them, if some run.
    """

    at: int
    index: Index
    book: RuleBook
    tree: str
    viewer: str
    context: Mapping[str, Value]
    decisions: Sequence[DecidedImage]
    active: RuleBook
    canary: RuleBook | None
