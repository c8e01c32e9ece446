"""Opening a snapshot: verified, memory-mapped, and as fast as an index just built."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet
from smashpass.core.library.column import Column
from smashpass.core.library.data import IndexData
from smashpass.core.library.forward import ForwardTags
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.snapshots.format import (
    REBUILD,
    WORDS,
    SnapshotHeader,
    read_header,
    verify,
    verify_section,
)


def open_snapshot(path: Path, check: bool = True) -> Index:
    """Return the index that was written to ``path``.

    Image sets are read into memory; codes, values, offsets and tags of images stay in the file,
    which is mapped as long as the index lives and may be unlinked meanwhile. Forked processes
    share all of it. Cost: about 0.4 s for 2,000,000 images.

    Args:
        path: The file.
        check: Whether to verify the checksums of the sections, not only that of the header.

    Raises:
        NotFound: There is no such file.
        SnapshotDamaged: It was altered.
        SnapshotIncompatible: It was written in another format.
    """
    try:
        with path.open("rb") as file:
            header = read_header(file, path)
            if check:
                verify(file, path, header)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NotFound("there is no such snapshot", where=str(path), hint=REBUILD) from None
    return Index(header.version, _parts(_Sections(header, memoryview(mapped))))


def check(path: Path) -> None:
    """Verify a file against its checksums.

    Raises:
        NotFound: There is no such file.
        SnapshotDamaged: It was altered.
        SnapshotIncompatible: It was written in another format.
    """
    try:
        with path.open("rb") as file:
            verify(file, path, read_header(file, path))
    except FileNotFoundError:
        raise NotFound("there is no such snapshot", where=str(path), hint=REBUILD) from None


def read_word_index(path: Path) -> bytes | None:
    """Return the verified section of the word index; None if the file has none.

    Raises:
        NotFound: There is no such file.
        SnapshotDamaged: The section was altered.
        SnapshotIncompatible: The file was written in another format.
    """
    try:
        with path.open("rb") as file:
            header = read_header(file, path)
            section = header.sections.get(WORDS)
            if section is None:
                return None
            verify_section(file, path, section)
            file.seek(section.offset)
            return file.read(section.length)
    except FileNotFoundError:
        raise NotFound("there is no such snapshot", where=str(path), hint=REBUILD) from None


class _Sections:
    """The sections of a mapped file by name; unused ones are never read."""

    def __init__(self, header: SnapshotHeader, mapped: memoryview[int]) -> None:
        self._table = header.sections
        self._mapped = mapped

    def array(self, name: str) -> memoryview[Any]:
        """An array that stays in the file."""
        section = self._table[name]
        raw = self._mapped[section.offset : section.offset + section.length]
        return cast("memoryview[Any]", raw.cast(section.form or "B"))  # type: ignore[call-overload]

    def json(self, name: str) -> Any:
        """A value read from JSON."""
        return json.loads(bytes(self.array(name)))

    def sets(self, name: str) -> list[ImageSet]:
        """A list of image sets, copied out of the file."""
        raw = self.array(name)
        count = raw[:8].cast("Q")[0]
        start = 8 * (count + 2)
        places = raw[8:start].cast("Q").tolist()
        blobs = bytes(raw[start:])
        return [ImageSet.deserialize(blobs[begin:end]) for begin, end in pairwise(places)]


def _parts(sections: _Sections) -> IndexData:
    """Assemble the parts of an index."""
    live, hidden = sections.sets("images")
    tags = (TagId(tag) for tag in sections.array("postings.tags").tolist())
    by_hand_tags = (TagId(tag) for tag in sections.array("given.tags").tolist())
    return IndexData(
        vocabulary=_vocabulary(sections.json("vocabulary")),
        live=live,
        hidden=hidden,
        postings=dict(zip(tags, sections.sets("postings"), strict=True)),
        forward=ForwardTags(sections.array("tags"), sections.array("tags.offsets")),
        columns={name: _column(name, sections) for name in sections.json("columns")},
        facets=_facets(sections),
        by_hand=dict(zip(by_hand_tags, sections.sets("given"), strict=True)),
        runs=dict(zip(sections.array("runs.numbers").tolist(), sections.sets("runs"), strict=True)),
    )


def _vocabulary(data: Mapping[str, Any]) -> Vocabulary:
    return Vocabulary(
        names=tuple(data["names"]),
        aliases=dict(data["aliases"]),
        implications={tag: frozenset(implied) for tag, implied in data["implications"]},
        deprecated=frozenset(data["deprecated"]),
    )


def _column(name: str, sections: _Sections) -> Column:
    values = sections.array(f"column/{name}/values")
    codes = sections.array(f"column/{name}/codes")
    present, *slices = sections.sets(f"column/{name}/slices")
    return Column(name, values, codes, slices, present)


def _facets(sections: _Sections) -> dict[str, dict[str, ImageSet]]:
    following = iter(sections.sets("facets.sets"))
    names: dict[str, list[str]] = sections.json("facets")
    return {name: {value: next(following) for value in values} for name, values in names.items()}
