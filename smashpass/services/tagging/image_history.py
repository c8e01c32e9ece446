"""The history of one image: tags by category, who gave each, and what was done to it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.stored import ImageRecord, Tag
from smashpass.core.operations.changelog import (
    AttributeEdit,
    Change,
    ImportBatch,
    StateEdit,
    TagEdits,
)
from smashpass.core.tags.names import TagId
from smashpass.services.tagging.provenance import How, origins


@dataclass(frozen=True, slots=True)
class ImageTag:
    """A tag of an image.

    Attributes:
        name: Its canonical name.
        label: What it is called for people.
        by: How the image got it.
        via: The own tag that leads to it, if that is another.
        change: The entry of the log by which somebody gave it, if it was found.
        who: Who gave it, as text.
    """

    name: str
    label: str
    by: How
    via: str | None
    change: int | None
    who: str


@dataclass(frozen=True, slots=True)
class ImageEvent:
    """One entry of the log and what it did to the image, in short."""

    change: Change
    lines: tuple[str, ...]


def tags_by_category(
    index: Index,
    ordinal: Ordinal,
    texts: Mapping[TagId, Tag],
    record: ImageRecord,
    past: Sequence[Change],
) -> list[tuple[str, list[ImageTag]]]:
    """Return the tags of an image that ``index`` shows, by category; those of none are last.

    Args:
        index: The library.
        ordinal: The image.
        texts: The texts of all tags.
        record: What the database keeps about it.
        past: The entries of the log that touched it, newest first, as far as they were read.
    """
    vocabulary = index.vocabulary
    by_category: defaultdict[str, list[ImageTag]] = defaultdict(list)
    for origin in origins(index, ordinal):
        canonical = vocabulary.resolve(origin.tag)
        raw = vocabulary.find(origin.via or origin.tag)
        assert canonical is not None
        assert raw is not None
        hand_edit = _gave(past, raw, ordinal) if origin.by == "hand" else None
        text = texts.get(canonical)
        image_tag = ImageTag(
            origin.tag,
            text.label if text and text.label else origin.tag.replace("_", " "),
            origin.by,
            origin.via,
            None if hand_edit is None else hand_edit.seq,
            _origin_text(origin.by, origin.via, hand_edit, record),
        )
        by_category[text.category if text else ""].append(image_tag)
    return sorted(by_category.items(), key=lambda pair: (not pair[0], pair[0]))


def history(names: Sequence[str], ordinal: Ordinal, past: Iterable[Change]) -> list[ImageEvent]:
    """Return what each entry of the log did to an image."""
    return [ImageEvent(change, tuple(_lines(names, ordinal, change))) for change in past]


def _gave(past: Iterable[Change], raw: TagId, ordinal: Ordinal) -> Change | None:
    """Return the newest entry by which somebody gave a raw tag to the image."""
    for change in past:
        body = change.body()
        if isinstance(body, TagEdits) and any(
            edit.tag == raw and ordinal in edit.added for edit in body.edits
        ):
            return change
    return None


def _origin_text(by: How, via: str | None, hand_edit: Change | None, record: ImageRecord) -> str:
    """Return as text how a tag came."""
    if by == "implied":
        return f"implied by {via}" if via else "implied"
    through = f", written {via}" if via else ""
    if by == "hand":
        return (f"by {hand_edit.by}" if hand_edit else "by hand") + through
    if record.run is None:
        return f"import{through}"
    line = f", line {record.line}" if record.line else ""
    return f"import {record.run}{line}{through}"


def _lines(names: Sequence[str], ordinal: Ordinal, change: Change) -> Iterable[str]:
    """Yield what an entry did to one image."""
    match change.body():
        case TagEdits(edits):
            for edit in edits:
                if ordinal in edit.added:
                    yield f"+ {names[edit.tag]}"
                elif ordinal in edit.removed:
                    yield f"− {names[edit.tag]}"
        case ImportBatch(run=run, added=added):
            yield f"{'added' if ordinal in added else 'changed'} by import {run}"
        case StateEdit(hidden=hidden):
            yield "hidden" if ordinal in hidden else "shown again"
        case AttributeEdit(name=name):
            yield f"new value of {name}"
        case _:
            yield change.kind
