"""Rule files on disk: a folder, or one file with its includes.

Paths are followed to the end before anything is opened, so that no link leads out of the folder.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from smashpass.core.errors import NotFound
from smashpass.rulefiles.grammar import MAX_FILE_BYTES
from smashpass.rulefiles.sources import (
    Refused,
    is_rule_file,
    joined,
    leaves,
    no_file,
    no_path,
    visible,
)

ROOT_NAME = "rules"


class FolderSources:
    """Files under a folder: all of them, or one with what it includes."""

    def __init__(self, root: Path, files: Sequence[Path], *, relative: bool) -> None:
        """Take the folder and the files in it to load; ``relative`` tells how to show them."""
        self._root = Path(os.path.realpath(root))
        self._relative = relative
        self._refused: dict[str, Refused] = {}
        self._keys = sorted({self._key(file) for file in files})

    def paths(self) -> Sequence[str]:
        """Return the paths of the files, sorted."""
        return self._keys

    def shown(self, key: str) -> str:
        """Return the path from the working folder, or the absolute one if that was given."""
        path = str(self._root / key)
        return visible(os.path.relpath(path) if self._relative else path)

    def read(self, key: str) -> bytes:
        """Return the content of a file, cut behind the limit."""
        if key in self._refused:
            raise self._refused[key]
        try:
            with (self._root / key).open("rb") as file:
                return file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise Refused(
                "E302", f"the file cannot be read: {error.strerror}", "check it and its rights"
            ) from error

    def find(self, key: str, include: str) -> str:
        """Return the path of an existing file below the folder."""
        target = self._root / joined(key, include)
        real = Path(os.path.realpath(target))
        if not real.is_relative_to(self._root):
            raise leaves(include, "by a symbolic link")
        if not real.is_file():
            raise no_file(include)
        return real.relative_to(self._root).as_posix()

    def _key(self, file: Path) -> str:
        """Return the path of a file; one that a link leads out of the folder is never opened."""
        real = Path(os.path.realpath(file))
        if real.is_relative_to(self._root):
            key = real.relative_to(self._root).as_posix()
            if not key.isprintable():
                self._refused[key] = no_path(key)
            return key
        key = Path(os.path.relpath(file, self._root)).as_posix()
        self._refused[key] = leaves(file.name, "by a symbolic link")
        return key


def folder_sources(paths: Sequence[Path]) -> list[FolderSources]:
    """Return the rule files that ``paths`` name, one source for each rules folder.

    A folder is its own rules folder. That of a file is its nearest ancestor named ``rules``,
    else the folder that holds it.

    Raises:
        NotFound: There is no such folder or file, or a folder holds no rule file.
    """
    by_root: dict[str, list[Path]] = {}
    for path in paths:
        files = _rule_files(path)
        real = Path(os.path.realpath(path))
        named = (each for each in real.parents if each.name == ROOT_NAME)
        root = real if path.is_dir() else next(named, real.parent)
        by_root.setdefault(str(root), []).extend(files)
    relative = not any(path.is_absolute() for path in paths)
    return [FolderSources(Path(root), files, relative=relative) for root, files in by_root.items()]


def _rule_files(path: Path) -> list[Path]:
    if os.path.isfile(path):  # noqa: PTH113 - never raises
        return [Path(os.path.realpath(path))]
    if not os.path.isdir(path):  # noqa: PTH112 - never raises
        raise NotFound("no such file or folder", where=str(path), hint="check the path")
    found = [each for each in path.rglob("*") if is_rule_file(each.name)]
    files = [each for each in found if os.path.isfile(each)]  # noqa: PTH113
    if not files:
        raise NotFound(
            "no rule file is in the folder", where=str(path), hint="rule files end in .yaml or .yml"
        )
    return files
