"""Reads a folder of pictures described by ``metadata.csv`` or ``metadata.jsonl`` in it."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Mapping
from contextlib import closing
from pathlib import Path

from smashpass.core.errors import BadInput
from smashpass.importing.base.files import reading
from smashpass.importing.base.jsonlines import JSONLines
from smashpass.importing.base.picture_names import NOTHING_PASSED_OVER
from smashpass.importing.formats.csvfile import CSVFile
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.rows.columns import fold_column
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge

METADATA = ("metadata.csv", "metadata.jsonl")


class ImageFolder:
    """A folder whose metadata file names each picture by ``file_name``, relative to the folder.

    Only the metadata is read. A missing picture is not an error here; one that leads out of the
    folder, through a link or by its name, is.
    """

    format = "imagefolder"
    passed_over: Mapping[str, int] = NOTHING_PASSED_OVER
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(self, path: Path) -> None:
        """Find the metadata file.

        Raises:
            NotFound: There is no such folder.
            BadInput: It has no metadata file, or two, or one that cannot be read.
        """
        names = metadata_of(path)
        if len(names) != 1:
            raise BadInput(
                "the folder has both metadata.csv and metadata.jsonl"
                if names
                else "the folder has neither metadata.csv nor metadata.jsonl",
                where=str(path),
                hint="keep one of them" if names else "add one of them",
            )
        file = path / names[0]
        self._inner: CSVFile | JSONLines = (
            CSVFile(file, keys=("file_name",), follow=False)
            if file.suffix == ".csv"
            else JSONLines(file, follow=False)
        )
        self.place = str(path.absolute())
        self._root = os.path.realpath(path)
        self._inside: dict[str, bool] = {}

    @property
    def folder(self) -> str:
        """The folder itself."""
        return self.place

    @property
    def names_files(self) -> bool:
        """Each record is about a picture."""
        return True

    @property
    def fingerprint(self) -> str:
        """What changes when the metadata file is written."""
        return self._inner.fingerprint

    @property
    def size(self) -> int:
        """The size of the metadata file in bytes."""
        return self._inner.size

    def position(self) -> int:
        """Return how many bytes of the metadata file were read."""
        return self._inner.position()

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield the metadata of each picture."""
        with closing(self._inner.records()) as records:
            for record in records:
                yield record if isinstance(record, Unreadable) else self._checked(record)

    def _checked(self, record: RawRecord) -> RawRecord | Unreadable:
        """Return a record if its picture may be read from this folder."""
        name = _file_name(record.fields)
        if not name:
            return Unreadable(record.line, "no_key", "file_name is missing")
        why = self._why_not(name)
        if why:
            return Unreadable(record.line, "bad_path", f"file_name {name[:60]!a} {why}", name)
        return record

    def _why_not(self, name: str) -> str:
        """Return why the picture ``name`` is not read from this folder, "" if nothing is wrong."""
        if "\0" in name:
            return "holds a NUL"
        folder, _, last = name.rpartition("/")
        if name[0] == "/" or ".." in folder.split("/") or last == "..":
            return "leads out of the folder"
        try:
            if folder not in self._inside:
                real_folder = os.path.realpath(f"{self._root}/{folder}")
                self._inside[folder] = f"{real_folder}/".startswith(
                    f"{self._root}/".replace("//", "/")
                )
            if not self._inside[folder]:
                return "leads out of the folder through a link"
            mode = os.lstat(f"{self._root}/{name}").st_mode
        except FileNotFoundError:
            return ""
        except (OSError, ValueError) as error:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"
        return "" if stat.S_ISREG(mode) else "is not a regular file"


def metadata_of(path: Path) -> list[str]:
    """Return which metadata files a folder has."""
    with reading(path):
        present = set(os.listdir(path))  # noqa: PTH208 - names are wanted, not paths
    return [name for name in METADATA if name in present]


def _file_name(fields: Mapping[str, object]) -> str:
    """Return the file name of a record, "" if it has none."""
    value = fields.get("file_name")
    if value is None:
        column = next((name for name in fields if fold_column(name) == "file_name"), None)
        value = fields[column] if column is not None else None
    return value if isinstance(value, str) and value.strip() else ""
