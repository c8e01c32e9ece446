"""Parquet: tables with pictures in them (as Hugging Face writes them), or with their paths."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from smashpass.core.errors import BadInput, NotPossible
from smashpass.importing.base.files import fingerprint, open_regular
from smashpass.importing.base.picture_names import NOTHING_PASSED_OVER
from smashpass.importing.base.shards import shards_of
from smashpass.importing.base.spool import Spool
from smashpass.importing.formats.webdataset import MAX_PICTURE
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.rows.columns import FILE_COLUMNS, KEY_COLUMNS, fold_column
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge

_ROWS = 1_000
_PICTURE_ROWS = 50


class Parquet:
    """One file, or all ``.parquet`` of a folder; needs the extra ``parquet``."""

    format = "parquet"
    passed_over: Mapping[str, int] = NOTHING_PASSED_OVER
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(self, path: Path, *, pictures: bool = True) -> None:
        """Read the schema.

        Raises:
            NotPossible: The extra is not installed.
            BadInput: A file is not Parquet, or has no usable columns.
        """
        self._shards = shards_of(path, ".parquet")
        self.place = str(path.absolute())
        self._folder = self.place if path.is_dir() else str(path.absolute().parent)
        self._pictures = pictures
        self._spool = Spool()
        self._done = 0
        with open_regular(self._shards[0]) as file:
            schema = _opened(file, self._shards[0]).schema_arrow
        self._image = _image_column(schema)
        self._classes = _classes(schema)
        names = {fold_column(name) for name in schema.names}
        if self._image is None and names.isdisjoint(KEY_COLUMNS):
            raise BadInput(f"no column is named image, {' or '.join(KEY_COLUMNS)}", where=str(path))
        self.names_files = self._image is not None or not names.isdisjoint((*FILE_COLUMNS, "url"))

    @property
    def folder(self) -> str:
        """Where the names of pictures start from."""
        return self._folder if self._image is None else self._spool.folder

    @property
    def fingerprint(self) -> str:
        """What changes when a file is written."""
        prints = []
        for shard in self._shards:
            with open_regular(shard) as file:
                prints.append(fingerprint(file))
        return ";".join(prints)[:4_000]

    @property
    def size(self) -> int:
        """The size of all files in bytes."""
        return sum(shard.stat().st_size for shard in self._shards)

    def position(self) -> int:
        """Return how many bytes were read, in steps of whole files."""
        return self._done

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every row; its line is its number over all files, from 1."""
        line = 0
        self._done = 0
        for shard in self._shards:
            with open_regular(shard) as file:
                table = _opened(file, shard)
                columns = self._columns(table.schema_arrow.names)
                with_pictures = self._image in columns
                rows = _PICTURE_ROWS if with_pictures else _ROWS
                for batch in _batches(table, rows, columns, shard):
                    for row in batch:
                        line += 1
                        yield self._record(line, row, shard.stem)
            self._done += shard.stat().st_size

    def _columns(self, names: list[str]) -> list[str]:
        """Return which columns are read: pictures only if requested."""
        if self._image is None or self._pictures:
            return names
        return [f"{name}.path" if name == self._image else name for name in names]

    def _record(self, line: int, row: dict[str, Any], stem: str) -> RawRecord | Unreadable:
        """Return a row as columns."""
        image = row.pop(self._image, None) if self._image is not None else None
        fields = {name: value for name, value in row.items() if _is_plain(value)}
        for name, classes in self._classes.items():
            number = fields.get(name)
            if type(number) is int and 0 <= number < len(classes):
                fields[name] = classes[number]
        if self._image is None:
            return RawRecord(line, fields)
        content, path = _picture(image)
        columns = {fold_column(name) for name in fields}
        if "id" not in columns:
            fields["id"] = fields.get("file_name") or path or f"{stem}#{line}"
        for name in [name for name in fields if fold_column(name) in FILE_COLUMNS]:
            del fields[name]
        if self._pictures:
            if content is None or len(content) > MAX_PICTURE:
                content_size = "no bytes" if content is None else f"{len(content):,} bytes"
                return Unreadable(
                    line, "no_picture", f"the picture in the table has {content_size}"
                )
            spooled = self._spool.put(content)
            return RawRecord(line, fields | {"file_name": spooled.name}, spooled.release)
        return RawRecord(line, fields)


def _opened(file: Any, path: Path) -> Any:
    """Return an opened table."""
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise NotPossible(
            "reading Parquet needs the extra `parquet`",
            where=str(path),
            hint="pip install 'smashpass[parquet]'",
        ) from error
    try:
        return ParquetFile(file)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise BadInput(f"not a Parquet file: {str(error)[:120]!a}", where=str(path)) from error


def _batches(
    table: Any, rows: int, columns: list[str], path: Path
) -> Generator[list[dict[str, Any]], None, None]:
    """Yield rows, some at a time."""
    import pyarrow

    try:
        for batch in table.iter_batches(batch_size=rows, columns=columns):
            yield batch.to_pylist()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise BadInput(
            f"the Parquet file is damaged: {str(error)[:120]!a}", where=str(path)
        ) from error


def _image_column(schema: Any) -> str | None:
    """Return the column that holds pictures: a structure with ``bytes`` and ``path``."""
    import pyarrow

    for field in schema:
        if pyarrow.types.is_struct(field.type):
            names = {field.type.field(place).name for place in range(field.type.num_fields)}
            if {"bytes", "path"} <= names:
                return str(field.name)
    return None


def _classes(schema: Any) -> dict[str, list[str]]:
    """Return the class names of columns with class numbers, as recorded by Hugging Face."""
    try:
        metadata = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = metadata["info"]["features"]
        classes = {
            name: feature["names"] for name, feature in features.items() if "names" in feature
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {
        name: names
        for name, names in classes.items()
        if isinstance(names, list) and all(isinstance(feature, str) for feature in names)
    }


def _picture(image: object) -> tuple[bytes | None, str]:
    """Return the bytes and the path in a structure."""
    if not isinstance(image, dict):
        return None, ""
    content, path = image.get("bytes"), image.get("path")
    relative_path = path if isinstance(path, str) and not path.startswith("/") else ""
    return (content if isinstance(content, bytes) else None), relative_path


def _is_plain(value: object) -> bool:
    """Whether a column may hold the value: text, number, boolean, nothing, or a list of texts."""
    if value is None or isinstance(value, str | int | float):
        return True
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
