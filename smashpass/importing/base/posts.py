"""Reads collections of JSON objects: one a line, or in one document; packed or not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from smashpass.importing.base.jsondocument import members
from smashpass.importing.base.jsonlines import objects
from smashpass.importing.base.onefile import OneFile
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.rows.columns import CREDIT_COLUMNS, FILE_COLUMNS, KNOWN
from smashpass.services.importing.rows.columns import RESERVED_ATTRIBUTES as RESERVED
from smashpass.services.importing.tag_knowledge import TagKnowledge

Post = Mapping[str, Any]
Fields = dict[str, object]

STATED = frozenset(CREDIT_COLUMNS) - {"source"}
"""What a post may state of its terms. Its ``source`` is where it was found, not a collection."""


class Unusable(Exception):
    """A post that cannot be imported: why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Posts(OneFile):
    """Posts of one site, each translated into the common import columns."""

    def __init__(
        self,
        path: Path,
        format_name: str,
        translate: Callable[[Post], Fields],
        parts: Collection[str],
        learn: Callable[[Post, TagKnowledge], None] | None = None,
    ) -> None:
        """Check the first post.

        Args:
            path: The file.
            format_name: Name of the format.
            translate: Makes columns of a post; raises Unusable if it is none.
            parts: Where the posts are in a document that is an object.
            learn: Notes what a post says of its tags, if the site says anything.
        """
        super().__init__(path)
        self._learn = learn
        self.format = format_name
        self._translate = translate
        self._parts = parts
        first = next(iter_posts(self, parts), None)
        self.names_files = isinstance(first, RawRecord) and not first.fields.keys().isdisjoint(
            FILE_COLUMNS
        )

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every post; of a document the line is the number of the post, from 1."""
        self.knowledge = TagKnowledge()
        with closing(iter_posts(self, self._parts)) as posts:
            for post in posts:
                if isinstance(post, Unreadable):
                    yield post
                    continue
                try:
                    fields = self._translate(post.fields)
                except Unusable as error:
                    yield Unreadable(post.line, error.code, error.reason)
                    continue
                if self._learn is not None:
                    self._learn(post.fields, self.knowledge)
                yield RawRecord(post.line, fields)


def iter_posts(
    source: OneFile, parts: Collection[str]
) -> Generator[RawRecord | Unreadable, None, None]:
    """Yield the JSON objects of a file, whether one a line or in one document."""
    with source.opened() as file:
        if is_document(file.peek(1 << 16)):
            document_members = members(file, source.place, parts)
            for number, member in enumerate(document_members, 1):
                if isinstance(member.value, dict):
                    yield RawRecord(number, member.value)
                else:
                    yield Unreadable(number, "malformed", "a member of the list is not an object")
        else:
            yield from objects(file)


def is_document(sample: bytes) -> bool:
    """Whether a file is one JSON document: it begins as a list or spans several lines.

    An object that ends in its first line is a file of one object a line, unless it is a list of
    posts by its first name.
    """
    text = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"[":
        return True
    line = text.partition(b"\n")[0].rstrip()
    return text[:1] == b"{" and (not line.endswith(b"}") or line[1:].lstrip().startswith(_WRAPPERS))


_WRAPPERS = tuple(
    f'"{name}"'.encode()
    for name in (
        *("posts", "post", "@attributes", "results", "query", "offset"),
        *("images", "info", "annotations", "categories", "licenses"),
    )
)


def text_list(value: object, label: str) -> list[str]:
    """Return a list of texts, or the words of a text.

    Raises:
        Unusable: It is neither.
    """
    if isinstance(value, str):
        return value.split()
    if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
        return value
    raise Unusable("bad_tags", f"{label} is neither a text nor a list of texts")


def numbers_and_terms(post: Post, excluded: Collection[str]) -> Fields:
    """Return the numbers of a post except ``excluded``, its stated terms, and its file."""
    fields: Fields = {}
    for name, value in post.items():
        if name in excluded or name in RESERVED:
            continue
        is_number = type(value) in (int, float) and name not in KNOWN
        if is_number or name in STATED or name in FILE_COLUMNS:
            fields[name] = value
    return fields


RATINGS = {
    "g": 0, "general": 0, "safe": 0, "s": 0,
    "sensitive": 1,
    "q": 2, "questionable": 2, "sketchy": 2,
    "e": 3, "explicit": 3, "unsafe": 3,
}  # fmt: skip
"""The content ratings of sites as one number: 0 for everybody, 3 explicit."""
