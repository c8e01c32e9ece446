"""Files made to do harm: each ends as a picture or as a refusal with its reason, and quickly."""

from __future__ import annotations

import io
import os
import random
import re
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

from smashpass.core.errors import SmashpassError
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.importing.formats.webdataset import WebDataset
from smashpass.media.pool import Task
from smashpass.services.importing.ports import Unreadable
from tests.support.hostile_files import (
    SCRIPT,
    hostile_files,
    mutants,
    parts,
    png_that_lies,
    sound_files,
)

MUTANTS = int(os.environ.get("SMASHPASS_TEST_MUTANTS", "520"))
"""Truncations and flipped bits over all seeds; ten times as many leave no byte out."""


def outside(folder: Path, media: Path) -> set[tuple[str, int]]:
    """Every file below ``folder`` that is not in ``media``, with its size."""
    return {
        (str(path), path.lstat().st_size)
        for path in folder.rglob("*")
        if not path.is_relative_to(media) and not path.is_dir()
    }


def largest_child_kib() -> int:
    """The most memory, in KiB, that any living child of this process has had at once.

    What the system tells of children that ended is no measure of them: it begins with the size of
    the process that started them.
    """
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    children = [child for children_file in lists for child in children_file.read_text().split()]
    states = [Path(f"/proc/{child}/status").read_text() for child in children]
    peaks = [re.search(r"VmHWM:\s+(\d+) kB", state) for state in states]
    return max((int(peak[1]) for peak in peaks if peak), default=0)


