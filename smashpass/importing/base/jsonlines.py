"""Reads a file with one JSON object a line, as a stream."""

from __future__ import annotations

import json
from collections.abc import Generator
from io import BufferedReader
from pathlib import Path
from typing import Any

from smashpass.importing.base.files import MAX_LINE, first_line
from smashpass.importing.base.onefile import OneFile
from smashpass.services.importing.ports import RawRecord, Unreadable


class JSONLines(OneFile):
    """A file of JSON objects, whose names are the columns."""

    format = "jsonl"
    names_files = True

    def __init__(self, path: Path, *, follow: bool = True) -> None:
        """Check the first line.

        Raises:
            NotFound: There is no such file.
            BadInput: It cannot be read, or is not text.
        """
        super().__init__(path, follow=follow)
        first_line(path, follow=follow)

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield the object of every line; blank lines are skipped."""
        with self.opened() as file:
            yield from objects(file)


def objects(file: BufferedReader) -> Generator[RawRecord | Unreadable, None, None]:
    """Yield the object of every line of ``file``; blank lines are skipped."""
    decode = json.JSONDecoder(
        object_pairs_hook=_without_doubles, parse_constant=_refuse_constant
    ).decode
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
            value = decode(text)
        except UnicodeDecodeError:
            yield Unreadable(line, "unreadable", "the line is not UTF-8")
        except RecursionError:
            yield Unreadable(line, "malformed", "lists or objects are nested too deep")
        except ValueError as error:
            yield Unreadable(line, "malformed", f"not JSON: {error}")
        else:
            if isinstance(value, dict):
                yield RawRecord(line, value)
            else:
                yield Unreadable(line, "malformed", "the line is not a JSON object")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; refuse one with a duplicate name."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name occurs twice in one object")
    return members


def _refuse_constant(name: str) -> float:
    """Refuse NaN and the infinities, which Python would take."""
    raise ValueError(f"{name} is no JSON")
