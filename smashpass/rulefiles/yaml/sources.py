"""Rule files as texts by path, and which paths may be theirs.

Files are named by their path relative to the rules folder, with ``/``. Nothing outside that
folder is ever opened, by ``..``, by absolute paths or by symbolic links.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

from smashpass.core.errors import BadInput
from smashpass.rulefiles.grammar import MAX_FILE_BYTES, MAX_PATH, SUFFIXES
from smashpass.rulefiles.report import quote


class SourceRefused(BadInput):
    """A path that is not read; becomes a problem with ``problem_code`` where it is used."""

    def __init__(self, problem_code: str, detail: str, hint: str) -> None:
        """Keep the parts of the problem."""
        super().__init__(detail, hint=hint)
        self.problem_code = problem_code


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
