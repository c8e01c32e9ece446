"""The IPTC digital source types, which say how a picture was made, with descriptions."""

from __future__ import annotations

from collections.abc import Mapping

AI_TYPES = frozenset(
    {"compositeSynthetic", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"}
)
"""Those that AI made, or may have made, wholly or in part: cards say so at first view."""

# Source: https://cv.iptc.org/newscodes/digitalsourcetype/ (digitalArt, minorHumanEdits and
# softwareImage are retired there, and still in many files).
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

ADDRESS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""What a term follows in an address."""

_PREFIXES = (ADDRESS, ADDRESS.replace("http:", "https:"), "digsrctype:")
_BY_FOLDED_NAME = {name.casefold(): name for name in SOURCE_TYPES}
_STRENGTH = {
    "trainedAlgorithmicMedia": 3,
    "compositeWithTrainedAlgorithmicMedia": 2,
    "compositeSynthetic": 1,
}
"""How much of a picture AI made; all other terms deny that, and none of them is above another."""


def digital_source_type_of(text: str) -> str | None:
    """Return the IPTC term that ``text`` names or is the address of, or None."""
    folded = text.casefold()
    for prefix in _PREFIXES:
        folded = folded.removeprefix(prefix)
    return _BY_FOLDED_NAME.get(folded)


def stronger(stands: str, says: str) -> str:
    """Return the term that holds where ``stands`` was stated and something else ``says`` another.

    More AI outweighs less; otherwise what stands remains. "" states nothing.
    """
    if not stands or _STRENGTH.get(says, 0) > _STRENGTH.get(stands, 0):
        return says
    return stands


def describe_source_type(name: str) -> str:
    """Describe how a picture was made: ``made by AI``; the term itself if it is unknown."""
    short = name.rpartition("/")[2]
    return SOURCE_TYPES.get(short, short)


def made_by_ai(name: str) -> bool:
    """Whether a picture must be labelled as made by AI."""
    return name.rpartition("/")[2] in AI_TYPES
