"""A folder and a bucket do the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from smashpass.media.bucket.objects import ObjectStore
from smashpass.media.bucket.s3 import Bucket, BucketPlace
from smashpass.media.folder import MediaFolder
from smashpass.media.store import PictureStore
from smashpass.services.ports.places import FileInMemory, FileOnDisk


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


A, B, C = sorted(map(digest, "abc"))


@pytest.fixture(params=["folder", "bucket", "bucket without a prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> PictureStore:
    if request.param == "folder":
        return MediaFolder(tmp_path / "media")
    s3 = request.getfixturevalue("s3")
    prefix = "" if "without" in request.param else "site/pictures"
    return ObjectStore(Bucket(BucketPlace(s3.new_bucket(), prefix)), tmp_path / "spool")


def test_what_is_written_is_there_and_nothing_else(store: PictureStore) -> None:
    assert not store.has(A, "small")
    store.write(A, "small", b"first")
    store.write(A, "large", b"")
    assert store.has(A, "small")
    assert not store.has(B, "small")
    assert store.read(A, "small") == b"first"
    assert store.read(A, "large") == b""
    store.write(A, "small", b"second, and longer")
    assert store.read(A, "small") == b"second, and longer"
    for missing in (store.read, store.entity_tag):
        with pytest.raises(FileNotFoundError):
            missing(B, "small")


def test_files_and_tombstones_are_listed_in_order(store: PictureStore) -> None:
    assert list(store.files()) == []
    assert list(store.tombstones()) == []
    for name in (C, A):
        store.write(name, "small", b"s")
        store.write(name, "large", b"l")
    store.forbid(B)
    store.forbid(A)
    assert list(store.files()) == [(A, "large"), (A, "small"), (C, "large"), (C, "small")]
    assert list(store.tombstones()) == [A, B]


def test_a_takedown_removes_and_forbids_and_may_be_repeated(store: PictureStore) -> None:
    store.write(A, "small", b"s")
    store.write(B, "large", b"l")
    for _ in range(2):
        store.take_down(A)
        assert store.forbids(A)
        assert not store.has(A, "small")
    assert not store.forbids(B)
    assert list(store.files()) == [(B, "large")]
    store.remove(B)
    store.remove(B)
    assert list(store.files()) == []
    assert not store.forbids(B)


def test_the_tag_of_a_file_changes_with_it(store: PictureStore) -> None:
    store.write(A, "small", b"one")
    first = store.entity_tag(A, "small")
    assert store.entity_tag(A, "small") == first
    store.write(A, "small", b"two")
    assert store.entity_tag(A, "small") != first


def test_the_largest_file_and_its_source_type(
    store: PictureStore, picture: Callable[..., bytes]
) -> None:
    assert store.largest_file(A) == b""
    assert store.source_type(A, "small") is None
    content = picture(form="WEBP")
    store.write(A, "small", content)
    assert store.largest_file(A) == content
    assert store.source_type(A, "small") == ""
    store.write(A, "large", b"broken")
    assert store.largest_file(A) == b"broken"
    assert store.source_type(A, "large") is None


def test_where_a_file_is_placed(store: PictureStore, picture: Callable[..., bytes]) -> None:
    assert store.placed(A, "small") is None
    content = picture(form="WEBP")
    store.write(A, "small", content)
    place = store.placed(A, "small")
    if isinstance(place, FileOnDisk):
        assert place.path.read_bytes() == content
    else:
        assert place == FileInMemory(content)
    store.remove(A)
    assert store.placed(A, "small") is None


def test_files_are_lent_as_files_of_this_machine(store: PictureStore) -> None:
    store.write(A, "small", b"a")
    store.write(B, "large", b"b")
    with store.on_disk([(A, "small"), (C, "small"), (B, "large")]) as paths:
        assert [path.read_bytes() if path.exists() else None for path in paths] == [
            b"a", None, b"b"
        ]  # fmt: skip
    with store.on_disk([]) as none:
        assert none == []


@pytest.mark.parametrize("name", ["", "../../etc/passwd", A.upper(), A + "\n", A[:-1], A + "/x"])
def test_what_is_no_digest_names_nothing(store: PictureStore, name: str) -> None:
    for act in (store.has, store.read, store.placed, store.entity_tag):
        with pytest.raises(ValueError, match="no name"):
            act(name, "small")
    for act in (store.forbid, store.forbids, store.remove):
        with pytest.raises(ValueError, match="no name"):
            act(name)
    with pytest.raises(ValueError, match="no name"):
        store.write(name, "small", b"")


def test_a_check_leaves_nothing(store: PictureStore) -> None:
    store.write(A, "small", b"a")
    assert store.check()
    assert list(store.files()) == [(A, "small")]
    store.tidy()
    assert store.has(A, "small")
