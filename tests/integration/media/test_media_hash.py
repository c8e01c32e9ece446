"""``smashpass media hash``: libraries that were imported before hashes were kept."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import update

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.pictures.likeness import NEAR, distance
from smashpass.services.pictures import hashes
from smashpass.settings import load
from smashpass.store.engine import database, tables

STATED = ("--source", "shop", "--licence", "CC0-1.0", "--digital-source-type", "digitalCreation",
          "--no-real-person", "--depicts", "object", "--workers", "1", "--quiet")  # fmt: skip


@pytest.fixture
def library(tmp_path, monkeypatch, picture, capsys):
    """Imports pictures, copied or linked, and forgets what they look like."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))

    def make(media: str, count: int = 3):
        collection = tmp_path / "set"
        collection.mkdir()
        for number in range(count):
            (collection / f"{number}.png").write_bytes(picture(40 + number, 30))
            (collection / f"{number}.txt").write_text("hat")
        assert run(["import", str(collection), *STATED, "--media", media]) == 0
        parts = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
        before = looks(parts)
        with database.writing(parts.engine) as connection:
            connection.execute(update(tables.media).values(pixels=None, signature=None))
        capsys.readouterr()
        return parts, before, collection

    return make


def looks(parts):
    pictures = parts.catalogue.pictures_of(range(1, 100)).values()
    return {picture.sha256: (picture.pixels, picture.signature) for picture in pictures}


def hashed(capsys, code=0):
    assert run(["media", "hash", "--workers", "1", "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_linked_pictures_get_back_what_their_import_knew(library, capsys):
    parts, before, _ = library("link")
    expected = {"pictures": 3, "hashed": 3, "signature_only": 0, "failed": []}
    assert hashed(capsys) == expected
    assert looks(parts) == before
    assert hashed(capsys) == {"pictures": 0, "hashed": 0, "signature_only": 0, "failed": []}


def test_of_copied_pictures_the_signature_is_made_of_what_is_shown(library, capsys):
    parts, before, _ = library("copy")
    expected = {"pictures": 3, "hashed": 0, "signature_only": 3, "failed": []}
    assert hashed(capsys) == expected
    after = looks(parts)
    assert {pixels for pixels, _ in after.values()} == {""}
    for sha256, (_, signature) in after.items():
        assert distance(signature, before[sha256][1]) < NEAR / 4


def test_an_original_that_changed_is_read_from_what_is_shown(library, capsys):
    _, _, collection = library("link")
    (collection / "0.png").write_bytes(b"hello")
    expected = {"pictures": 3, "hashed": 2, "signature_only": 1, "failed": []}
    assert hashed(capsys) == expected


def test_a_picture_without_any_file_is_named(library, capsys):
    parts, before, _ = library("copy")
    lost = min(before)
    for size in ("small", "large"):
        parts.media.path(lost, size).unlink(missing_ok=True)
    outcome = hashed(capsys, code=3)
    (failed,) = outcome["failed"]
    assert (failed["sha256"], outcome["signature_only"]) == (lost, 2)
    assert run(["media", "hash"]) == 3
    printed = capsys.readouterr()
    assert lost in printed.err
    assert printed.out.endswith("0 from displayed files only, 1 failed\n")


def test_an_interrupted_run_goes_on_where_it_was(library, capsys, monkeypatch):
    monkeypatch.setattr(hashes, "BATCH", 1)
    parts, before, _ = library("link")
    with parts.stored_pictures(1) as reader:

        def interrupt(outcome):
            if outcome.done == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            hashes.hash_pictures(parts.catalogue, reader.originals, reader.previews, interrupt)
    assert len(parts.catalogue.pictures_without_signature()) == 1
    assert hashed(capsys)["pictures"] == 1
    assert looks(parts) == before


def test_doctor_counts_the_pictures_without_hashes(library, capsys):
    library("copy")
    run(["doctor", "--json"])
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)["checks"]}
    assert checks["hashes"]["detail"] == "3 pictures lack hashes; run: smashpass media hash"
