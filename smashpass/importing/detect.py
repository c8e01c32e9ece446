"""Detects the format of a collection from its content; asks for it if in doubt."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from smashpass.core.errors import BadInput, NotFound
from smashpass.importing.base.files import first_bytes, reading
from smashpass.importing.base.picture_names import PICTURES, is_clutter
from smashpass.importing.base.shards import TARS, is_shard
from smashpass.importing.base.walk import pictures_in
from smashpass.importing.detect_text import TAGS, guess_text
from smashpass.importing.formats.csvfile import CSVFile
from smashpass.importing.formats.imagefolder import ImageFolder, metadata_of
from smashpass.services.importing.ports import Reader

FORMATS = (
    "csv",
    "imagefolder",
    "folder",
    "danbooru",
    "e621",
    "gelbooru",
    "szurubooru",
    "kohya",
    "webdataset",
    "parquet",
    "celeba",
    "coco",
    "embedded",
    "tags",
)
"""Every format that can be named; ``tags`` is a tag dictionary, which brings no images."""

_LOOKED_AT = 200


class Detected(NamedTuple):
    """A format, and how it was recognised."""

    format: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How a collection is to be read.

    Attributes:
        pictures: Whether to read the pictures inside archives.
        tags_in_names: Whether the words of folder and file names are tags.
        tags_at: Where the tags are in ``.json`` sidecars.
    """

    pictures: bool = True
    tags_in_names: bool = False
    tags_at: str = ""


def detect(path: Path) -> Detected:
    """Return the format of a collection.

    Raises:
        NotFound: There is nothing at ``path``.
        BadInput: The format cannot be determined; asks for ``--format``.
    """
    with reading(path):
        if not path.exists():
            if "{" in path.name and path.name.lower().endswith(TARS):
                return Detected("webdataset", "a range of tar files")
            raise NotFound("there is no such file or folder", where=str(path))
        is_folder = path.is_dir()
    if is_folder:
        return _of_folder(path)
    sample = first_bytes(path)
    if sample.startswith(b"PAR1"):
        return Detected("parquet", "the file begins with PAR1")
    if sample[257:262] == b"ustar":
        return Detected("webdataset", "a tar file")
    format_name, reason = guess_text(path, sample)
    if not format_name:
        raise _unknown(path, reason)
    return Detected(format_name, reason)


def _of_folder(path: Path) -> Detected:
    """Return the format of a folder."""
    names = metadata_of(path)
    if names:
        return Detected("imagefolder", f"a folder with {names[0]}")
    with reading(path):
        present = sorted(os.listdir(path))  # noqa: PTH208 - names are wanted, not paths
    for endings, format_name in ((TARS, "webdataset"), ((".parquet",), "parquet")):
        shard = next((name for name in present if is_shard(name, *endings)), "")
        if shard:
            return Detected(format_name, f"a folder with {shard}")
    pictures, sidecars = _beside(path)
    if sidecars:
        return Detected(
            "folder", f"{sidecars} of the first {pictures} pictures have a file beside them"
        )
    passed_over: Counter[str] = Counter()
    for _ in () if pictures else pictures_in(str(path), passed_over):
        pass
    if passed_over:
        kinds = ", ".join(f"{ending} {count:,}" for ending, count in passed_over.most_common())
        raise BadInput(
            f"no pictures that can be read: passed over {kinds}",
            where=str(path),
            hint="save them as PNG or JPEG",
        )
    content = (
        "pictures with nothing beside them" if pictures else "no pictures, tables or tar files"
    )
    raise _unknown(
        path, f"a folder with {content}; its tags may be in the pictures or in the names"
    )


