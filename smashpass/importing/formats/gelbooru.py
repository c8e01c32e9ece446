"""Posts of Gelbooru and Moebooru: XML with attributes or elements, or JSON."""

from __future__ import annotations

from collections.abc import Generator
from io import BufferedReader
from pathlib import Path
from typing import Any
from xml.parsers import expat

from smashpass.core.errors import BadInput
from smashpass.importing.base.onefile import OneFile
from smashpass.importing.base.posts import (
    RATINGS,
    Fields,
    Post,
    Posts,
    Unusable,
    numbers_and_terms,
    text_list,
)
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.rows.cells import number_of
from smashpass.services.importing.rows.columns import KNOWN

PARTS = ("post", "posts")
_TAKEN = frozenset({"id", "tags", "width", "height", "rating", "author", "source"})
_CHUNK = 1 << 16
_MAX_POST = 1 << 20
_NUMBERS = frozenset({"score", "change", "parent_id", "creator_id", "file_size", "fav_count"})


def open_gelbooru(path: Path) -> Posts | GelbooruXML:
    """Return the reader for what the file is."""
    source = OneFile(path)
    with source.opened() as file:
        is_xml = file.peek(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"
    return GelbooruXML(path) if is_xml else Posts(path, "gelbooru", fields_of, PARTS)


def fields_of(post: Post) -> Fields:
    """Return the columns of one post; tags are a text with blanks at both ends.

    Raises:
        Unusable: It was deleted, or its tags are malformed.
    """
    if post.get("status") == "deleted":
        raise Unusable("gone_upstream", "the source says that it is deleted")
    fields = numbers_and_terms(post, _TAKEN)
    for name in _NUMBERS & post.keys():
        value = number_of(post[name])
        if value is not None and name not in KNOWN:
            fields[name] = value
    fields |= {
        "id": post.get("id"),
        "tags": text_list(post.get("tags"), "tags"),
        "width": post.get("width"),
        "height": post.get("height"),
    }
    rating = RATINGS.get(str(post.get("rating", "")))
    if rating is not None:
        # Gelbooru writes "sensitive" in full; the letter s is Moebooru's "safe".
        fields["rating"] = rating
    return fields


class GelbooruXML(OneFile):
    """Posts as XML. Documents with their own declarations (entities) are refused."""

    format = "gelbooru"

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every post; its line is its number, from 1."""
        with self.opened() as file:
            for number, post in enumerate(self._posts(file), 1):
                try:
                    yield RawRecord(number, fields_of(post))
                except Unusable as error:
                    yield Unreadable(number, error.code, error.reason)

    def _posts(self, file: BufferedReader) -> Generator[Post, None, None]:
        """Yield the posts of a document."""
        parsing = _Parsing()
        ended = False
        while not ended:
            part = file.read(_CHUNK)
            ended = not part
            try:
                parsing.parser.Parse(part, ended)
            except expat.ExpatError as error:
                # Those before the damage are whole, and were yielded.
                raise BadInput(
                    f"malformed XML: {expat.ErrorString(error.code)}",
                    where=f"{self._path}:{error.lineno}:{error.offset + 1}",
                    hint="fetch it again",
                ) from error
            if parsing.problem:
                raise BadInput(parsing.problem, where=str(self._path))
            yield from parsing.done
            parsing.done.clear()


class _Parsing:
    """Collects posts from the events of a parser."""

    def __init__(self) -> None:
        self.done: list[dict[str, Any]] = []
        self.problem = ""
        self._post: dict[str, Any] | None = None
        self._name = ""
        self._size = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "post":
            self._post = dict(attributes)
            self._size = 0
        elif self._post is not None:
            self._name = name
            self._post.setdefault(name, "")

    def _end(self, name: str) -> None:
        if name == "post" and self._post is not None:
            self.done.append(self._post)
            self._post = None
        self._name = ""

    def _data(self, text: str) -> None:
        if self._post is not None and self._name:
            self._size += len(text)
            if self._size > _MAX_POST:
                self.problem = f"a post has over {_MAX_POST:,} characters"
            else:
                self._post[self._name] += text

    def _doctype(self, *_: object) -> None:
        self.problem = "the document has a DOCTYPE; posts need none"
