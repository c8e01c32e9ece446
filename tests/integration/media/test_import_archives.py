"""Archives of pictures, imported from the command line: every batch of them, the last one too."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest
from PIL import Image

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.services.importing import preview
from smashpass.services.importing import run as pipeline
from smashpass.settings import load

STATED = ("--source", "shop", "--licence", "CC0-1.0", "--no-real-person", "--depicts", "object",
          "--digital-source-type", "digitalCreation")  # fmt: skip
BATCH = 20
"""Pictures that these tests let a batch have."""


def tiny(number: int) -> bytes:
    """Return a PNG that is like no other."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), (number % 256, number // 256, 7)).save(file, "PNG")
    return file.getvalue()


def tar_of(path: Path, members: dict[str, bytes], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def samples(count: int) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    for number in range(count):
        members |= {f"{number:04}.png": tiny(number), f"{number:04}.txt": b"hat, beard"}
    return members


def webdataset(folder: Path, count: int) -> Path:
    return tar_of(folder / "set.tar", samples(count))


def parquet(folder: Path, count: int) -> Path:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow.parquet import write_table

    pictures = [{"bytes": tiny(number), "path": f"{number:04}.png"} for number in range(count)]
    path = folder / "set.parquet"
    write_table(pyarrow.table({"image": pictures, "tags": ["hat,beard"] * count}), path)
    return path


class Site:
    """An installation, and the temporary folder of its imports."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.temporary = folder / "home", folder / "temporary"
        self.temporary.mkdir()
        self._capsys = capsys

    def imported(self, *arguments: str) -> tuple[int, tuple[int, ...], list[dict]]:
        """Import; return the exit code, the counts and the refused rows.

        The counts are (read, added, changed, unchanged, refused).
        """
        self._capsys.readouterr()
        code = run(["import", *map(str, arguments), *STATED, "--json", "--workers", "1"])
        lines = list(map(json.loads, self._capsys.readouterr().out.splitlines()))
        assert lines[-1]["type"] == "summary", lines[-1]
        counts = (lines[-1][name] for name in ("read", "added", "changed", "unchanged", "refused"))
        log = self.home / "runs" / str(lines[-1]["run"]) / "refused.jsonl"
        refused = log.read_text().splitlines() if log.exists() else []
        return code, tuple(counts), list(map(json.loads, refused))

    def installation(self) -> Installation:
        return Installation(load({"SMASHPASS_HOME": str(self.home)}))

    def shown(self) -> list[str]:
        """Return the keys of all images whose small and large picture can be served."""
        installation = self.installation()
        with installation.catalogue.view() as view:
            records = [stored for stored in view.images(range(1, 2_000)) if stored.state == "live"]
        for record in records:
            for size in ("small", "large"):
                content = installation.showing.file(record.sha256, size).path.read_bytes()
                assert content[8:12] == b"WEBP"
        return [record.key for record in records]


@pytest.fixture
def site(empty_home, tmp_path, capsys, monkeypatch) -> Site:
    site = Site(tmp_path, capsys)
    shutil.copytree(empty_home, site.home)
    monkeypatch.setenv("SMASHPASS_HOME", str(site.home))
    monkeypatch.setattr(tempfile, "tempdir", str(site.temporary))
    for module in (pipeline, preview):
        monkeypatch.setattr(module, "PICTURE_BATCH_ROWS", BATCH)
    return site


SIZES = [(webdataset, 1), (webdataset, BATCH - 1), (webdataset, BATCH), (webdataset, BATCH + 1),
         (webdataset, 45), (parquet, 2), (parquet, 45)]  # fmt: skip


@pytest.mark.parametrize(("archive", "count"), SIZES)
def test_every_picture_of_an_archive_comes_in(site, tmp_path, archive, count):
    path = archive(tmp_path, count)
    assert site.imported(path, "--dry-run")[:2] == (0, (count, count, 0, 0, 0))
    assert site.imported(path) == (0, (count, count, 0, 0, 0), [])
    assert len(site.shown()) == count
    assert site.imported(path) == (0, (count, 0, 0, count, 0), [])
    assert list(site.temporary.iterdir()) == []


@pytest.mark.parametrize("archive", [webdataset, parquet])
def test_refused_pictures_of_an_archive_are_tried_again_and_nothing_else(site, tmp_path, archive):
    path = archive(tmp_path, 45)
    without = [option for option in STATED if option not in ("--licence", "CC0-1.0")]
    run(["import", str(path), *without, "--quiet"])  # no row states a licence
    assert site.shown() == []
    assert site.imported("--retry", "1", "--dry-run")[:2] == (0, (45, 0, 45, 0, 0))
    assert site.imported("--retry", "1") == (0, (45, 0, 45, 0, 0), [])
    assert len(site.shown()) == 45
    assert site.imported("--retry", "1") == (0, (45, 0, 0, 45, 0), [])


def test_a_retry_takes_the_refused_pictures_alone_wherever_they_lie(site, tmp_path):
    members = samples(45)
    members |= {f"{number:04}.png": b"not a picture" for number in (0, 21, 44)}
    path = tar_of(tmp_path / "set.tar", members)
    code, counts, refused = site.imported(path)
    assert (code, counts) == (3, (45, 42, 0, 0, 3))
    assert [(row["line"], row["code"]) for row in refused] == [
        (1, "not_a_picture"), (22, "not_a_picture"), (45, "not_a_picture")
    ]  # fmt: skip
    code, counts, retried = site.imported("--retry", "1")
    assert (code, counts, retried) == (3, (3, 0, 0, 0, 3), refused)
    assert len(site.shown()) == 42


def test_no_more_pictures_than_a_batch_has_are_unpacked_at_a_time(site, tmp_path, monkeypatch):
    from smashpass.media.collection import CollectionPictures

    path = webdataset(tmp_path, 45)
    unpacked: list[int] = []
    examine = CollectionPictures.examine

    def counted(self, folder, names, source_types=()):
        unpacked.append(len(list(Path(folder).iterdir())))
        return examine(self, folder, names, source_types)

    monkeypatch.setattr(CollectionPictures, "examine", counted)
    site.imported(path)
    assert unpacked == [BATCH, BATCH, 5]
    code, counts, _ = site.imported(path, "--sync")
    assert (code, counts) == (0, (45, 0, 0, 45, 0))
    assert list(site.temporary.iterdir()) == []


def test_an_import_that_fails_leaves_nothing_unpacked_and_is_resumed(site, tmp_path, capsys):
    path = webdataset(tmp_path, BATCH + 1)
    (site.home / "media").write_bytes(b"in the way")
    assert run(["import", str(path), *STATED]) == 1
    assert "cannot be written" in capsys.readouterr().err
    assert list(site.temporary.iterdir()) == []
    (site.home / "media").unlink()
    assert site.imported(path) == (0, (BATCH + 1, BATCH + 1, 0, 0, 0), [])


@pytest.mark.parametrize("name", ["set.tar.gz", "set.tgz", "SET.TAR", "SET.TGZ"])
def test_packed_archives_and_capital_endings_are_read_alone_or_in_a_folder(site, tmp_path, name):
    folder = tmp_path / "shards"
    folder.mkdir()
    mode = "w" if name.endswith("TAR") else "w:gz"
    members = {"0001.PNG": tiny(1), "0001.TXT": b"hat, beard", "0002.png": tiny(2)}
    path = tar_of(folder / name, members, mode)
    (folder / f"._{name}").write_bytes(b"what a Mac adds to it")
    assert site.imported(path) == (0, (2, 2, 0, 0, 0), [])
    assert site.imported(folder) == (0, (2, 0, 0, 2, 0), [])
    assert len(site.shown()) == 2
