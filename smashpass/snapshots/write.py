"""Writing a snapshot: the parts of an index as sections of a file."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path

from smashpass.core.library.builder import rebuilt
from smashpass.core.library.data import IndexData
from smashpass.core.library.index import Index
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.snapshots.format import WORDS
from smashpass.snapshots.sections import (
    PendingSection,
    packed_array,
    packed_json,
    packed_sets,
    write_file,
)


def write(path: Path, index: Index, word_index: bytes = b"") -> None:
    """Write ``index`` and its ``word_index`` to ``path`` atomically.

    Changes beside the flat arrays of the index are merged first.

    Raises:
        NotPossible: The file system refused; nothing is left behind.
    """
    parts = index.parts
    if parts.forward.is_changed or any(column.is_changed for column in parts.columns.values()):
        parts = rebuilt(index).parts
    write_file(path, index.version, [*_contents(parts), *_words(word_index)])


def _contents(parts: IndexData) -> Iterator[PendingSection]:
    """Return all sections; arrays are passed without a copy."""
    yield packed_json("vocabulary", _vocabulary(parts.vocabulary))
    yield packed_sets("images", [parts.live, parts.hidden])
    yield packed_array("postings.tags", memoryview(array("I", parts.postings)))
    yield packed_sets("postings", parts.postings.values())
    ids, offsets = parts.forward.parts
    yield packed_array("tags", ids)
    yield packed_array("tags.offsets", offsets)
    yield packed_json("columns", list(parts.columns))
    for name, column in parts.columns.items():
        values, codes, slices, present = column.parts
        yield packed_array(f"column/{name}/values", values)
        yield packed_array(f"column/{name}/codes", codes)
        yield packed_sets(f"column/{name}/slices", [present, *slices])
    yield packed_json("facets", {name: list(values) for name, values in parts.facets.items()})
    yield packed_sets(
        "facets.sets", [s for values in parts.facets.values() for s in values.values()]
    )
    yield packed_array("given.tags", memoryview(array("I", parts.by_hand)))
    yield packed_sets("given", parts.by_hand.values())
    yield packed_array("runs.numbers", memoryview(array("Q", parts.runs)))
    yield packed_sets("runs", parts.runs.values())


def _words(word_index: bytes) -> list[PendingSection]:
    """The word index: stored as it is, with a checksum."""
    return [PendingSection(WORDS, "", memoryview(word_index))] if word_index else []


def _vocabulary(vocabulary: Vocabulary) -> dict[str, object]:
    """The vocabulary as plain lists, in a fixed order: equal vocabularies give equal bytes."""
    implications = vocabulary.implications.items()
    return {
        "names": vocabulary.names,
        "aliases": sorted(vocabulary.aliases.items()),
        "implications": sorted((tag, sorted(implied)) for tag, implied in implications),
        "deprecated": sorted(vocabulary.deprecated),
    }
