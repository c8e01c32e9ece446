"""The folder of generated pictures: what ``smashpass import`` reads, and where each came from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import Picture
from smashpass.demo.folder import METADATA
from smashpass.demo.generator.journal import JOURNAL
from smashpass.demo.generator.prompts import PictureOrder

PROVENANCE = "provenance.jsonl"
ASKED_FOR = "tags:asked_for"
"""The tag of pictures whose other tags were asked for, and verified by nobody."""

_IN_A_FOLDER = 1_000
_ENDINGS = {"image/jpeg": "jpg"}


class GeneratedFolder:
    """Where the pictures of a run lie."""

    def __init__(self, root: Path) -> None:
        """Make the folder.

        Raises:
            NotPossible: It holds something else.
        """
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        ours = {JOURNAL, METADATA, PROVENANCE, f"{METADATA}.part", f"{PROVENANCE}.part"}
        names = {entry.name for entry in root.iterdir()}
        strange = sorted(name for name in names - ours if not name.isdigit())
        if strange or (names and JOURNAL not in names):
            raise NotPossible(
                f"the folder holds {min(strange or names)!a}, which is not from such a run",
                where=str(root),
                hint="name an empty folder",
            )

    def write(self, order: PictureOrder, data: bytes) -> Path:
        """Write a picture beside the place where it will lie, and return where."""
        path = self._part(order.number, order.name)
        path.parent.mkdir(exist_ok=True)
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return path

    def file_name(self, order: PictureOrder, picture: Picture) -> str:
        """Return where a picture lies in the end, relative to the folder."""
        ending = _ENDINGS.get(picture.mime) or picture.mime.rpartition("/")[2]
        return f"{order.number // _IN_A_FOLDER:03}/{order.name}.{ending}"

    def keep(self, record: Mapping[str, Any]) -> bool:
        """Put a picture into its place, if it is not there; tell whether it is now."""
        final = self.root / record["file_name"]
        if final.is_file():
            return True
        part = self._part(record["number"], record["id"])
        try:
            if sha256(part.read_bytes()).hexdigest() != record["sha256"]:
                return False
        except FileNotFoundError:
            return False
        part.replace(final)
        return True

    def discard(self, order: PictureOrder) -> None:
        """Remove what came instead of a picture."""
        self._part(order.number, order.name).unlink(missing_ok=True)

    def describe(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Write the metadata and the provenance of the pictures that are there."""
        rows = [record for record in records if (self.root / record["file_name"]).is_file()]
        self._write_lines(PROVENANCE, [provenance_of(record) for record in rows])
        self._write_lines(METADATA, [row_of(record) for record in rows])

    def _part(self, number: int, name: str) -> Path:
        return self.root / f"{number // _IN_A_FOLDER:03}" / f"{name}.part"

    def _write_lines(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        part = self.root / f"{name}.part"
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        part.write_text(text, encoding="utf-8")
        part.replace(self.root / name)


def provenance_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return where a picture came from, all that is recorded of it."""
    left_out = ("number", "width", "height", "label", "depicts", "tags")
    tags = {"tags_asked_for": record["tags"]}
    return {name: record[name] for name in record if name not in left_out} | tags


def row_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a picture, as ``smashpass import`` reads it."""
    version = f" {record['model_version']}" if record["model_version"] else ""
    row = {
        "file_name": record["file_name"],
        "id": record["id"],
        "tags": [*record["tags"], ASKED_FOR],
        "width": record["width"],
        "height": record["height"],
        "label": record["label"],
        "source": f"{record['model']} via {record['host']}",
        "licence": record["licence"],
        "digital_source_type": record["digital_source_type"],
        "generator": f"{record['model']}{version} via {record['host']}",
        "real_person": False,
        "depicts": record["depicts"],
        "review_required": True,
    }
    if record["seed"] is not None:
        row["generator_seed"] = record["seed"]
    return row