def test_mutants_of_pictures_end_with_a_reason_and_touch_nothing_else(
    pool, media, tmp_path, picture
):
    chance = random.Random(11)
    seeds = [
        picture(24, 16, "PNG"),
        picture(24, 16, "JPEG", quality=60),
        picture(24, 16, "WEBP"),
        picture(24, 16, "GIF"),
    ]
    folder = tmp_path / "set"
    folder.mkdir()
    tasks = []
    for number, seed in enumerate(seeds):
        for place, content in enumerate(mutants(seed, MUTANTS // len(seeds), chance)):
            path = folder / f"{number}-{place}"
            path.write_bytes(content)
            tasks.append(Task(str(path), ("small",)))
    before = outside(tmp_path, media.root)

    results, longest, largest = [], 0.0, 0
    for place in range(0, len(tasks), 5):
        began = time.monotonic()
        results += pool.inspect(tasks[place : place + 5])
        longest = max(longest, time.monotonic() - began)
        largest = max(largest, largest_child_kib())

    pool.close()
    codes = Counter(result.code for result in results if isinstance(result, PictureRefusal))
    assert len(results) == len(tasks) >= 500
    assert all(result.reason for result in results if isinstance(result, PictureRefusal))
    assert codes["decoder_died"] == codes["decoder_hung"] == 0
    assert sum(codes.values()) > 100
    assert longest < 2
    assert outside(tmp_path, media.root) == before
    assert 0 < largest < 512 * 1_024


def test_hostile_files_are_the_same_for_the_same_seed_and_sound_ones_are_pictures(pool, tmp_path):
    address = "http://127.0.0.1:9/"
    digests = [
        [sha256(content).digest() for _, content in hostile_files(60, seed, address)]
        for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1] != digests[2]
    tasks = []
    for number, (ending, content) in enumerate(sound_files()):
        assert b"".join(parts(content)) == content
        assert len(parts(content)) > 1
        path = tmp_path / f"{number}.{ending}"
        path.write_bytes(content)
        tasks.append(Task(str(path), ("small",)))
    results = pool.inspect(tasks)
    assert all(isinstance(result, Picture) for result in results), results
    assert {result.mime for result in results} == {
        "image/jpeg", "image/png", "image/webp", "image/gif", "image/avif"
    }  # fmt: skip


def test_bombs_and_lying_headers_are_refused_at_once(pool, tmp_path):
    sizes = [(60_000, 60_000), (1, 2**31 - 1), (2**31 - 1, 1), (24_000, 1_001), (0, 0), (16_385, 1)]
    tasks = []
    for width, height in sizes:
        path = tmp_path / f"{width}x{height}.png"
        path.write_bytes(png_that_lies(width, height))
        tasks.append(Task(str(path), ("small",)))
    began = time.monotonic()
    results = pool.inspect(tasks)
    assert time.monotonic() - began < 2 * len(sizes)
    assert all(isinstance(result, PictureRefusal) and result.reason for result in results)
    assert {result.code for result in results} <= {
        "too_many_pixels", "too_long_side", "broken_picture", "not_a_picture"
    }  # fmt: skip


def test_nothing_of_a_polyglot_but_its_pixels_is_kept(pool, media, tmp_path, picture):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.html", SCRIPT)
    files = {
        "zip.png": picture() + packed.getvalue(),
        "html.jpg": picture(form="JPEG", comment=SCRIPT),
        "pdf.gif": picture(form="GIF", comment=b"%PDF-1.4 " + SCRIPT),
        "script.webp": picture(form="WEBP", xmp=SCRIPT),
        "exif.jpg": picture(form="JPEG", exif=b"Exif\0\0" + SCRIPT),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    results = pool.inspect([Task(str(tmp_path / name), ("small", "large")) for name in files])

    assert all(isinstance(result, Picture) for result in results)
    contents = [path.read_bytes() for path in media.root.rglob("*.webp")]
    assert len(contents) == len(files)
    for content in contents:
        assert SCRIPT not in content
        assert b"PK\x03\x04" not in content
        assert b"%PDF" not in content
        assert not zipfile.is_zipfile(io.BytesIO(content))


TRICKS = {
    "up": ("../out.jpg", tarfile.REGTYPE, ""),
    "up inside": ("a/../../out.jpg", tarfile.REGTYPE, ""),
    "absolute": ("/tmp/out.jpg", tarfile.REGTYPE, ""),
    "link": ("a.jpg", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": ("a.jpg", tarfile.LNKTYPE, "/etc/passwd"),
    "device": ("a.jpg", tarfile.CHRTYPE, ""),
    "block device": ("a.jpg", tarfile.BLKTYPE, ""),
    "pipe": ("a.jpg", tarfile.FIFOTYPE, ""),
}


@pytest.mark.parametrize("name", TRICKS)
def test_tricks_of_archives_reach_nothing(tmp_path, picture, name, monkeypatch):
    path, kind, target = TRICKS[name]
    archive = tmp_path / "a.tar"
    with tarfile.open(archive, "w") as tar:
        for member, type_, link in ((path, kind, target), ("good.jpg", tarfile.REGTYPE, "")):
            info = tarfile.TarInfo(member)
            info.type, info.linkname = type_, link
            content = picture(form="JPEG") if type_ == tarfile.REGTYPE else b""
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = outside(tmp_path, temporary)
    reader = WebDataset(archive)
    records = reader.records()
    first, second = next(records), next(records)
    names = [path.name for path in Path(reader.folder).iterdir()]
    records.close()

    assert isinstance(first, Unreadable)
    assert (first.code, bool(first.reason)) == ("bad_member", True)
    assert second.fields["id"] == "good"
    assert names == ["000000001"]
    assert outside(tmp_path, temporary) == before
    assert [path.name for path in temporary.rglob("*") if path.is_file()] == names


def test_archives_that_were_cut_or_damaged_are_told(tmp_path, picture):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for number in range(3):
            info = tarfile.TarInfo(f"{number}.jpg")
            content = picture(form="JPEG")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    whole = archive.getvalue()
    refused = 0
    chance = random.Random(5)
    for content in mutants(whole, 120, chance):
        path = tmp_path / "a.tar"
        path.write_bytes(content)
        try:
            for _ in WebDataset(path).records():
                pass
        except SmashpassError as error:
            refused += bool(str(error))
    assert refused > 60
