"""How a picture came to be, in words: the IPTC digital source types."""

from __future__ import annotations

from collections.abc import Mapping

AI_TYPES = frozenset(
    {"compositeSynthetic", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"}
)
"""Those that AI made, or may have made, wholly or in part: cards say so at first view."""

SOURCE_TYPES: Mapping[str, str] = {
    "algorithmicMedia": "drawn by a program",
    "algorithmicallyEnhanced": "photo, enhanced by a program",
    "composite": "put together from several pictures",
    "compositeCapture": "put together from photos",
    "compositeSynthetic": "partly made by AI or a program",
    "compositeWithTrainedAlgorithmicMedia": "partly made by AI",
    "computationalCapture": "photo, computed from several",
    "dataDrivenMedia": "drawn from data",
    "digitalArt": "drawn by a person",
    "digitalCapture": "photo",
    "digitalCreation": "drawn by a person",
    "humanEdits": "photo, edited by a person",
    "minorHumanEdits": "photo, slightly edited",
    "negativeFilm": "photo on film",
    "positiveFilm": "photo on film",
    "print": "scan of a print",
    "screenCapture": "screenshot",
    "softwareImage": "drawn by a program",
    "trainedAlgorithmicMedia": "made by AI",
    "virtualRecording": "picture of a virtual scene",
}


def source_words(name: str) -> str:
    """Return how a picture came to be: ``made by AI``; the term itself if it is not known."""
    short = name.rpartition("/")[2]
    return SOURCE_TYPES.get(short, short)


def made_by_ai(name: str) -> bool:
    """Tell whether a picture has to be labelled as made by AI."""
    return name.rpartition("/")[2] in AI_TYPES
