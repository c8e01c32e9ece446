"""Where rule files come from: a folder, one file with its includes, or texts by path.

Files are named by their path relative to the rules folder, with ``/``. Nothing outside that
folder is ever opened, by ``..``, by absolute paths or by symbolic links.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Protocol

from smashpass.core.errors import BadInput
from smashpass.rulefiles.grammar import MAX_FILE_BYTES, MAX_PATH, SUFFIXES
from smashpass.rulefiles.report import quote


class SourceRefused(BadInput):
    """A path that is not read; becomes a problem with ``problem_code`` where it is used."""

    def __init__(self, problem_code: str, detail: str, hint: str) -> None:
        """Keep the parts of the problem."""
        super().__init__(detail, hint=hint)
        self.problem_code = problem_code


class Sources(Protocol):
    """The files of one rules folder."""

    def paths(self) -> Sequence[str]:
        """Return the paths of the files to load, sorted; includes may add others."""

    def display_name(self, key: str) -> str:
        """Return the name of the file in messages."""

    def read(self, key: str) -> bytes:
        """Return at most one byte more than a file may have.

        Raises:
            Refused: The file cannot be read, or the path may not be.
        """

    def find(self, key: str, include: str) -> str:
        """Return the path that ``include`` refers to in the file ``key``.

        Raises:
            Refused: It leaves the folder, or does not exist.
        """


class TextSources:
    """Files passed as texts by their paths."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Keep texts by relative path with ``/``."""
        self._texts = dict(texts)

    def paths(self) -> Sequence[str]:
        """Return all paths, sorted."""
        return sorted(self._texts)

    def display_name(self, key: str) -> str:
        """Return the path itself."""
        return visible(key)

    def read(self, key: str) -> bytes:
        """Return the text as UTF-8; a path that no folder could have is refused."""
        if (
            posixpath.normpath(key) != key
            or _outside(key)
            or not is_rule_file(key)
            or not key.isprintable()
        ):
            raise no_path(key)
        return self._texts[key][: MAX_FILE_BYTES + 1].encode("utf-8", "surrogatepass")

    def find(self, key: str, include: str) -> str:
        """Return the path, which must be one of the texts."""
        path = joined(key, include)
        if path not in self._texts:
            raise no_file(include)
        return path


class ManySources:
    """Several rules folders side by side; nothing in one can include from another."""

    def __init__(self, parts: Sequence[Sources]) -> None:
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

    def _part(self, key: str) -> tuple[Sources, str]:
        number, _, inner = key.partition("/")
        return self._parts[int(number)], inner


def joined(key: str, include: str) -> str:
    """Return the path that ``include`` names beside the file ``key``; nothing is opened.

    Raises:
        Refused: The path is absolute or leaves the rules folder, or cannot be that of a rule file.
    """
    path = posixpath.normpath(posixpath.join(posixpath.dirname(key), include))
    if include.startswith("/") or _outside(path):
        raise leaves(include)
    if not is_rule_file(path) or len(path) > MAX_PATH or "\\" in path or "\0" in path:
        raise no_file(include)
    return path


def _outside(path: str) -> bool:
    return path == ".." or path.startswith(("/", "../"))


def is_rule_file(name: str) -> bool:
    """Whether a file of this name is read."""
    return name.endswith(SUFFIXES)


def visible(path: str) -> str:
    """Return a path for messages, without terminal control characters."""
    return "".join(character if character.isprintable() else "�" for character in path)


def no_path(key: str) -> SourceRefused:
    """Return the refusal of a text that is not a valid path."""
    return SourceRefused(
        "E301",
        f"{quote(key)} is not a valid path of a rule file",
        "use a relative path with /, ending in .yaml or .yml",
    )


def leaves(include: str, how: str = "") -> SourceRefused:
    """Return the refusal of a path that leads out of the rules folder."""
    return SourceRefused(
        "E301",
        f"{quote(include)} leaves the rules folder{how and ' ' + how}",
        "include a file below the rules folder, by a relative path",
    )


def no_file(include: str) -> SourceRefused:
    """Return the refusal of a path without a rule file."""
    return SourceRefused(
        "E302",
        f"there is no rule file {quote(include)}",
        "paths are relative to this file, use / and end in .yaml or .yml",
    )
