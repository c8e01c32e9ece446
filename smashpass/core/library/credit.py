"""Where an image comes from and on what terms: the statements that the gate requires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smashpass.core.pictures.picture import Picture

Depicts = Literal["adult", "creature", "object", ""]
"""What an image shows; "" only in quarantine, where nothing was stated."""


@dataclass(frozen=True, slots=True)
class Credit:
    """The credit of an image; many images share one.

    Attributes:
        source: Name of the collection; with the row's key it identifies an image.
        licence: SPDX id or URL. In quarantine these fields hold what was stated, or "".
        digital_source_type: IPTC term, such as ``trainedAlgorithmicMedia``.
        real_person: Whether a real person is shown; ``consent`` must then be given. True where
            nothing was stated.
        depicts: ``adult``, ``creature`` or ``object``.
        author: Who made it; "" if not stated.
        generator: The program that made it; "" if not stated.
        consent: Reference to the recorded consent; "" if none is needed.
    """

    source: str
    licence: str
    digital_source_type: str
    real_person: bool
    depicts: Depicts
    author: str = ""
    generator: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image that is being imported.

    Attributes:
        key: The source's own key (its ``id`` or relative path), unique within the source.
        tags: Normalised tag names, without duplicates, as read.
        attributes: Numeric columns by bare name (``score``), without width and height.
        line: Where it was read: line or row number from 1.
        refusal: "" for an image that may be served, else the reason for its quarantine.
        file: Its picture, relative to the folder of the collection; "" if none is named.
        picture: What that file is, once it was looked at.
    """

    key: str
    tags: tuple[str, ...]
    credit: Credit
    line: int
    width: int | None = None
    height: int | None = None
    label: str = ""
    attributes: tuple[tuple[str, float], ...] = ()
    refusal: str = ""
    file: str = ""
    picture: Picture | None = None
