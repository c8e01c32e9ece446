"""COCO: images, annotations and categories in one JSON document; tags are category names.

Millions of annotations may precede or follow the images. They are collected in a temporary database
on disk, so memory stays flat.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any

from smashpass.importing.base.jsondocument import members
from smashpass.importing.base.onefile import OneFile
from smashpass.importing.base.posts import STATED, Fields
from smashpass.importing.base.sidecars import short_label
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.tag_knowledge import TagKnowledge

_AT_ONCE = 10_000
# What COCO numbers its licences by is their address; these are the ones it uses.
_PARTS = ("annotations", "categories", "licenses")


class Coco(OneFile):
    """Instances, keypoints, or captions; the last have no categories, and give labels."""

    format = "coco"
    names_files = True

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every image; its line is its number, from 1."""
        self.knowledge = TagKnowledge()
        with self._annotated() as (database, names, licences), self.opened() as file:
            for number, member in enumerate(members(file, self.place, ("images",)), 1):
                image = member.value
                if not isinstance(image, dict) or type(image.get("id")) is not int:
                    yield Unreadable(number, "malformed", "the image has no whole number as id")
                    continue
                yield RawRecord(number, _fields(image, database, names, licences))

    @contextmanager
    def _annotated(
        self,
    ) -> Iterator[tuple[sqlite3.Connection, dict[int, str], dict[int, str]]]:
        """Yield annotations by image, names of categories, addresses of licences."""
        names: dict[int, str] = {}
        licences: dict[int, str] = {}
        with TemporaryDirectory(prefix="smashpass-coco-") as folder:
            database = sqlite3.connect(f"{folder}/annotations.db", isolation_level=None)
            try:
                database.execute("PRAGMA journal_mode = OFF")
                database.execute("PRAGMA synchronous = OFF")
                database.execute(
                    "CREATE TABLE has (image INTEGER, category INTEGER, "
                    "PRIMARY KEY (image, category)) WITHOUT ROWID"
                )
                database.execute("CREATE TABLE caption (image INTEGER PRIMARY KEY, text TEXT)")
                with self.opened() as file:
                    document_members = members(file, self.place, _PARTS)
                    while batch := list(islice(document_members, _AT_ONCE)):
                        values = [(m.part, m.value) for m in batch if isinstance(m.value, dict)]
                        _sort_out(database, values, names, licences, self.knowledge)
                yield database, names, licences
            finally:
                database.close()


def _sort_out(
    database: sqlite3.Connection,
    values: list[tuple[str, dict[str, Any]]],
    names: dict[int, str],
    licences: dict[int, str],
    knowledge: TagKnowledge,
) -> None:
    """Store some members in the database."""
    pairs, captions = [], []
    for part, value in values:
        if part == "categories" and isinstance(value.get("name"), str):
            names[value.get("id", 0)] = value["name"]
            if isinstance(value.get("supercategory"), str) and value["supercategory"]:
                knowledge.imply(value["name"], value["supercategory"])
        elif part == "licenses" and isinstance(value.get("url"), str):
            licences[value.get("id", 0)] = value["url"]
        elif part == "annotations" and type(value.get("image_id")) is int:
            if type(value.get("category_id")) is int:
                pairs.append((value["image_id"], value["category_id"]))
            elif isinstance(value.get("caption"), str):
                captions.append((value["image_id"], short_label(value["caption"])))
    database.execute("BEGIN")
    database.executemany("INSERT OR IGNORE INTO has VALUES (?, ?)", pairs)
    database.executemany("INSERT OR IGNORE INTO caption VALUES (?, ?)", captions)
    database.execute("COMMIT")


def _fields(
    image: dict[str, Any],
    database: sqlite3.Connection,
    names: dict[int, str],
    licences: dict[int, str],
) -> Fields:
    """Return the columns of an image."""
    number = image["id"]
    fields: Fields = {name: image[name] for name in STATED if name in image}
    has = database.execute("SELECT category FROM has WHERE image = ? ORDER BY category", (number,))
    fields |= {
        "id": number,
        "tags": [names[category] for (category,) in has if category in names],
        "width": image.get("width"),
        "height": image.get("height"),
    }
    if isinstance(image.get("file_name"), str):
        fields["file_name"] = image["file_name"]
    if "licence" not in fields and image.get("license") in licences:
        fields["licence"] = licences[image["license"]]
    caption = database.execute("SELECT text FROM caption WHERE image = ?", (number,)).fetchone()
    if caption is not None:
        fields["label"] = caption[0]
    return fields