def _beside(path: Path) -> tuple[int, int]:
    """Return how many pictures were checked, and how many have sidecars."""
    pictures = sidecars = 0
    with reading(path):
        for _, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not is_clutter(name))
            beside = set(names)
            for name in names:
                if name.lower().endswith(PICTURES) and not is_clutter(name):
                    pictures += 1
                    stem = name.rpartition(".")[0]
                    ways = (f"{name}.txt", f"{stem}.txt", f"{stem}.caption", f"{name}.json")
                    sidecars += not beside.isdisjoint((*ways, f"{stem}.json"))
                if pictures >= _LOOKED_AT:
                    return pictures, sidecars
    return pictures, sidecars


def open_reader(path: Path, name: str = "auto", wish: ReadOptions | None = None) -> Reader:
    """Return the reader for a collection; ``auto`` detects the format.

    Raises:
        NotFound: There is nothing at ``path``.
        BadInput: The format cannot be determined, or the collection is not of this format.
    """
    wish = wish or ReadOptions()
    format_name = detect(path).format if name == "auto" else name
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as error:
        where = ascii(str(path))
        raise BadInput("the path is not UTF-8", where=where, hint="rename it") from error
    if format_name == "imagefolder":
        if path.exists() and not path.is_dir():
            raise BadInput("an imagefolder is a folder", where=str(path), hint="name the folder")
        return ImageFolder(path)
    if format_name == TAGS:
        raise BadInput(
            "a tag dictionary contains no images",
            where=str(path),
            hint=f"smashpass tags import {path}",
        )
    if path.is_dir() and format_name not in _FOLDERS:
        kind = "a CSV file" if format_name == "csv" else f"a {format_name} file"
        raise BadInput(f"this is a folder, not {kind}", where=str(path), hint="name the file in it")
    try:
        return _READERS[format_name](path, wish)
    except gzip.BadGzipFile as error:
        raise BadInput(f"the gzip file is damaged: {error}", where=str(path)) from error


_FOLDERS = frozenset({"folder", "embedded", "webdataset", "parquet"})


def _folder(path: Path, wish: ReadOptions) -> Reader:
    from smashpass.importing.formats.folder import Folder

    return Folder(path, tags_in_names=wish.tags_in_names, tags_at=wish.tags_at)


def _embedded(path: Path, wish: ReadOptions) -> Reader:
    from smashpass.importing.formats.embedded import Embedded

    return Embedded(path, tags_in_names=wish.tags_in_names)


def _danbooru(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.danbooru import open_danbooru

    return open_danbooru(path)


def _e621(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.e621 import open_e621

    return open_e621(path)


def _gelbooru(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.gelbooru import open_gelbooru

    return open_gelbooru(path)


def _szurubooru(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.szurubooru import open_szurubooru

    return open_szurubooru(path)


def _kohya(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.kohya import Kohya

    return Kohya(path)


def _webdataset(path: Path, wish: ReadOptions) -> Reader:
    from smashpass.importing.formats.webdataset import WebDataset

    return WebDataset(path, pictures=wish.pictures)


def _parquet(path: Path, wish: ReadOptions) -> Reader:
    from smashpass.importing.formats.parquet import Parquet

    return Parquet(path, pictures=wish.pictures)


def _celeba(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.celeba import CelebA

    return CelebA(path)


def _coco(path: Path, _: ReadOptions) -> Reader:
    from smashpass.importing.formats.coco import Coco

    return Coco(path)


_READERS: dict[str, Callable[[Path, ReadOptions], Reader]] = {
    "csv": lambda path, _: CSVFile(path),
    "folder": _folder,
    "embedded": _embedded,
    "danbooru": _danbooru,
    "e621": _e621,
    "gelbooru": _gelbooru,
    "szurubooru": _szurubooru,
    "kohya": _kohya,
    "webdataset": _webdataset,
    "parquet": _parquet,
    "celeba": _celeba,
    "coco": _coco,
}


def _unknown(path: Path, reason: str) -> BadInput:
    """Return the error for an undetermined format."""
    return BadInput(
        f"cannot tell the format: {reason}",
        where=str(path),
        hint=f"name it with --format {'|'.join(FORMATS)}",
    )
