"""Which snapshot is the newest, and which go."""

from __future__ import annotations

import os

import pytest

from smashpass.snapshots.folder import newest, path_for, prune, version_of


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
