"""Which snapshot is the newest, and which go."""

from __future__ import annotations

import os

import pytest

from smashpass.core.errors import NotPossible, SnapshotDamaged
from smashpass.snapshots.folder import SnapshotFolder, newest, path_for, prune, version_of
from tests.support.builders import a_library


def test_the_newest_snapshot_has_the_highest_version(tmp_path):
    for version in (9, 10, 100_000_000_000_000, 2):
        path_for(tmp_path, version).touch()
    (tmp_path / "library-x.snapshot").touch()

    assert newest(tmp_path) == path_for(tmp_path, 100_000_000_000_000)


@pytest.mark.parametrize("name", ["", "missing"])
def test_without_snapshots_there_is_no_newest(tmp_path, name):
    assert newest(tmp_path / name) is None
    assert prune(tmp_path / name) == []


def test_names_sort_by_version_and_say_it(tmp_path):
    path = path_for(tmp_path, 12)

    assert path.name == "library-000000000012.snapshot"
    assert version_of(path) == 12
    assert version_of(tmp_path / "notes.txt") is None


def test_prune_keeps_the_newest_and_what_is_not_ours(tmp_path):
    for version in range(1, 6):
        path_for(tmp_path, version).touch()
    (tmp_path / "notes.txt").touch()
    fresh = tmp_path / "library-000000000009.snapshot.1.tmp"
    abandoned = tmp_path / "library-000000000008.snapshot.1.tmp"
    fresh.touch()
    abandoned.touch()
    os.utime(abandoned, (1, 1))

    removed = prune(tmp_path, keep=2)

    assert removed == [path_for(tmp_path, version) for version in (1, 2, 3)]
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {
        "library-000000000004.snapshot",
        "library-000000000005.snapshot",
        "notes.txt",
        fresh.name,
    }


def test_the_newest_snapshot_is_never_pruned(tmp_path):
    with pytest.raises(ValueError, match="newest snapshot is kept"):
        prune(tmp_path, keep=0)


def test_what_was_saved_last_is_loaded_and_two_files_stay(tmp_path):
    folder = SnapshotFolder(tmp_path / "home" / "snapshots")
    assert folder.newest_version() is None
    assert folder.load_newest() is None

    for version in (3, 4, 5):
        folder.save(a_library(beard=range(1, version)).build(version))

    assert folder.newest_version() == 5
    assert set(folder.load_newest().live) == {1, 2, 3, 4}
    assert len(list(folder.folder.iterdir())) == 2


def test_a_damaged_newest_snapshot_is_an_error_and_no_older_one_is_taken(tmp_path):
    folder = SnapshotFolder(tmp_path)
    folder.save(a_library(beard=[1]).build(1))
    path_for(tmp_path, 2).write_bytes(b"")

    with pytest.raises(SnapshotDamaged, match="smashpass index build"):
        folder.load_newest()


def test_a_folder_that_cannot_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "home").touch()

    with pytest.raises(NotPossible, match="cannot be made"):
        SnapshotFolder(tmp_path / "home" / "snapshots").save(a_library().build(0))
