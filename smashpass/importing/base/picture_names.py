"""Classifies files by name: a supported picture, an unsupported one, or clutter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

PICTURES = (".jpg", ".jpeg", ".jfif", ".jpe", ".png", ".apng", ".webp", ".gif", ".avif")
"""How the names of pictures end, in small letters."""

_NOT_READ = frozenset(
    {".arw", ".bmp", ".cr2", ".cr3", ".cur", ".dds", ".dib", ".dng", ".emf", ".eps", ".exr"}
    | {".heic", ".heif", ".hif", ".ico", ".j2c", ".j2k", ".jp2", ".jpf", ".jpx", ".jxl", ".jxr"}
    | {".nef", ".orf", ".pbm", ".pcx", ".pgm", ".pnm", ".ppm", ".psd", ".qoi", ".raf", ".rw2"}
    | {".svg", ".svgz", ".tga", ".tif", ".tiff", ".wdp", ".wmf", ".xbm", ".xcf", ".xpm"}
)
NOTHING_PASSED_OVER: Mapping[str, int] = MappingProxyType({})
"""Files of a collection that are skipped, other than folders and archives."""

_CLUTTER = frozenset({"@eadir", "__macosx", "thumbs.db"})


def count_passed_over(name: str, counts: Counter[str]) -> None:
    """Count a file in ``counts`` by its ending if it is named like an unsupported picture."""
    _, point, last = name.lower().rpartition(".")
    ending = point + last
    if ending in _NOT_READ:
        counts[ending] += 1


def is_clutter(name: str) -> bool:
    """Whether a file or folder belongs to an operating system and not to the collection.

    Hidden ones do, resource forks of a Mac (``._a.png``) among them, and folders of thumbnails.
    """
    return name.startswith(".") or name.lower() in _CLUTTER
