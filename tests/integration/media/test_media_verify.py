"""Damaged picture files: never sent as if they were whole, found, named, and made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.errors import Gone
from smashpass.media.folder import MediaFolder
from smashpass.services.ports.places import FileOnDisk
from smashpass.settings import load

STATED = ("--source", "shop", "--licence", "CC0-1.0", "--digital-source-type", "digitalCreation",
          "--no-real-person", "--depicts", "object", "--workers", "1", "--quiet")  # fmt: skip


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 3, len(content) - 200, 7):
        content[place] ^= 0xFF
    path.write_bytes(content)


def another(path: Path) -> None:
    with Image.open(path) as image:
        Image.new("RGB", image.size, "black").save(path, "WEBP")


DAMAGES = [emptied, zeroed, cut_off, flipped, another]


@pytest.fixture
def imported(tmp_path, monkeypatch, picture) -> Callable[..., MediaFolder]:
    """Imports three pictures, copied or linked, and returns their files."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    collection = tmp_path / "set"
    collection.mkdir()

    def make(media: str, on_existing: str = "skip", sides=(440, 300)) -> MediaFolder:
        for number in range(3):
            (collection / f"{number}.png").write_bytes(picture(sides[0] + number, sides[1]))
            (collection / f"{number}.txt").write_text("hat")
        options = (*STATED, "--media", media, "--on-existing", on_existing)
        assert run(["import", str(collection), *options]) == 0
        return MediaFolder(tmp_path / "home" / "media")

    return make


def verified(capsys, code: int) -> dict[str, object]:
    capsys.readouterr()
    assert run(["media", "verify", "--workers", "1", "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_named_and_made_again_from_a_linked_original(imported, capsys, damage):
    media = imported("link")
    assert verified(capsys, 0) == {"files": 3, "damaged": []}
    sha256, size = next(media.files())
    whole = media.read(sha256, size)
    damage(media.path(sha256, size))

    (damaged,) = verified(capsys, 0)["damaged"]

    assert (damaged["sha256"], damaged["size"], damaged["rebuilt"]) == (sha256, size, True)
    assert damaged["reason"]
    assert media.read(sha256, size) == whole
    assert verified(capsys, 0) == {"files": 3, "damaged": []}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_copy_is_removed_and_the_next_import_writes_it_again(imported, capsys, damage):
    media = imported("copy")
    sha256, _ = next(media.files())
    whole = media.read(sha256, "large")
    damage(media.path(sha256, "large"))

    (damaged,) = verified(capsys, 3)["damaged"]

    assert (damaged["sha256"], damaged["size"], damaged["rebuilt"]) == (sha256, "large", False)
    assert not media.has(sha256, "large")
    assert media.has(sha256, "small")
    imported("copy", "append")
    assert media.read(sha256, "large") == whole
    assert verified(capsys, 0) == {"files": 6, "damaged": []}


def test_a_damaged_large_file_that_only_older_versions_wrote_is_no_loss(imported, capsys, picture):
    media = imported("copy", sides=(300, 200))
    sha256, _ = next(media.files())
    media.write(sha256, "large", b"older")
    (damaged,) = verified(capsys, 0)["damaged"]
    assert (damaged["sha256"], damaged["size"], damaged["rebuilt"]) == (sha256, "large", True)
    assert verified(capsys, 0) == {"files": 3, "damaged": []}


@pytest.mark.parametrize("damage", [emptied, zeroed, cut_off])
def test_a_file_that_was_cut_off_is_not_sent_and_the_next_import_mends_it(imported, damage):
    media = imported("copy")
    sha256, _ = next(media.files())
    whole = media.read(sha256, "large")
    parts = Installation(load({"SMASHPASS_HOME": str(media.root.parent)}))
    pictures = Container(parts).pictures
    assert pictures.file(sha256, "large") == FileOnDisk(media.path(sha256, "large"))

    damage(media.path(sha256, "large"))

    with pytest.raises(Gone):
        pictures.file(sha256, "large")
    imported("copy", "append")
    assert media.read(sha256, "large") == whole
    assert pictures.file(sha256, "large") == FileOnDisk(media.path(sha256, "large"))
    parts.engine.dispose()


def test_a_linked_file_that_was_cut_off_is_made_again_when_it_is_asked_for(imported):
    media = imported("link")
    sha256, size = next(media.files())
    whole = media.read(sha256, size)
    parts = Installation(load({"SMASHPASS_HOME": str(media.root.parent)}))
    cut_off(media.path(sha256, size))

    assert Container(parts).pictures.file(sha256, size) == FileOnDisk(media.path(sha256, size))

    assert media.read(sha256, size) == whole
    parts.decoder.close()
    parts.engine.dispose()
