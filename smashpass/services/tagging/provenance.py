"""How an image came by its tags: by hand, with an import, or through what other tags imply."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId
from smashpass.services.ports.library import ChangeLog, LibraryStore

How = Literal["hand", "import", "implied"]


@dataclass(frozen=True, slots=True)
class Origin:
    """One way by which an image has a canonical tag.

    Attributes:
        tag: Its name.
        by: How it came.
        via: The own tag that leads to it, an alias or one that implies it; None for itself.
    """

    tag: str
    by: How
    via: str | None = None

    def as_json(self) -> dict[str, object]:
        """The origin as ``GET /images/ID`` gives it."""
        content: dict[str, object] = {"tag": self.tag, "by": self.by}
        return content if self.via is None else content | {"via": self.via}


def origins(index: Index, ordinal: Ordinal) -> list[Origin]:
    """Return how a live image has each of its tags, own ones first, all by name.

    A tag counts as given by hand if somebody gave it and nobody took it since; else as imported.
    """
    vocabulary = index.vocabulary
    names = vocabulary.names
    own_tags = sorted(index.own_tags(ordinal), key=names.__getitem__)
    result = [
        Origin(
            names[vocabulary.canonical(raw)],
            "hand" if ordinal in index.by_hand(raw) else "import",
            names[raw] if raw in vocabulary.aliases else None,
        )
        for raw in own_tags
    ]
    canonical = {vocabulary.canonical(raw) for raw in own_tags}
    for tag in vocabulary.effective(own_tags) - canonical:
        via = vocabulary.via(tag, own_tags)
        result.append(Origin(names[tag], "implied", None if via is None else names[via]))
    return sorted(result, key=lambda origin: (origin.by == "implied", origin.tag, origin.via or ""))


def trace(
    index: Index, ordinal: Ordinal, tag: TagId, records: LibraryStore, log: ChangeLog
) -> list[dict[str, object]]:
    """Return every way by which an image has a tag, with who and when, or run and line.

    The line is given where one import alone wrote the image; where several did, all of them are.
    Cost: reads the log of edits, some 20 µs an entry.

    Raises:
        NotFound: The image does not have the tag.
    """
    vocabulary = index.vocabulary
    canonical = vocabulary.canonical(tag)
    leading = set(vocabulary.sources(canonical)) & index.own_tags(ordinal)
    if not leading:
        raise NotFound(
            f"the image does not have the tag {vocabulary.names[canonical]!r}",
            hint="see its tags with `smashpass search`",
        )
    ways: list[dict[str, object]] = []
    for raw in sorted(leading, key=lambda source: (source != canonical, vocabulary.names[source])):
        via = {} if raw == canonical else {"via": vocabulary.names[raw]}
        ways.append(via | _own_tag_origin(index, ordinal, raw, records, log))
    return ways


def _own_tag_origin(
    index: Index, ordinal: Ordinal, raw: TagId, records: LibraryStore, log: ChangeLog
) -> dict[str, object]:
    """Return how an image got one of its own tags."""
    change = log.gave(ordinal, raw) if ordinal in index.by_hand(raw) else None
    if change is not None:
        return {"by": "hand", "who": change.by, "at": change.at, "change": change.seq}
    runs = log.runs_of(ordinal)
    way: dict[str, object] = {"by": "import", "runs": runs}
    (record,) = records.images([ordinal])
    if runs == [record.run]:
        way["line"] = record.line
    return way
