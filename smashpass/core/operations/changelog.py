"""Entries of the change log: every edit of the library, in an order that readers can trust.

A payload is kept as a length (4 bytes, little endian), a JSON head of that length, and the image
sets one after the other in the portable roaring form. The head names the sizes of the sets, so a
reader of the log in any language can take it apart.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pyroaring import BitMap, FrozenBitMap

from smashpass.core.imageset import EMPTY, ImageSet
from smashpass.core.tags.names import TagId

LARGE_PAYLOAD = 1 << 18
"""Size of an entry from which it is not taken apart to tell what it did to one word."""

ChangeKind = Literal["import", "tags", "state", "vocabulary", "attributes", "revision"]


@dataclass(frozen=True, slots=True)
class TagEdit:
    """One tag given to some images and taken from others."""

    tag: TagId
    added: ImageSet = EMPTY
    removed: ImageSet = EMPTY


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """One batch of an import: new and changed images, and the tag names it brought.

    ``names`` got the ids ``first_tag``, ``first_tag + 1``, … The images themselves are read from
    the library: a batch may hold thousands.
    """

    run: int
    added: ImageSet = EMPTY
    changed: ImageSet = EMPTY
    first_tag: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TagEdits:
    """Tags given to and taken from images; only what really changed."""

    edits: tuple[TagEdit, ...]


@dataclass(frozen=True, slots=True)
class StateEdit:
    """Images that were hidden, and images that were restored."""

    hidden: ImageSet = EMPTY
    shown: ImageSet = EMPTY


Texts = tuple[str, str, str]
"""Category, label and description of a tag."""


@dataclass(frozen=True, slots=True)
class VocabularyEdit:
    """Changed vocabulary. Pairs are (alias, tag) and (tag, implied); ``names`` as in a batch.

    ``described`` holds tags with their texts before and after, ``labelled`` tags with a language
    and the label in it before and after.
    """

    first_tag: int = 0
    names: tuple[str, ...] = ()
    aliased: tuple[tuple[TagId, TagId], ...] = ()
    unaliased: tuple[tuple[TagId, TagId], ...] = ()
    implied: tuple[tuple[TagId, TagId], ...] = ()
    unimplied: tuple[tuple[TagId, TagId], ...] = ()
    deprecated: tuple[TagId, ...] = ()
    restored: tuple[TagId, ...] = ()
    described: tuple[tuple[TagId, Texts, Texts], ...] = ()
    labelled: tuple[tuple[TagId, str, str, str], ...] = ()

    @property
    def touched(self) -> set[TagId]:
        """Every tag that the edit names."""
        pairs = (*self.aliased, *self.unaliased, *self.implied, *self.unimplied)
        return {
            *(tag for pair in pairs for tag in pair),
            *self.deprecated,
            *self.restored,
            *(tag for tag, _, _ in self.described),
            *(tag for tag, _, _, _ in self.labelled),
            *map(TagId, range(self.first_tag, self.first_tag + len(self.names))),
        }


@dataclass(frozen=True, slots=True)
class VocabularyPlan:
    """A requested change of the vocabulary, by canonical spelling of the names.

    Names that do not exist are made where something is added, and are an error where something
    is taken away. The pairs are those of :class:`VocabularyEdit`; ``described`` gives the texts
    that are wanted, ``labelled`` a tag, a language and the label in it, "" to take it away.
    """

    names: tuple[str, ...] = ()
    aliased: tuple[tuple[str, str], ...] = ()
    unaliased: tuple[tuple[str, str], ...] = ()
    implied: tuple[tuple[str, str], ...] = ()
    unimplied: tuple[tuple[str, str], ...] = ()
    deprecated: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    described: tuple[tuple[str, Texts], ...] = ()
    labelled: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AttributeEdit:
    """The attribute ``name`` (bare) got new values in ``images``; the values are read there."""

    name: str
    images: ImageSet


@dataclass(frozen=True, slots=True)
class RevisionEdit:
    """Another revision became active; numbers, 0 for none."""

    number: int
    sha256: str
    previous: int = 0


Payload = ImportBatch | TagEdits | StateEdit | VocabularyEdit | AttributeEdit | RevisionEdit


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log.

    Attributes:
        seq: Its place; entries become visible to readers in this order.
        at: When, microseconds since 1970 in UTC.
        by: Who did it; ``origin`` is the way it came: ``cli``, ``api``, ``import``, ``job`` ….
        images: How many images it touched.
        payload: The packed content; empty where only the list of changes was asked for.
    """

    seq: int
    at: int
    by: str
    kind: ChangeKind
    origin: str
    reason: str
    images: int
    payload: bytes = b""

    def body(self) -> Payload:
        """Return the content; costs the reading of its sets."""
        return unpack(self.kind, self.payload)


