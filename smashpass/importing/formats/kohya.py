"""Metadata for training as kohya's scripts keep it: one object by path, or one object a line."""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import closing
from typing import Any

from smashpass.importing.base.jsondocument import members
from smashpass.importing.base.jsonlines import objects
from smashpass.importing.base.onefile import OneFile
from smashpass.importing.base.picture_names import PICTURES
from smashpass.importing.base.posts import Fields, Unusable, numbers_and_terms
from smashpass.importing.base.sidecars import caption_tags, short_label
from smashpass.services.importing.ports import RawRecord, Unreadable

_TAKEN = frozenset({"image_path", "caption", "tags", "image_size", "file_name", "path"})


class Kohya(OneFile):
    """``{PATH or stem: {"caption", "tags", "image_size"}}``, or lines that name ``image_path``."""

    format = "kohya"
    names_files = True

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every described picture; in a document the line is its number."""
        with closing(self._described()) as described:
            for line, name, body in described:
                if isinstance(body, Unreadable):
                    yield body
                    continue
                try:
                    yield RawRecord(line, self._fields(name, body))
                except Unusable as error:
                    yield Unreadable(line, error.code, error.reason)

    def _described(self) -> Generator[tuple[int, object, Any], None, None]:
        """Yield line, name and description of each picture."""
        with self.opened() as file:
            first = file.peek(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
            if b'"image_path"' in first and first.rstrip().endswith(b"}"):
                for record in objects(file):
                    if isinstance(record, Unreadable):
                        yield record.line, "", record
                    else:
                        yield record.line, record.fields.get("image_path"), record.fields
                return
            for number, member in enumerate(members(file, self.place, None), 1):
                value = member.value
                name = member.name or (value.get("image_path") if type(value) is dict else "")
                yield number, name, value

    def _fields(self, name: object, body: object) -> Fields:
        """Return the columns of a picture."""
        if not isinstance(body, Mapping):
            raise Unusable("malformed", "the description of the picture is not an object")
        if not isinstance(name, str) or not name.strip():
            raise Unusable("no_key", "image_path is missing")
        fields = numbers_and_terms(body, _TAKEN)
        fields |= {"file_name": self._picture(name.strip()), "tags": _tags(body.get("tags", ""))}
        if isinstance(body.get("caption"), str):
            fields["label"] = short_label(body["caption"])
        size = body.get("image_size")
        if isinstance(size, list) and len(size) == 2:
            fields["width"], fields["height"] = size
        return fields

    def _picture(self, name: str) -> str:
        """Return the picture that a path or a stem names, relative to the folder."""
        if name.startswith(self.folder + "/"):
            name = name[len(self.folder) + 1 :]
        if not name.lower().endswith(PICTURES) and "\0" not in name:
            for ending in PICTURES:
                if os.path.lexists(f"{self.folder}/{name}{ending}"):
                    return name + ending
        return name


def _tags(value: object) -> list[str]:
    """Return the tags: a text with commas, or a list."""
    if isinstance(value, str):
        return caption_tags(value)
    if isinstance(value, list) and all(isinstance(caption, str) for caption in value):
        return [tag for caption in value for tag in caption_tags(caption)]
    raise Unusable("bad_tags", "tags is neither a text nor a list of texts")
