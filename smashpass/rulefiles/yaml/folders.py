"""Rule files on disk: a folder, or one file with its includes.

Paths are followed to the end before anything is opened, so that no link leads out of the folder.
Messages show them as they were typed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from smashpass.core.errors import NotFound, NotPossible
from smashpass.rulefiles.grammar import MAX_FILE_BYTES
from smashpass.rulefiles.yaml.sources import (
    SourceRefused,
    TextSources,
    is_rule_file,
    joined,
    leaves,
    no_file,
    no_path,
    visible,
)

ROOT_NAME = "rules"

TypedPath = str | os.PathLike[str]
"""A path as typed. ``Path`` would drop a leading ``./`` and a trailing ``/``."""


class FolderSources:
    """Files under a folder: all of them, or one with what it includes."""

    def __init__(self, root: Path, files: Sequence[Path], typed: Mapping[Path, str]) -> None:
        """Keep the files to load.

        Args:
            root: The rules folder, without links.
            files: The files in it to load.
            typed: Names of files and folders in messages: that of a file, else that of the nearest
                folder above it, joined with the path below. The root is among them.
        """
        self._root = root
        self._typed = typed
        self._refused: dict[str, SourceRefused] = {}
        self._keys = sorted({self._key(file) for file in files})

    def paths(self) -> Sequence[str]:
        """Return the paths of the files, sorted."""
        return self._keys

    def display_name(self, key: str) -> str:
        """Return the path as it was typed; below a folder, joined with what was typed for it."""
        path = Path(os.path.normpath(self._root / key))
        above = next(
            (ancestor for ancestor in (path, *path.parents) if ancestor in self._typed), self._root
        )
        below = os.path.relpath(path, above)
        typed = self._typed[above]
        return visible(typed if path == above else os.path.join(typed, below))  # noqa: PTH118

    def read(self, key: str) -> bytes:
        """Return the content of a file, cut behind the limit."""
        if key in self._refused:
            raise self._refused[key]
        try:
            with (self._root / key).open("rb") as file:
                return file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise SourceRefused(
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
        """Return the path of a file; one that a link leads outside the folder is never opened."""
        real = Path(os.path.realpath(file))
        if real.is_relative_to(self._root):
            key = real.relative_to(self._root).as_posix()
            if not key.isprintable():
                self._refused[key] = no_path(key)
            return key
        key = Path(os.path.relpath(file, self._root)).as_posix()
        self._refused[key] = leaves(file.name, "by a symbolic link")
        return key


class ManySources:
    """Several rules folders side by side; nothing in one can include from another."""

    def __init__(self, parts: Sequence[FolderSources]) -> None:
        """Keep the folders; each path begins with the number of its folder."""
        self._parts = parts

    def paths(self) -> Sequence[str]:
        """Return all paths."""
        return [f"{at}/{key}" for at, part in enumerate(self._parts) for key in part.paths()]

    def display_name(self, key: str) -> str:
        """Return the name of the file in its folder."""
        part, inner = self._part(key)
        return part.display_name(inner)

    def read(self, key: str) -> bytes:
        """Return the content of a file."""
        part, inner = self._part(key)
        return part.read(inner)

    def find(self, key: str, include: str) -> str:
        """Return the path of what is included, in the same folder."""
        part, inner = self._part(key)
        return f"{key.partition('/')[0]}/{part.find(inner, include)}"

    def _part(self, key: str) -> tuple[FolderSources, str]:
        number, _, inner = key.partition("/")
        return self._parts[int(number)], inner


Sources = FolderSources | ManySources | TextSources
"""The files to load; ``find`` and ``read`` raise SourceRefused for a path that is not read."""


@dataclass(slots=True)
class _Folder:
    """The typed paths that belong to one rules folder."""

    files: list[Path] = field(default_factory=list)
    typed: dict[Path, str] = field(default_factory=dict)


def folder_sources(paths: Sequence[TypedPath]) -> list[FolderSources]:
    """Return the rule files that ``paths`` name, one source for each rules folder.

    A folder is its own rules folder. That of a file is its nearest ancestor named ``rules``,
    else the folder that holds it.

    Raises:
        NotFound: There is no such folder or file, or a folder holds no rule file.
        NotPossible: A folder cannot be read.
    """
    folders: dict[Path, _Folder] = {}
    for path in paths:
        typed = os.fspath(path)
        is_folder = _is_folder(typed)
        real = Path(os.path.realpath(typed))
        if is_folder:
            folder = folders.setdefault(real, _Folder())
            folder.files += _files_below(real, typed)
        else:
            roots = (parent for parent in real.parents if parent.name == ROOT_NAME)
            root = next(roots, real.parent)
            folder = folders.setdefault(root, _Folder())
            folder.files.append(real)
            folder.typed.setdefault(root, _as_typed(root, typed))
        folder.typed.setdefault(real, typed)
    return [FolderSources(root, content.files, content.typed) for root, content in folders.items()]


def _is_folder(typed: str) -> bool:
    """Tell a folder from a file.

    Raises:
        NotFound: It is neither.
        NotPossible: A folder above it may not be searched.
    """
    try:
        mode = os.stat(typed).st_mode  # noqa: PTH116 - a Path would not be what was typed
    except PermissionError as error:
        raise _unreadable(typed, error) from error
    except (OSError, ValueError):
        mode = 0
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise NotFound("no such file or folder", where=visible(typed), hint="check the path")
    return stat.S_ISDIR(mode)


def _files_below(folder: Path, typed: str) -> list[Path]:
    """Return the rule files below a folder; links to folders are not followed."""

    def refuse(error: OSError) -> None:
        below = os.path.relpath(error.filename, folder)
        path = typed if below == "." else os.path.join(typed, below)  # noqa: PTH118
        raise _unreadable(path, error) from error

    files = [
        Path(above, name)
        for above, _, names in os.walk(folder, onerror=refuse)
        for name in names
        if is_rule_file(name) and _may_be_file(os.path.join(above, name))  # noqa: PTH118
    ]
    if not files:
        raise NotFound(
            "no rule file is in the folder",
            where=visible(typed),
            hint="rule files end in .yaml or .yml",
        )
    return files


def _may_be_file(path: str) -> bool:
    """Whether it is a file, or unreadable, which reading it will report."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except PermissionError:
        return True
    except OSError:  # a link that leads nowhere
        return False


def _unreadable(path: str, error: OSError) -> NotPossible:
    return NotPossible(
        f"the folder cannot be read: {error.strerror}",
        where=visible(path),
        hint="check it and its rights",
    )


def _as_typed(root: Path, typed: str) -> str:
    """Return the path of a folder above a file, spelled as the path of the file is."""
    folder = os.path.dirname(typed)  # noqa: PTH120
    for _ in Path(os.path.realpath(typed)).parents:
        if os.path.realpath(folder or os.curdir) == str(root):
            return folder
        name = os.path.basename(folder)  # noqa: PTH119
        if folder in ("", os.curdir):
            folder = os.pardir
        elif name in ("", os.curdir, os.pardir):
            folder = os.path.join(folder, os.pardir)  # noqa: PTH118
        else:
            folder = os.path.dirname(folder)  # noqa: PTH120
    # The file was reached by a link from elsewhere.
    return str(root) if os.path.isabs(typed) else os.path.relpath(root)  # noqa: PTH117
