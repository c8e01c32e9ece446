"""Where rule files come from: a folder, one file with its includes, or texts by path.

Files are named by their path relative to the rules folder, with ``/``. Nothing outside of that
folder is ever opened, by ``..``, by absolute paths or by symbolic links.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from smashpass.core.errors import NotFound
from smashpass.rulefiles.grammar import MAX_FILE_BYTES, MAX_PATH, SUFFIXES
from smashpass.rulefiles.report import quote

ROOT_NAME = "rules"


class Refused(Exception):
    """A path that is not read; ``code`` and ``message`` become a problem where it is named."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        """Keep the parts of the problem."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Sources(Protocol):
    """The files of one rules folder."""

    def paths(self) -> Sequence[str]:
        """Return the paths of the files to load, sorted; includes may add others."""

    def shown(self, key: str) -> str:
        """Return how messages call the file."""

    def read(self, key: str) -> bytes:
        """Return at most one byte more than a file may have.

        Raises:
            Refused: The file cannot be read, or the path may not be.
        """

    def find(self, key: str, include: str) -> str:
        """Return the path of what the file ``key`` calls ``include``.

        Raises:
            Refused: It leaves the folder, or does not exist.
        """


class TextSources:
    """Files given as texts by their paths."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take texts by relative path with ``/``."""
        self._texts = dict(texts)

    def paths(self) -> Sequence[str]:
        """Return all paths, sorted."""
        return sorted(self._texts)

    def shown(self, key: str) -> str:
        """Return the path itself."""
        return visible(key)

    def read(self, key: str) -> bytes:
        """Return the text as UTF-8; a path that no folder could have is refused."""
        if (
            posixpath.normpath(key) != key
            or _outside(key)
            or not _is_rule_file(key)
            or not key.isprintable()
        ):
            raise _no_path(key)
        return self._texts[key][: MAX_FILE_BYTES + 1].encode("utf-8", "surrogatepass")

    def find(self, key: str, include: str) -> str:
        """Return the path, which must be one of the texts."""
        path = joined(key, include)
        if path not in self._texts:
            raise _no_file(include)
        return path


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
            raise _leaves(include, "by a symbolic link")
        if not real.is_file():
            raise _no_file(include)
        return real.relative_to(self._root).as_posix()

    def _key(self, file: Path) -> str:
        """Return the path of a file; one that a link leads out of the folder is never opened."""
        real = Path(os.path.realpath(file))
        if real.is_relative_to(self._root):
            key = real.relative_to(self._root).as_posix()
            if not key.isprintable():
                self._refused[key] = _no_path(key)
            return key
        key = Path(os.path.relpath(file, self._root)).as_posix()
        self._refused[key] = _leaves(file.name, "by a symbolic link")
        return key


class ManySources:
    """Several rules folders side by side; nothing in one can include from another."""

    def __init__(self, parts: Sequence[Sources]) -> None:
        """Take the folders; each path begins with the number of its folder."""
        self._parts = parts

    def paths(self) -> Sequence[str]:
        """Return all paths."""
        return [f"{at}/{key}" for at, part in enumerate(self._parts) for key in part.paths()]

    def shown(self, key: str) -> str:
        """Return how the folder calls the file."""
        part, inner = self._part(key)
        return part.shown(inner)

    def read(self, key: str) -> bytes:
        """Return the content of a file."""
        part, inner = self._part(key)
        return part.read(inner)

    def find(self, key: str, include: str) -> str:
        """Return the path of what is included, in the same folder."""
        part, inner = self._part(key)
        return f"{key.partition('/')[0]}/{part.find(inner, include)}"

    def _part(self, key: str) -> tuple[Sources, str]:
        number, _, inner = key.partition("/")
        return self._parts[int(number)], inner


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
    found = [each for each in path.rglob("*") if _is_rule_file(each.name)]
    files = [each for each in found if os.path.isfile(each)]  # noqa: PTH113
    if not files:
        raise NotFound(
            "no rule file is in the folder", where=str(path), hint="rule files end in .yaml or .yml"
        )
    return files


def joined(key: str, include: str) -> str:
    """Return the path that ``include`` names beside the file ``key``; nothing is opened.

    Raises:
        Refused: The path is absolute or leaves the rules folder, or can be no rule file.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(key), include))
    if include.startswith("/") or _outside(path):
        raise _leaves(include, "")
    if not _is_rule_file(path) or len(path) > MAX_PATH or "\\" in path or "\0" in path:
        raise _no_file(include)
    return path


def _outside(path: str) -> bool:
    return path == ".." or path.startswith(("/", "../"))


def _is_rule_file(name: str) -> bool:
    return name.endswith(SUFFIXES)


def visible(path: str) -> str:
    """Return a path for messages: nothing in it that a terminal obeys."""
    return "".join(each if each.isprintable() else "�" for each in path)


def _no_path(key: str) -> Refused:
    return Refused(
        "E301",
        f"{quote(key)} is no path of a rule file",
        "use a relative path with /, ending in .yaml or .yml",
    )


def _leaves(include: str, how: str) -> Refused:
    return Refused(
        "E301",
        f"{quote(include)} leaves the rules folder{how and ' ' + how}",
        "include a file below the rules folder, by a relative path",
    )


def _no_file(include: str) -> Refused:
    return Refused(
        "E302",
        f"there is no rule file {quote(include)}",
        "paths are relative to this file, use / and end in .yaml or .yml",
    )