def kind_of(body: Payload) -> ChangeKind:
    """Return the name under which the log keeps ``body``."""
    match body:
        case ImportBatch():
            return "import"
        case TagEdits():
            return "tags"
        case StateEdit():
            return "state"
        case VocabularyEdit():
            return "vocabulary"
        case AttributeEdit():
            return "attributes"
        case RevisionEdit():
            return "revision"


def images_of(body: Payload) -> int:
    """Return how many images ``body`` touches; vocabulary and revision changes touch none."""
    return len(touched_by(body))


def touched_by(body: Payload) -> ImageSet:
    """Return the images that ``body`` touches; vocabulary and revision changes touch none."""
    return FrozenBitMap.union(EMPTY, *_sets(body))


def pack(body: Payload) -> bytes:
    """Return ``body`` as the bytes of the log."""
    head: dict[str, Any] = {}
    match body:
        case ImportBatch():
            head = {"run": body.run}
            if body.names:
                head |= {"first_tag": body.first_tag, "names": body.names}
        case TagEdits():
            head = {"tags": [edit.tag for edit in body.edits]}
        case VocabularyEdit():
            fields = {name: getattr(body, name) for name in VocabularyEdit.__slots__}
            head = {name: value for name, value in fields.items() if value}
        case AttributeEdit():
            head = {"name": body.name}
        case RevisionEdit():
            head = {"number": body.number, "sha256": body.sha256, "previous": body.previous}
        case StateEdit():
            pass
    sets = [_compact(images) for images in _sets(body)]
    head["sizes"] = [len(images) for images in sets]
    text = json.dumps(head, separators=(",", ":")).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *sets])


def names_of(payload: bytes) -> tuple[int, int]:
    """Return the first id of the tag names that a payload brought, and how many; no set is read."""
    head = json.loads(payload[4 : 4 + int.from_bytes(payload[:4], "little")])
    return head.get("first_tag", 0), len(head.get("names", ()))


def unpack(kind: ChangeKind, payload: bytes) -> Payload:
    """Return the content that :func:`pack` wrote."""
    start = 4 + int.from_bytes(payload[:4], "little")
    head = json.loads(payload[4:start])
    sets: list[ImageSet] = []
    for size in head.pop("sizes"):
        sets.append(FrozenBitMap.deserialize(payload[start : start + size]))
        start += size
    match kind:
        case "import":
            names = tuple(head.pop("names", ()))
            return ImportBatch(added=sets[0], changed=sets[1], names=names, **head)
        case "tags":
            pairs = zip(sets[::2], sets[1::2], strict=True)
            edits = zip(head["tags"], pairs, strict=True)
            return TagEdits(tuple(TagEdit(tag, *pair) for tag, pair in edits))
        case "state":
            return StateEdit(*sets)
        case "vocabulary":
            return VocabularyEdit(**{name: _frozen(value) for name, value in head.items()})
        case "attributes":
            return AttributeEdit(head["name"], sets[0])
        case "revision":
            return RevisionEdit(**head)


def _sets(body: Payload) -> Sequence[ImageSet]:
    """Return the sets of ``body`` in the order in which they are written."""
    match body:
        case ImportBatch():
            return (body.added, body.changed)
        case TagEdits():
            return [images for edit in body.edits for images in (edit.added, edit.removed)]
        case StateEdit():
            return (body.hidden, body.shown)
        case AttributeEdit():
            return (body.images,)
        case _:
            return ()


def _compact(images: ImageSet) -> bytes:
    """Return the bytes of a set with its runs found: a batch of new images is one run."""
    copy = BitMap(images)
    copy.run_optimize()
    return copy.serialize()


def _frozen(value: Any) -> Any:
    """Return JSON lists as tuples, at every depth."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
