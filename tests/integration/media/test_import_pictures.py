"""A folder of pictures, imported from the command line to what a card needs."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from tests.support.hostile_files import png_that_lies

CREDIT = {
    "source": "tests",
    "licence": "CC0-1.0",
    "digital_source_type": "digitalCreation",
    "real_person": "false",
    "depicts": "creature",
}


class Site:
    """An installation with a collection beside it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = folder / "home"
        self.collection = folder / "set"
        self.collection.mkdir()
        self._capsys = capsys

    def describe(self, *names: str, key: str = "file_name", **more: str) -> None:
        """Write the metadata of pictures."""
        with (self.collection / "metadata.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, [key, "tags", "width", *CREDIT, *more])
            table.writeheader()
            for name in names:
                table.writerow({key: name, "tags": "hat,beard", "width": "7", **CREDIT, **more})

    def give(self, **files: bytes) -> None:
        for name, content in files.items():
            (self.collection / name.replace("__", ".")).write_bytes(content)

    def imported(self, *options: str, source: Path | None = None) -> tuple[int, dict, list]:
        """Import; return the exit code, the counts and the refused rows."""
        command = ["import", str(source or self.collection), "--json", "--workers", "1", *options]
        self._capsys.readouterr()
        code = run(command)
        lines = list(map(json.loads, self._capsys.readouterr().out.splitlines()))
        log = self.home / "runs" / str(lines[-1]["run"]) / "refused.jsonl"
        refused = log.read_text().splitlines() if log.exists() else []
        return code, lines[-1], list(map(json.loads, refused))

    def installation(self) -> Installation:
        return Installation(load({"SMASHPASS_HOME": str(self.home)}))

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.home / "media").rglob("*.webp"))


@pytest.fixture
def site(empty_home, tmp_path, capsys, monkeypatch) -> Site:
    opened = Site(tmp_path, capsys)
    shutil.copytree(empty_home, opened.home)
    monkeypatch.setenv("SMASHPASS_HOME", str(opened.home))
    return opened


def counted(summary: dict) -> tuple[int, int, int, int]:
    return tuple(summary[name] for name in ("added", "changed", "unchanged", "refused"))


def test_a_folder_of_pictures_is_imported_with_all_that_a_card_needs(site, picture):
    site.give(a__png=picture(400, 300), b__jpg=picture(1_500, 1_000, "JPEG"))
    site.describe("a.png", "b.jpg")
    code, summary, _ = site.imported()
    assert (code, counted(summary)) == (0, (2, 0, 0, 0))
    catalogue = site.installation().catalogue
    ordinals = [catalogue.find("tests", name) for name in ("a.png", "b.jpg")]
    pictures = catalogue.pictures_of(ordinals)
    assert [pictures[ordinal].mime for ordinal in ordinals] == ["image/png", "image/jpeg"]
    records = catalogue.images(ordinals)
    assert [(ordinal.width, ordinal.height) for ordinal in records] == [(400, 300), (1_500, 1_000)]
    assert [ordinal.sha256 for ordinal in records] == [
        pictures[ordinal].sha256 for ordinal in ordinals
    ]
    assert len(site.files()) == 4
    showing = site.installation().showing
    assert showing.file(records[0].sha256, "large").path.read_bytes()[8:12] == b"WEBP"


def test_a_row_whose_picture_is_none_is_refused_with_its_line(site, picture):
    site.give(
        good__png=picture(),
        text__png=b"hello",
        cut__jpg=picture(300, 200, "JPEG")[:2_000],
        empty__png=b"",
        bomb__png=png_that_lies(60_000, 60_000),
        drawing__svg=b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    )
    names = ("text.png", "cut.jpg", "good.png", "empty.png", "bomb.png", "drawing.svg", "no.png")
    site.describe(*names)
    code, summary, refused = site.imported()
    assert (code, counted(summary)) == (3, (1, 0, 0, 6))
    assert [(row["line"], row["code"]) for row in refused] == [
        (2, "not_a_picture"),
        (3, "broken_picture"),
        (5, "empty_file"),
        (6, "too_many_pixels"),
        (7, "not_a_picture"),
        (8, "no_file"),
    ]
    assert len(site.files()) == 1


def test_the_same_picture_under_another_name_is_one_image(site, picture):
    data = picture()
    site.give(a__png=data, b__png=data, c__png=picture(65, 48))
    site.describe("a.png", "b.png", "c.png")
    shutil.rmtree(site.home)
    _, dry, _ = site.imported("--dry-run")
    assert counted(dry) == (2, 0, 1, 0)
    assert not site.home.exists()
    _, summary, _ = site.imported()
    assert counted(summary) == (2, 0, 1, 0)
    site.give(d__png=data)
    site.describe("d.png", "c.png", new_number="5")
    _, dry, _ = site.imported("--dry-run")
    _, summary, _ = site.imported()
    assert counted(dry) == counted(summary) == (0, 0, 2, 0)
    assert site.installation().catalogue.find("tests", "d.png") is None


