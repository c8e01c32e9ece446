"""A snapshot gives back what was written, and says so when it cannot."""

from __future__ import annotations

import random
import struct
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smashpass.core.errors import NotFound, NotPossible, SnapshotDamaged, SnapshotIncompatible
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.stored import StoredImage
from smashpass.snapshots import format as snapshot_format
from smashpass.snapshots.compare import compare
from smashpass.snapshots.read import open_snapshot
from smashpass.snapshots.write import write
from tests.support.builders import a_library, an_index, libraries
from tests.unit.core.test_index import assert_agrees


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture
def small(tmp_path):
    """A snapshot of three images with a little of everything."""
    path = tmp_path / "small.snapshot"
    index = an_index(
        beard=[1, 3], whiskers=[2], hair__blonde=[2], hidden=[3],
        aliases={"whiskers": "beard"}, implications=[("hair:blonde", "hair")],
        attributes={"image.score": {1: 0.25, 2: 0.5}}, sources={1: "Ünïcode set"},
    )  # fmt: skip
    write(path, index)
    return path


@given(libraries())
def test_what_was_written_is_read_back(folder, library):
    path = folder / "library.snapshot"

    write(path, library.build(version=7))
    opened = open_snapshot(path)

    assert opened.version == 7
    assert opened.vocabulary.names == library.vocabulary.names
    assert opened.vocabulary.deprecated == library.vocabulary.deprecated
    assert_agrees(library, opened)
    assert compare(opened, library.index) == []


@settings(max_examples=30)
@given(libraries(), st.sets(st.integers(1, 40)))
def test_an_index_with_changes_is_written_with_them(folder, library, images):
    path = folder / "changed.snapshot"
    arriving = StoredImage(
        Ordinal(50), library.ids(["hat"]), {"image.score": 0.75}, "CC0-1.0", "demo", True
    )
    changes = IndexChanges(images=[arriving], tagged={library.id("beard"): ImageSet(images)})
    index = library.index.with_changes(changes, 2)

    write(path, index)
    opened = open_snapshot(path)

    assert opened.version == 2
    assert not opened.parts.forward.is_changed
    assert compare(opened, index) == []


def test_an_opened_index_takes_changes(small):
    opened = open_snapshot(small)

    hat = opened.vocabulary.find("hair")
    after = opened.with_changes(IndexChanges(tagged={hat: ImageSet([1])}), 2)

    assert set(after.having(hat)) == {1, 2}
    assert set(opened.having(hat)) == {2}
    assert hat in after.own_tags(Ordinal(1))


def test_a_snapshot_may_be_replaced_while_it_is_read(small):
    opened = open_snapshot(small)

    write(small, an_index(hat=range(1, 500)))
    small.unlink()

    assert opened.column("image.score").value(Ordinal(2)) == 0.5


def test_every_flipped_byte_is_found(small):
    intact = small.read_bytes()
    rng = random.Random(1)
    bits = [1 << rng.randrange(8) for _ in intact]

    for place, bit in enumerate(bits):
        small.write_bytes(intact[:place] + bytes([intact[place] ^ bit]) + intact[place + 1 :])
        with pytest.raises((SnapshotDamaged, SnapshotIncompatible)) as caught:
            open_snapshot(small)
        assert str(small) in str(caught.value)
        assert "smashpass index build" in str(caught.value)


def test_every_truncation_and_every_longer_file_is_found(small):
    intact = small.read_bytes()

    for length in [*range(300), *range(300, len(intact), 37)]:
        small.write_bytes(intact[:length])
        with pytest.raises(SnapshotDamaged, match="smashpass index build"):
            open_snapshot(small)
    small.write_bytes(intact + bytes(32))
    with pytest.raises(SnapshotDamaged, match="bytes, not"):
        open_snapshot(small)


def test_the_header_is_verified_even_without_the_check_of_sections(small):
    intact = small.read_bytes()
    small.write_bytes(intact[:70] + b"?" + intact[71:])

    with pytest.raises(SnapshotDamaged, match="checksum of its header"):
        open_snapshot(small, check=False)


def test_another_format_is_named_with_both_numbers(small):
    intact = bytearray(small.read_bytes())
    struct.pack_into("<I", intact, len(snapshot_format.MAGIC), 9)
    small.write_bytes(intact)

    with pytest.raises(SnapshotIncompatible, match="format 9, this program reads format 3"):
        open_snapshot(small)


def test_another_byte_order_is_refused(small, monkeypatch):
    monkeypatch.setattr(snapshot_format.sys, "byteorder", "big")

    with pytest.raises(SnapshotIncompatible, match="little-endian"):
        open_snapshot(small)


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match="no such snapshot"):
        open_snapshot(tmp_path / "none.snapshot")


def test_a_folder_that_is_missing_is_told_in_one_line(tmp_path):
    with pytest.raises(NotPossible, match="cannot be written: No such file or directory"):
        write(tmp_path / "none" / "a.snapshot", an_index(beard=[1]))


def test_nothing_is_left_beside_the_file(small):
    assert [path.name for path in small.parent.iterdir()] == ["small.snapshot"]


def test_a_section_with_an_unknown_name_is_left_alone(small):
    with small.open("rb") as file:
        header = snapshot_format.read_header(file, small)
    first = next(iter(header.sections.values())).offset
    table = [(s.name, s.form, s.length, s.sha256) for s in header.sections.values()]
    words = b"words" + snapshot_format.padding(5)

    table.append(("words", "", 5, sha256(words).hexdigest()))
    start = snapshot_format.pack_header(header.version, header.written_by, table)
    small.write_bytes(start + small.read_bytes()[first:] + words)

    assert set(open_snapshot(small).live) == {1, 2}


def test_equal_indexes_make_equal_bytes(tmp_path):
    library = a_library(beard=[1, 3], hat=[2, 3], attributes={"image.score": {1: 0.5}})

    write(tmp_path / "a", library.build(version=1))
    write(tmp_path / "b", library.build(version=1))

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_sections_begin_at_multiples_of_32_bytes(small):
    with small.open("rb") as file:
        header = snapshot_format.read_header(file, small)

    assert all(section.offset % 32 == 0 for section in header.sections.values())
    assert header.written_by
