"""Which format is it? Found by looking, with the reason; when in doubt, the person is asked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from smashpass.core.errors import BadInput, NotFound
from smashpass.importing.csvfile import CSVFile
from smashpass.importing.files import first_line, reading
from smashpass.importing.imagefolder import ImageFolder, metadata_of
from smashpass.services.importing.columns import KEY_COLUMNS, fold_column
from smashpass.services.importing.ports import Reader

FORMATS = ("csv", "imagefolder")
"""Every format that can be named."""


class Detected(NamedTuple):
    """A format, and what it was recognised by."""

    format: str
    reason: str


def detect(path: Path) -> Detected:
    """Return the format of a collection.

    Raises:
        NotFound: There is nothing at ``path``.
        BadInput: It cannot be told; asks for ``--format``.
    """
    with reading(path):
        if not path.exists():
            raise NotFound("there is no such file or folder", where=str(path))
        is_folder = path.is_dir()
    if is_folder:
        names = metadata_of(path)
        if names:
            return Detected("imagefolder", f"a folder with {names[0]}")
        raise _unknown(path, "a folder without metadata.csv or metadata.jsonl")
    line = first_line(path)
    separator = "\t" if line.count("\t") > line.count(",") else ","
    names = [fold_column(name.strip('" ')) for name in line.split(separator)]
    key = next((name for name in names if name in KEY_COLUMNS), None)
    if key is None:
        raise _unknown(path, f"the first line names none of {', '.join(KEY_COLUMNS)}")
    which = "tabs" if separator == "\t" else "commas"
    return Detected("csv", f"the first line names columns between {which}, {key} among them")


def open_reader(path: Path, name: str = "auto") -> Reader:
    """Return the reader for a collection; ``auto`` looks which format it is.

    Raises:
        NotFound: There is nothing at ``path``.
        BadInput: The format cannot be told, or the collection is not of this format.
    """
    found = detect(path).format if name == "auto" else name
    try:
        str(path.absolute()).encode()
    except UnicodeEncodeError as error:
        where = ascii(str(path))
        raise BadInput("the path is not UTF-8", where=where, hint="rename it") from error
    if found == "imagefolder":
        if path.exists() and not path.is_dir():
            raise BadInput("an imagefolder is a folder", where=str(path), hint="name the folder")
        return ImageFolder(path)
    if path.is_dir():
        raise BadInput(
            "this is a folder, not a CSV file", where=str(path), hint="name the file in it"
        )
    return CSVFile(path)


def _unknown(path: Path, reason: str) -> BadInput:
    """Say that the format cannot be told, and what to do."""
    return BadInput(
        f"cannot tell the format: {reason}",
        where=str(path),
        hint=f"name it with --format {'|'.join(FORMATS)}",
    )
