"""Bulk edits: tags of all images that a query matches, in parts, as changes that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from smashpass.core.change import Change, WordEdit
from smashpass.core.changes import IndexChanges
from smashpass.core.imageset import EMPTY, ImageSet, union
from smashpass.core.index import Index
from smashpass.core.query.evaluate import images
from smashpass.core.records import Job
from smashpass.core.rules.tree import Tree
from smashpass.core.tags import TagId, normalise
from smashpass.services.searching import read_query
from smashpass.services.wording import edited
from smashpass.services.wording_impact import turned_by

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


def preview(
    index: Index, query: str, add: Sequence[str], remove: Sequence[str], trees: Sequence[Tree]
) -> dict[str, int]:
    """Return how many images match, how often a tag would be given and taken, and what turns.

    ``verdicts`` counts the images whose verdict would turn in at least one of ``trees``.

    Raises:
        BadQuery: The query cannot be read.
        BadTag: A text can be no tag name.
    """
    matched = images(read_query(query, index), index)
    given, taken = [[*dict.fromkeys(map(normalise, names))] for names in (add, remove)]
    new = tuple(name for name in given if index.vocabulary.find(name) is None)
    vocabulary = edited(index.vocabulary, WordEdit(names=new)) if new else index.vocabulary
    ids = {name: vocabulary.find(name) for name in (*given, *taken)}
    tagged = {tag: matched - _own(index, tag) for name in given if (tag := ids[name]) is not None}
    untagged = {
        tag: matched & _own(index, tag)
        for name in taken
        if name not in given and (tag := ids[name]) is not None
    }
    changes = IndexChanges(tagged=tagged, untagged=untagged, vocabulary=vocabulary)
    after = index.with_changes(changes, index.version)
    return {
        "images": len(matched),
        "added": sum(map(len, tagged.values())),
        "removed": sum(map(len, untagged.values())),
        "verdicts": len(union(turned_by(tree, index, after) for tree in trees)),
    }


def do(job: Job, editor: Editor, index: Index, done: Callable[[int], None]) -> int | None:
    """Do a bulk edit; doing it again changes nothing. Returns the number of its log entry."""
    wish = job.payload
    matched = images(read_query(str(wish["query"]), index), index)
    by = str(wish["by"])
    given, taken = [[normalise(name) for name in wish[what]] for what in ("add", "remove")]
    ids = editor.create_tags([*given, *taken], by=by, origin=f"job {job.id}")
    add = ids[: len(given)]
    remove = [tag for tag in ids[len(given) :] if tag not in add]
    change = editor.apply_tag_edit(
        matched, add=add, remove=remove, by=by, origin=f"job {job.id}", reason=str(wish["reason"])
    )
    done(len(matched))
    return None if change is None else change.seq


def _own(index: Index, tag: TagId) -> ImageSet:
    """Return the live images that carry the tag itself, not one that implies it."""
    return index.parts.postings.get(tag, EMPTY) & index.live