@pytest.mark.parametrize("on_existing", ["skip", "overwrite", "append"])
def test_a_second_import_changes_nothing_and_a_dry_run_says_so(site, picture, on_existing):
    site.give(a__png=picture(), b__png=picture(20, 20))
    site.describe("a.png", "b.png", "c.png")
    site.imported()
    files = site.files()
    _, dry, _ = site.imported("--dry-run", "--on-existing", on_existing)
    code, summary, _ = site.imported("--on-existing", on_existing)
    assert code == 3
    assert counted(dry) == counted(summary) == (0, 0, 2, 1)
    assert site.files() == files


def test_a_picture_that_has_changed_is_taken_when_told_to_overwrite(site, picture):
    site.give(a__png=picture(), b__png=picture(20, 20))
    site.describe("a.png", "b.png")
    site.imported()
    site.give(a__png=picture(90, 91))
    assert counted(site.imported()[1]) == (0, 0, 2, 0)
    for options in (["--dry-run"], []):
        _, summary, _ = site.imported("--on-existing", "overwrite", *options)
        assert counted(summary) == (0, 1, 1, 0)
    catalogue = site.installation().catalogue
    (record,) = catalogue.images([catalogue.find("tests", "a.png")])
    assert (record.width, record.height) == (90, 91)
    assert catalogue.picture(record.sha256).width == 90


def test_pictures_can_be_added_to_images_that_came_without(site, picture):
    site.give(a__png=picture())
    site.describe("a.png")
    assert counted(site.imported("--media", "none")[1]) == (1, 0, 0, 0)
    assert site.files() == []
    for options in (["--dry-run"], []):
        assert counted(site.imported("--on-existing", "append", *options)[1]) == (0, 1, 0, 0)
    assert len(site.files()) == 1
    assert counted(site.imported("--media", "none", "--on-existing", "overwrite")[1])[1] == 1
    catalogue = site.installation().catalogue
    assert catalogue.pictures_of([catalogue.find("tests", "a.png")])  # its width was changed alone


def test_a_linked_picture_is_made_large_from_where_it_lies(site, picture):
    site.give(a__png=picture(800, 600))
    site.describe("a.png")
    site.imported("--media", "link")
    assert [name[-10:] for name in site.files()] == ["small.webp"]
    installation = site.installation()
    (stored,) = installation.catalogue.pictures_of([1]).values()
    assert stored.origin == str(site.collection / "a.png")
    large = installation.showing.file(stored.sha256, "large").path
    installation.decoder.close()
    assert large.read_bytes()[8:12] == b"WEBP"


def test_refused_pictures_are_tried_again_by_retry(site, picture):
    site.give(a__png=picture())
    site.describe("a.png", "b.png")
    assert counted(site.imported()[1]) == (1, 0, 0, 1)
    site.give(b__png=picture(10, 10))
    code = run(["import", "--retry", "1", "--json"])
    assert code == 0
    assert len(site.files()) == 2


def test_a_table_that_names_no_files_needs_none(site, tmp_path):
    table = tmp_path / "table.csv"
    site.describe("1", "2", key="id")
    (site.collection / "metadata.csv").rename(table)
    code, summary, _ = site.imported(source=table)
    assert (code, counted(summary)) == (0, (2, 0, 0, 0))
    code, summary, refused = site.imported("--media", "copy", "--source", "x", source=table)
    assert counted(summary) == (0, 0, 2, 0)  # known already: their pictures are not asked for
    code, summary, refused = site.imported(
        "--media", "copy", "--on-existing", "append", source=table
    )
    assert (code, [row["code"] for row in refused]) == (3, ["no_picture"] * 2)


def test_a_table_may_name_pictures_beside_it(site, picture):
    site.give(a__png=picture())
    site.describe("a.png", key="path")
    table = site.collection / "metadata.csv"
    code, summary, _ = site.imported("--format", "csv", source=table)
    assert (code, counted(summary)) == (0, (1, 0, 0, 0))
    assert len(site.files()) == 1


def test_an_address_that_is_no_folder_is_told_before_anything_is_read(
    site, picture, monkeypatch, capsys
):
    monkeypatch.setenv("SMASHPASS_MEDIA_URL", "ftp://host/prefix")
    site.give(a__png=picture())
    site.describe("a.png")
    assert run(["import", str(site.collection)]) == 2
    assert "SMASHPASS_MEDIA_URL" in capsys.readouterr().err


def test_where_pictures_cannot_be_written_the_import_stops_and_is_resumed(site, picture, capsys):
    site.give(a__png=picture(), b__png=picture(20, 20))
    site.describe("a.png", "b.png")
    (site.home / "media").write_bytes(b"in the way")
    assert run(["import", str(site.collection)]) == 1
    assert "cannot be written" in capsys.readouterr().err
    (site.home / "media").unlink()
    code, summary, _ = site.imported()
    assert (code, counted(summary)) == (0, (2, 0, 0, 0))
