"""Reads a file with one JSON object a line, as a stream."""

from __future__ import annotations

import json
from collections.abc import Generator
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

from smashpass.importing.files import MAX_LINE, fingerprint, first_line, open_regular, reading
from smashpass.services.importing.ports import RawRecord, Unreadable

_BUFFER = 1 << 18


class JSONLines:
    """A file of JSON objects; each names its columns itself."""

    format = "jsonl"

    def __init__(self, path: Path, *, follow: bool = True) -> None:
        """Look at the first line.

        Raises:
            NotFound: There is no such file.
            BadInput: It cannot be read, or is no text.
        """
        first_line(path, follow=follow)
        self._path = path
        self._follow = follow
        self._file: FileIO | None = None
        self.place = str(path.absolute())

    @property
    def folder(self) -> str:
        """The folder that the file lies in."""
        return str(self._path.absolute().parent)

    @property
    def names_files(self) -> bool:
        """Its lines may name a picture each."""
        return True

    @property
    def fingerprint(self) -> str:
        """What changes when the file is written."""
        with open_regular(self._path, follow=self._follow) as file:
            return fingerprint(file)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        with reading(self._path):
            return self._path.stat().st_size

    def position(self) -> int:
        """Return how many bytes were read, in steps of the buffer."""
        file = self._file
        return file.tell() if file is not None and not file.closed else 0

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield the object of every line; blank lines are nothing."""
        decode = json.JSONDecoder(
            object_pairs_hook=_without_doubles, parse_constant=_refuse_constant
        ).decode
        self._file = open_regular(self._path, follow=self._follow)
        with BufferedReader(self._file, _BUFFER) as file, reading(self._path):
            line = 0
            while raw := file.readline(MAX_LINE):
                line += 1
                if len(raw) == MAX_LINE and not raw.endswith(b"\n"):
                    while (rest := file.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                        pass
                    reason = f"the line is longer than {MAX_LINE:,} bytes"
                    yield Unreadable(line, "unreadable", reason)
                    continue
                if line == 1:
                    raw = raw.removeprefix(b"\xef\xbb\xbf")
                try:
                    text = raw.decode().strip()
                    if not text:
                        continue
                    found = decode(text)
                except UnicodeDecodeError:
                    yield Unreadable(line, "unreadable", "the line is not UTF-8")
                except RecursionError:
                    yield Unreadable(line, "malformed", "lists or objects are nested too deep")
                except ValueError as error:
                    yield Unreadable(line, "malformed", f"not JSON: {error}")
                else:
                    if isinstance(found, dict):
                        yield RawRecord(line, found)
                    else:
                        yield Unreadable(line, "malformed", "the line is no JSON object")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; refuse one that says something twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return made


def _refuse_constant(name: str) -> float:
    """Refuse NaN and the infinities, which Python would take."""
    raise ValueError(f"{name} is no JSON")
