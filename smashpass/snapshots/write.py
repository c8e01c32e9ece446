"""Writing a snapshot: the parts of an index as sections of a file."""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, NamedTuple

import smashpass
from smashpass.core.errors import NotPossible
from smashpass.core.imageset import ImageSet
from smashpass.core.library.builder import rebuilt
from smashpass.core.library.data import IndexData
from smashpass.core.library.index import Index
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.snapshots.format import WORDS, pack_header, padding


class _PendingSection(NamedTuple):
    """A section before it has a place."""

    name: str
    form: str
    data: memoryview[int]


def write(path: Path, index: Index, word_index: bytes = b"") -> None:
    """Write ``index`` and its ``word_index`` to ``path`` atomically.

    The file is written beside, flushed to the disk and renamed; then the folder is flushed.
    Changes beside the flat arrays of the index are merged first.

    Raises:
        NotPossible: The file system refused; nothing is left behind.
    """
    parts = index.parts
    if parts.forward.is_changed or any(column.is_changed for column in parts.columns.values()):
        parts = rebuilt(index).parts
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            _write_sections(file, index.version, [*_contents(parts), *_words(word_index)])
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise NotPossible(
            f"the snapshot cannot be written: {error.strerror}",
            where=str(path),
            hint="check the free space and the permissions of the folder",
        ) from error


def _write_sections(file: BinaryIO, version: int, contents: list[_PendingSection]) -> None:
    """Write header and sections; the checksums need every section before the header."""
    table = []
    for name, form, data in contents:
        digest = sha256(data)
        digest.update(padding(data.nbytes))
        table.append((name, form, data.nbytes, digest.hexdigest()))
    file.write(pack_header(version, smashpass.__version__, table))
    for content in contents:
        file.write(content.data)
        file.write(padding(content.data.nbytes))


def _contents(parts: IndexData) -> Iterator[_PendingSection]:
    """Return all sections; arrays are passed without a copy."""
    yield _json("vocabulary", _vocabulary(parts.vocabulary))
    yield _sets("images", [parts.live, parts.hidden])
    yield _array("postings.tags", memoryview(array("I", parts.postings)))
    yield _sets("postings", parts.postings.values())
    ids, offsets = parts.forward.parts
    yield _array("tags", ids)
    yield _array("tags.offsets", offsets)
    yield _json("columns", list(parts.columns))
    for name, column in parts.columns.items():
        values, codes, slices, present = column.parts
        yield _array(f"column/{name}/values", values)
        yield _array(f"column/{name}/codes", codes)
        yield _sets(f"column/{name}/slices", [present, *slices])
    yield _json("facets", {name: list(values) for name, values in parts.facets.items()})
    yield _sets("facets.sets", [s for values in parts.facets.values() for s in values.values()])
    yield _array("given.tags", memoryview(array("I", parts.by_hand)))
    yield _sets("given", parts.by_hand.values())
    yield _array("runs.numbers", memoryview(array("Q", parts.runs)))
    yield _sets("runs", parts.runs.values())


def _words(word_index: bytes) -> list[_PendingSection]:
    """The word index: stored as it is, with a checksum."""
    return [_PendingSection(WORDS, "", memoryview(word_index))] if word_index else []


def _vocabulary(vocabulary: Vocabulary) -> dict[str, object]:
    """The vocabulary as plain lists, in a fixed order: equal vocabularies give equal bytes."""
    implications = vocabulary.implications.items()
    return {
        "names": vocabulary.names,
        "aliases": sorted(vocabulary.aliases.items()),
        "implications": sorted((tag, sorted(implied)) for tag, implied in implications),
        "deprecated": sorted(vocabulary.deprecated),
    }


def _json(name: str, value: object) -> _PendingSection:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _PendingSection(name, "", memoryview(text.encode()))


def _array(name: str, items: memoryview[int] | memoryview[float]) -> _PendingSection:
    return _PendingSection(name, items.format, items.cast("B"))


def _sets(name: str, sets: Iterable[ImageSet]) -> _PendingSection:
    """A list of image sets: their number, where each begins and the last ends, then the sets."""
    blobs = [images.serialize() for images in sets]
    places = array("Q", [len(blobs), *accumulate(map(len, blobs), initial=0)])
    return _PendingSection(name, "", memoryview(b"".join([places.tobytes(), *blobs])))


def _flush_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
