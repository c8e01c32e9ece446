"""Bulk edits: tags of all images that a query matches, in parts, as changes that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from smashpass.core.change import Change
from smashpass.core.imageset import ImageSet
from smashpass.core.index import Index
from smashpass.core.query.evaluate import images
from smashpass.core.records import Job
from smashpass.core.tags import TagId, normalise
from smashpass.services.searching import read_query

KIND = "bulk_tags"


class Editor(Protocol):
    """What a bulk edit needs of the database."""

    def create_tags(self, names: Sequence[str], *, by: str, origin: str) -> tuple[TagId, ...]:
        """Return the ids of names, making those that are new."""

    def apply_tag_edit(
        self,
        images: ImageSet,
        *,
        add: Sequence[TagId] = ...,
        remove: Sequence[TagId] = ...,
        by: str,
        origin: str,
        reason: str = ...,
    ) -> Change | None:
        """Give and take tags; return the log entry, None if nothing changed."""


def preview(index: Index, query: str, add: Sequence[str], remove: Sequence[str]) -> dict[str, int]:
    """Return how many images match, and how often a tag would be given and taken.

    Raises:
        BadQuery: The query cannot be read.
        BadTag: A text can be no tag name.
    """
    matched = images(read_query(query, index), index)
    added = removed = 0
    for name in dict.fromkeys(map(normalise, add)):
        added += len(matched - _own(index, name))
    for name in dict.fromkeys(map(normalise, remove)):
        removed += len(matched & _own(index, name))
    return {"images": len(matched), "added": added, "removed": removed}


def do(job: Job, editor: Editor, index: Index, done: Callable[[int], None]) -> int | None:
    """Do a bulk edit; doing it again changes nothing. Returns the number of its log entry."""
    wish = job.payload
    matched = images(read_query(str(wish["query"]), index), index)
    by = str(wish["by"])
    names = [*wish["add"], *wish["remove"]]
    ids = editor.create_tags([normalise(name) for name in names], by=by, origin="job")
    add, remove = ids[: len(wish["add"])], ids[len(wish["add"]) :]
    change = editor.apply_tag_edit(
        matched, add=add, remove=remove, by=by, origin=f"job {job.id}", reason=str(wish["reason"])
    )
    done(len(matched))
    return None if change is None else change.seq


def _own(index: Index, name: str) -> ImageSet:
    """Return the live images that carry the tag itself, not one that implies it."""
    tag = index.vocabulary.find(name)
    posting = None if tag is None else index.parts.postings.get(tag)
    return ImageSet() if posting is None else posting & index.live
