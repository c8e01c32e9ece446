"""``smashpass media formats``, and the effort that files are written with."""

from __future__ import annotations

import json
import os
import signal
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from smashpass.cli.main import run
from smashpass.media.trials.child import BEST_PSNR, psnr
from smashpass.media.trials.pool import EncodingTrials
from smashpass.services.pictures.encodings import (
    Encoding,
    Trial,
    avif_that_pays,
    best_effort,
    compare_encodings,
)
from tests.support.hostile_files import saved

STATED = ("--source", "shop", "--licence", "CC0-1.0", "--digital-source-type", "digitalCreation",
          "--no-real-person", "--depicts", "object", "--workers", "1", "--quiet")  # fmt: skip


@pytest.fixture
def collection(tmp_path, monkeypatch, picture):
    """Four pictures, with a tag each."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "set"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.png").write_bytes(picture(90 + number, 60))
        (folder / f"{number}.txt").write_text("hat")
    return folder


def formats(capsys, *arguments):
    capsys.readouterr()
    assert run(["media", "formats", *arguments, "--workers", "2", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("media", ["copy", "link"])
def test_the_library_is_compared_by_originals_where_there_are_some(collection, capsys, media):
    assert run(["import", str(collection), *STATED, "--media", media]) == 0
    report = formats(capsys, "--sample", "3")
    assert report["pictures"] == 3
    assert report["originals"] == (3 if media == "link" else 0)
    reference = next(
        row for row in report["encodings"] if (row["format"], row["effort"]) == ("webp", 4)
    )
    for row in report["encodings"]:
        assert row["size"] > 0
        if row["format"] == "avif":
            assert row["psnr"] >= reference["psnr"]


def test_a_folder_is_compared_without_a_library_and_nothing_is_written(
    collection, capsys, tmp_path
):
    (collection / "broken.png").write_bytes(b"no picture")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    report = formats(capsys, str(collection))
    assert (report["pictures"], report["refused"], report["originals"]) == (4, 1, 5)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert run(["media", "formats", str(collection)]) == 0
    printed = capsys.readouterr().out
    assert f"SMASHPASS_PICTURE_EFFORT={report['recommended_effort']}" in printed
    assert "AVIF speed 8" in printed


def test_a_folder_without_pictures_is_an_error_that_says_what_to_do(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert run(["media", "formats", str(tmp_path / "empty")]) == 1
    assert "no picture that can be decoded" in capsys.readouterr().err


def test_a_process_that_dies_costs_one_picture(collection):
    paths = [str(collection / f"{number}.png") for number in range(4)]
    ended = []

    def end_once():
        if not ended:
            lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
            (child,) = [
                int(number)
                for file in lists
                for number in file.read_text().split()
                if b"smashpass.media.trials.child" in Path(f"/proc/{number}/cmdline").read_bytes()
            ]
            os.kill(child, signal.SIGKILL)
            ended.append(child)

    results = EncodingTrials(1, end_once).try_all(paths, [Encoding("webp", 0, 80)])
    assert [result is None for result in results] == [False, True, False, False]


def test_the_recommendations_follow_from_the_figures_alone():
    sizes = {0: 150.0, 2: 104.0, 4: 100.0, 6: 100.5}
    trials = {Encoding("webp", effort, 82): Trial(size, 1, 1, 40) for effort, size in sizes.items()}
    assert best_effort(trials) == 2
    assert avif_that_pays(trials, 2) is None
    fast, slow = Encoding("avif", 10, 60), Encoding("avif", 6, 60)
    assert avif_that_pays(trials | {fast: Trial(84, 1, 1, 40)}, 2) is None
    assert avif_that_pays(trials | {fast: Trial(83, 2.1, 1, 40)}, 2) is None
    assert avif_that_pays(trials | {fast: Trial(83, 1, 2.1, 40)}, 2) is None
    assert avif_that_pays(trials | {fast: Trial(83, 1, 1, 39.8)}, 2) is None
    both = {fast: Trial(83, 2, 2, 40), slow: Trial(60, 2, 2, 40)}
    assert avif_that_pays(trials | both, 2) == fast


def test_avif_has_the_lowest_quality_that_reaches_the_psnr():
    def try_all(paths, encodings):
        return [
            [
                Trial(1, 1, 1, 40 if way.format == "webp" else way.quality / (1 + way.effort / 100))
                for way in encodings
            ]
            for _ in paths
        ]

    outcome = compare_encodings(["a", "b"], try_all, 82)
    qualities = {way.effort: way.quality for way in outcome.trials if way.format == "avif"}
    assert qualities == {6: 43, 8: 44, 10: 44}
    assert compare_encodings([], try_all, 82) is None


def test_psnr_is_what_its_definition_says():
    black, grey = Image.new("RGB", (3, 2)), Image.new("RGB", (3, 2), (16, 16, 16))
    assert psnr(black, black) == BEST_PSNR
    assert psnr(black, grey) == pytest.approx(24.0485, abs=1e-3)
    assert psnr(Image.new("RGBA", (3, 2)), Image.new("RGB", (3, 2), (128,) * 3)) == BEST_PSNR


def test_files_are_written_with_the_effort_that_is_set(collection, tmp_path, monkeypatch):
    content = saved(Image.effect_noise((300, 300), 40), "PNG")
    (collection / "0.png").write_bytes(content)
    name = f"*{sha256(content).hexdigest()}*.webp"
    sizes = {}
    for effort in (0, 4, 6):
        home = tmp_path / f"home{effort}"
        monkeypatch.setenv("SMASHPASS_HOME", str(home))
        if effort != 4:
            monkeypatch.setenv("SMASHPASS_PICTURE_EFFORT", str(effort))
        assert run(["import", str(collection), *STATED]) == 0
        (file,) = home.rglob(name)
        sizes[effort] = file.stat().st_size
        monkeypatch.delenv("SMASHPASS_PICTURE_EFFORT", raising=False)
    assert len(set(sizes.values())) == 3, sizes
