"""What a store of picture files says of its own content."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from smashpass.media.folder import MediaFolder


@pytest.fixture
def folder(tmp_path: Path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def test_an_absent_folder_has_no_files(folder: MediaFolder) -> None:
    assert list(folder.files()) == []
    assert list(folder.tombstones()) == []


def test_every_file_is_listed_once_and_can_be_read(folder: MediaFolder) -> None:
    names = sorted(digest(str(number)) for number in range(50))
    for name in names:
        folder.write(name, "large", name.encode())
        folder.write(name, "small", name[:8].encode())

    assert sorted(folder.files()) == [(name, size) for name in names for size in ("large", "small")]
    assert folder.read(names[3], "small") == names[3][:8].encode()
    assert list(folder.tombstones()) == []


def test_what_is_taken_down_is_a_tombstone_and_no_file(folder: MediaFolder) -> None:
    kept, gone, pixels = digest("kept"), digest("gone"), digest("pixels")
    for name in (kept, gone):
        folder.write(name, "small", b"picture")

    folder.take_down(gone)
    folder.forbid(pixels)

    assert list(folder.files()) == [(kept, "small")]
    assert sorted(folder.tombstones()) == sorted([gone, pixels])
    with pytest.raises(FileNotFoundError):
        folder.read(gone, "small")


def test_files_of_others_are_not_listed(folder: MediaFolder) -> None:
    name = digest("picture")
    folder.write(name, "small", b"picture")
    (folder.root / "README.txt").write_text("hello")
    (folder.root / "ab").write_text("not a folder")
    beside = folder.path(name, "small").parent
    (beside / f"{name}-huge.webp").write_bytes(b"?")
    (beside / f"{name}-small.webp.17").write_bytes(b"?")

    assert list(folder.files()) == [(name, "small")]
    assert list(folder.tombstones()) == []


def test_a_file_that_is_written_again_has_another_tag(folder: MediaFolder) -> None:
    name = digest("picture")
    folder.write(name, "small", b"by nobody")
    folder.write(name, "large", b"by nobody")
    first = folder.entity_tag(name, "small")
    assert folder.entity_tag(name, "small") == first
    assert folder.entity_tag(name, "large") != first

    folder.write(name, "small", b"by an AI!")

    assert folder.entity_tag(name, "small") != first
    folder.remove(name)
    with pytest.raises(FileNotFoundError):
        folder.entity_tag(name, "small")
