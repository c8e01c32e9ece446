"""The pictures below a folder, in the order of names; links are not followed."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from smashpass.importing.base.files import reading
from smashpass.importing.base.picture_names import PICTURES, count_passed_over, is_clutter

_DEEPEST = 100


class PictureEntry(NamedTuple):
    """A picture below a folder: its path relative to it, and the names in the same folder."""

    name: str
    beside: frozenset[str]
    is_file: bool


class UnreadableFolder(NamedTuple):
    """A folder below a folder that could not be read: its relative path, and why."""

    name: str
    reason: str


class Level(NamedTuple):
    """One folder: its path relative to the root, and its files by name; ``closed`` says why not."""

    name: str
    files: Sequence[os.DirEntry[str]]
    closed: str = ""


def pictures_in(root: str, passed_over: Counter[str]) -> Iterator[PictureEntry | UnreadableFolder]:
    """Yield the files named like pictures below ``root``, in the order of names.

    Pictures of kinds that are not read are counted in ``passed_over``, by their ending.

    Raises:
        NotFound: There is no such folder.
        BadInput: ``root`` itself cannot be read.
    """
    for level in levels(root):
        if level.closed:
            yield UnreadableFolder(level.name, level.closed)
            continue
        beside = frozenset(entry.name for entry in level.files)
        start = f"{level.name}/" if level.name else ""
        for entry in level.files:
            if entry.name.lower().endswith(PICTURES):
                yield PictureEntry(start + entry.name, beside, _is_file(entry))
            else:
                count_passed_over(entry.name, passed_over)


def levels(root: str, inside: str = "", depth: int = 0) -> Iterator[Level]:
    """Yield every folder below ``root``, itself first, with its content; clutter is left out.

    Raises:
        NotFound: There is no such folder.
        BadInput: ``root`` itself cannot be read.
    """
    if depth > _DEEPEST:
        yield Level(inside, (), f"it lies over {_DEEPEST} folders deep")
        return
    try:
        entries = _entries(f"{root}/{inside}" if inside else root)
    except OSError as error:
        if not inside:
            with reading(Path(root)):
                raise
        yield Level(inside, (), error.strerror or type(error).__name__)
        return
    files: list[os.DirEntry[str]] = []
    folders: list[os.DirEntry[str]] = []
    for entry in entries:
        (folders if _is_folder(entry) else files).append(entry)
    yield Level(inside, files)
    for entry in folders:
        below = f"{inside}/{entry.name}" if inside else entry.name
        yield from levels(root, below, depth + 1)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """List a folder by name, without clutter."""
    with os.scandir(folder) as entries:
        return sorted(
            (entry for entry in entries if not is_clutter(entry.name)), key=lambda entry: entry.name
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder; an unreadable one is refused later as a file."""
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a readable regular file."""
    try:
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False
