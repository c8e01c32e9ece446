r"""Finds the file that a record names if its name is spelled slightly differently on disk.

macOS archives write ``ä`` in two characters, Windows writes ``sub\a.png``, and tables have blanks
around their cells. An exact match always comes first.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from unicodedata import normalize

from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.services.importing.ports import ExaminePictures

_REMEMBERED_FOLDERS = 100


class Ambiguous(Exception):
    """Several files match, and none exactly; their names are the arguments."""


class PicturesByName:
    """Examines pictures under their names on disk."""

    def __init__(self, examine: ExaminePictures) -> None:
        """Wrap ``examine``, which makes sure that the files lie in the folder."""
        self._examine = examine
        self._search = NameSearch()

    def examine(
        self, folder: str, names: Sequence[str], source_types: Sequence[str] = ()
    ) -> Sequence[Picture | PictureRefusal]:
        """Return what the files ``names``, relative to ``folder``, are; in their order.

        Cost: one lookup per file; for a missing file, one listing of its folder, once.

        Raises:
            NotPossible: Files cannot be decoded or written.
        """
        root = os.path.realpath(folder)
        located = [self._found(root, name) for name in names]
        stated = source_types or [""] * len(names)
        pairs = zip(located, stated, strict=True)
        present = [(name, term) for name, term in pairs if isinstance(name, str)]
        answers = iter(
            self._examine(folder, [name for name, _ in present], [term for _, term in present])
        )
        return [next(answers) if isinstance(name, str) else name for name in located]

    def _found(self, root: str, name: str) -> str | PictureRefusal:
        """Return the name of a file on disk, or a refusal if it is ambiguous."""
        try:
            return self._search.find(root, name)
        except Ambiguous as error:
            files = " and ".join(ascii(file[:60]) for file in error.args[:2])
            reason = f"several files could be meant by {name[:60]!a}: {files}; rename one"
            return PictureRefusal("ambiguous_name", reason)


class NameSearch:
    """Finds files by their names in other spellings; caches folder listings."""

    def __init__(self) -> None:
        self._listed: dict[str, Mapping[str, Sequence[str]]] = {}

    def find(self, root: str, name: str) -> str:
        """Return the name of a file below ``root``, as it is on the disk.

        ``name`` itself is returned if there is no such file in any spelling, and if it would lead
        out of ``root``: opening it reports that.

        Raises:
            Ambiguous: Several files match.
        """
        if not name or "\0" in name:
            return name
        spellings = list(dict.fromkeys(_spellings(name)))
        for spelling in spellings:
            if os.path.lexists(f"{root}/{spelling}"):
                return spelling
        for spelling in spellings:
            match = self._spelled_otherwise(root, spelling)
            if match:
                return match
        return name

    def _spelled_otherwise(self, root: str, name: str) -> str:
        """Return the path that differs from ``name`` in its Unicode form alone, "" if none does.

        Raises:
            Ambiguous: Several files match.
        """
        parts = name.split("/")
        if any(part in ("", ".", "..") for part in parts):
            return ""
        at = ""
        for part in parts:
            exact = f"{at}/{part}" if at else part
            if not os.path.lexists(f"{root}/{exact}"):
                twins = self._names_in(root, at).get(normalize("NFC", part), ())
                if len(twins) > 1:
                    raise Ambiguous(*twins)
                if not twins:
                    return ""
                exact = f"{at}/{twins[0]}" if at else twins[0]
            at = exact
        return at

    def _names_in(self, root: str, inside: str) -> Mapping[str, Sequence[str]]:
        """Return the names in a folder by their composed form; none outside of ``root``."""
        folder = os.path.realpath(f"{root}/{inside}")
        if not f"{folder}/".startswith(root.rstrip("/") + "/"):
            return {}
        if folder not in self._listed:
            if len(self._listed) >= _REMEMBERED_FOLDERS:
                self._listed.clear()
            names: defaultdict[str, list[str]] = defaultdict(list)
            for name in sorted(_listed(folder)):
                names[normalize("NFC", name)].append(name)
            self._listed[folder] = dict(names)
        return self._listed[folder]


def _spellings(name: str) -> Iterator[str]:
    """Yield possible spellings of a path, likeliest first; none is absolute or leads upwards."""
    for spelling in (name, name.strip(), name.replace("\\", "/"), name.strip().replace("\\", "/")):
        if not spelling.startswith("/") and ".." not in spelling.split("/"):
            yield spelling


def _listed(folder: str) -> Sequence[str]:
    """List a folder; empty if it cannot be read, so that the file counts as missing."""
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are wanted, not paths
    except OSError:
        return ()
