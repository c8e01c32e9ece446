"""COCO: images, annotations and categories in one JSON document; tags are category names.

Millions of annotations may precede or follow the images. The document is read once, into a
temporary database on disk, so memory stays flat; nothing is yielded before its end was read.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from tempfile import TemporaryDirectory
from typing import Any, TypeGuard

from smashpass.importing.base.jsondocument import runs_of_members
from smashpass.importing.base.onefile import OneFile
from smashpass.importing.base.posts import STATED, Fields
from smashpass.importing.base.sidecars import short_label
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.tag_knowledge import TagKnowledge

# What COCO numbers its licences by is their address; these are the ones it uses.
_PARTS = ("images", "annotations", "categories", "licenses")
_LARGEST = 1 << 63
_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE image (number INTEGER PRIMARY KEY, id INTEGER, body TEXT);
    CREATE TABLE has (image INTEGER, category INTEGER);
    CREATE TABLE caption (image INTEGER PRIMARY KEY, text TEXT);
"""
_IMAGES = """
    SELECT number, body, (
        SELECT group_concat(category) FROM (
            SELECT DISTINCT category FROM has WHERE has.image = image.id ORDER BY category
        )
    ), text
    FROM image LEFT JOIN caption ON caption.image = image.id ORDER BY number
"""


class Coco(OneFile):
    """Instances, keypoints, or captions; the last have no categories, and give labels."""

    format = "coco"
    names_files = True
    _share = 0.0

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every image; its line is its number, from 1."""
        self.knowledge = TagKnowledge()
        self._share = 0.0
        with TemporaryDirectory(prefix="smashpass-coco-") as folder:
            parts = _Parts(f"{folder}/annotations.db", self.knowledge)
            with closing(parts.database):
                with self.opened() as file:
                    for part, values in runs_of_members(file, self.place, _PARTS):
                        parts.add(part, values)
                yield from self._images(parts)

    def position(self) -> int:
        """Return how many bytes the images yielded so far stand for."""
        return int(self._share * self.size)

    def _images(self, parts: _Parts) -> Iterator[RawRecord | Unreadable]:
        """Yield the images of a document that was read."""
        for number, body, categories, caption in parts.images():
            self._share = number / parts.count
            image = json.loads(body)
            if isinstance(image, dict) and _is_id(image.get("id")):
                yield RawRecord(number, _fields(image, categories, caption, parts))
            else:
                yield Unreadable(number, "malformed", "the image has no whole number as id")


class _Parts:
    """What a document holds: images and annotations in a database, the rest in memory.

    Attributes:
        database: To be closed by who made this.
        count: How many images there are.
        names: Of categories, by id.
        licences: Their addresses, by id.
    """

    def __init__(self, path: str, knowledge: TagKnowledge) -> None:
        """Make the database; ``knowledge`` takes what follows from categories."""
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.executescript(_TABLES)
        self.database.execute("BEGIN")
        self.count = 0
        self.names: dict[int, str] = {}
        self.licences: dict[int, str] = {}
        self._knowledge = knowledge

    def add(self, part: str, values: Sequence[Any]) -> None:
        """Take some members of a part; what is not of the form of its part says nothing."""
        if part == "images":
            self.count += len(values)
            bodies = [(_id_of(value), json.dumps(value)) for value in values]
            self._insert("INSERT INTO image (id, body) VALUES (?, ?)", bodies)
            return
        objects = [value for value in values if type(value) is dict]
        if part == "annotations":
            self._annotate(objects)
        elif part == "categories":
            self._categorise(objects)
        else:
            for value in objects:
                if isinstance(value.get("url"), str) and _is_id(number := value.get("id", 0)):
                    self.licences[number] = value["url"]

    def images(self) -> Iterator[tuple[int, str, str | None, str | None]]:
        """Yield number, JSON text, ids of categories, and caption of each image, in their order."""
        self.database.execute("COMMIT")
        self.database.execute("CREATE INDEX by_image ON has (image, category)")
        return self.database.execute(_IMAGES)

    def _annotate(self, annotations: Sequence[dict[str, Any]]) -> None:
        pairs, captions = [], []
        for value in annotations:
            number, category = value.get("image_id"), value.get("category_id")
            # Not by _is_id: some ten of these come with every image.
            if type(number) is int and -_LARGEST <= number < _LARGEST:
                if type(category) is int and -_LARGEST <= category < _LARGEST:
                    pairs.append((number, category))
                elif type(value.get("caption")) is str:
                    captions.append((number, short_label(value["caption"])))
        self._insert("INSERT INTO has VALUES (?, ?)", pairs)
        self._insert("INSERT OR IGNORE INTO caption VALUES (?, ?)", captions)

    def _categorise(self, categories: Sequence[dict[str, Any]]) -> None:
        for value in categories:
            name, above = value.get("name"), value.get("supercategory")
            if not isinstance(name, str):
                continue
            if _is_id(number := value.get("id", 0)):
                self.names[number] = name
            if isinstance(above, str) and above:
                self._knowledge.imply(name, above)

    def _insert(self, statement: str, rows: Sequence[tuple[Any, Any]]) -> None:
        if rows:
            self.database.executemany(statement, rows)


def _id_of(image: object) -> int | None:
    """Return the id of an image, None if it has none that can be used."""
    number = image.get("id") if isinstance(image, dict) else None
    return number if _is_id(number) else None


def _is_id(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number that the database can hold."""
    return type(value) is int and -_LARGEST <= value < _LARGEST


def _fields(
    image: dict[str, Any],
    categories: str | None,
    caption: str | None,
    parts: _Parts,
) -> Fields:
    """Return the columns of an image."""
    numbers = map(int, categories.split(",")) if categories else ()
    fields: Fields = {name: image[name] for name in STATED if name in image}
    fields |= {
        "id": image["id"],
        "tags": [parts.names[number] for number in numbers if number in parts.names],
        "width": image.get("width"),
        "height": image.get("height"),
    }
    if isinstance(image.get("file_name"), str):
        fields["file_name"] = image["file_name"]
    licence = image.get("license")
    if "licence" not in fields and _is_id(licence) and licence in parts.licences:
        fields["licence"] = parts.licences[licence]
    if caption is not None:
        fields["label"] = caption
    return fields
