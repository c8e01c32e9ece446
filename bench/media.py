"""Importing pictures, beside a bare Pillow loop that makes the same files on all processors.

The loop is the least that has to be done: read, hash, decode, resize, write WebP files with the
same settings. It flushes nothing, keeps no limits, compares no look and takes no metadata; what it
does of a broken file does not matter here.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from bench.processes import PeerFailed, run, smashpass
from bench.report import Row, beside
from bench.site import Site
from smashpass.core.pictures.picture import EFFORT, LONGEST_SIDE, Picture, Size, shown_size
from smashpass.media.derive import QUALITY
from smashpass.media.pool import DecoderPool, Task

PICTURES = 400
ROUNDS = 5
SHARE = 0.85
LOOP = "bare Pillow loop"
_SIDES = ((832, 1_216), (1_024, 1_024), (1_216, 832), (512, 768))
_SIZES: tuple[Size, ...] = tuple(LONGEST_SIDE)
_COLUMNS = {
    "source": "bench", "licence": "CC0-1.0", "digital_source_type": "digitalCreation",
    "real_person": "false", "depicts": "creature", "tags": "hat",
}  # fmt: skip


def measure(site: Site) -> Iterator[Row]:
    """Compare the decoders, and the whole import command, with the loop."""
    folder = site.folder / "media"
    source = folder / "pictures"
    count, rounds = site.times(PICTURES, 24), site.times(ROUNDS, 2)
    paths = draw(source, count, site.seed)
    cores = len(os.sched_getaffinity(0))
    ours, loop, command = [], [], []
    with (
        DecoderPool(folder / "ours", cores) as decoders,
        multiprocessing.get_context("spawn").Pool(cores) as processes,
    ):
        # Both have their processes before the clock starts.
        _decoded(decoders, paths[:cores], folder / "ours")
        _looped(processes, paths[:cores], folder / "loop")
        for number in range(rounds):
            site.say(f"{count} pictures, round {number + 1} of {rounds}")
            ours.append(_decoded(decoders, paths, folder / "ours") / count)
            loop.append(_looped(processes, paths, folder / "loop") / count)
            command.append(_imported(source, folder / "home", cores, count) / count)
            loop.append(_looped(processes, paths, folder / "loop") / count)
    theirs = statistics.median(loop)
    for what, figures in (("decoders", ours), ("import command", command)):
        seconds = statistics.median(figures)
        yield beside(
            f"{count} pictures on {cores} processors, a picture by the {what}",
            0,
            seconds,
            LOOP,
            theirs,
            at_least=SHARE,
            judged=count == PICTURES,
        )
    shutil.rmtree(folder)


def draw(folder: Path, count: int, seed: int) -> list[str]:
    """Draw pictures as detailed as photographs, half PNG and half JPEG, with a table of tags."""
    folder.mkdir(parents=True)
    chance = np.random.default_rng(seed)
    paths = []
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, ["file_name", *_COLUMNS])
        table.writeheader()
        for number in range(count):
            sides = _SIDES[number % len(_SIDES)]
            name, options = (
                (f"{number}.jpg", {"quality": 92}) if number % 2 else (f"{number}.png", {})
            )
            _natural(sides, chance).save(folder / name, **options)
            paths.append(str(folder / name))
            table.writerow({"file_name": name, **_COLUMNS})
    return paths


def _natural(sides: tuple[int, int], chance: np.random.Generator) -> Image.Image:
    """Return noise in which each octave is half as strong as the one before, as in photographs."""
    channels = []
    for _ in range(3):
        total = np.full(sides[::-1], 128.0)
        for octave in range(1, 8):
            coarse = chance.normal(0, 48 / 1.9**octave, (2**octave, 2**octave))
            grown = Image.fromarray(coarse.astype(np.float32)).resize(
                sides, Image.Resampling.BICUBIC
            )
            total += np.asarray(grown)
        channels.append(Image.fromarray(total.clip(0, 255).astype(np.uint8)))
    return Image.merge("RGB", channels)


def _decoded(decoders: DecoderPool, paths: list[str], made: Path) -> float:
    """Return the seconds that our decoders take, files on disk included."""
    shutil.rmtree(made, ignore_errors=True)
    began = time.perf_counter()
    results = decoders.inspect([Task(path, _SIZES, "", "digitalCreation") for path in paths])
    seconds = time.perf_counter() - began
    assert all(isinstance(result, Picture) for result in results), results
    assert len(list(made.rglob("*.webp"))) == len(_SIZES) * len(paths)
    return seconds


def _looped(processes: multiprocessing.pool.Pool, paths: list[str], made: Path) -> float:
    """Return the seconds that the loop takes."""
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    began = time.perf_counter()
    names = processes.map(_bare, [(path, str(made)) for path in paths], chunksize=1)
    seconds = time.perf_counter() - began
    assert len(set(names)) == len(paths)
    assert len(list(made.iterdir())) == len(_SIZES) * len(paths)
    return seconds


def _bare(work: tuple[str, str]) -> str:
    """Make the files of one picture with as little as possible."""
    data = Path(work[0]).read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    with Image.open(io.BytesIO(data)) as opened:
        pixels = opened.convert("RGB")
    for size in _SIZES:
        sides = shown_size(*pixels.size, size)
        shown = pixels.resize(sides, Image.Resampling.LANCZOS, reducing_gap=3.0)
        shown.save(Path(work[1], f"{sha256}-{size}.webp"), quality=QUALITY, method=EFFORT)
    return sha256


def _imported(source: Path, home: Path, workers: int, count: int) -> float:
    """Return the seconds that the command takes into a new home."""
    shutil.rmtree(home, ignore_errors=True)
    arguments = ("import", str(source), "--workers", str(workers), "--json")
    process = run(smashpass(*arguments), source, {"SMASHPASS_HOME": str(home)})
    if process.code:
        raise PeerFailed(f"`smashpass import` ended with {process.code}: {process.complaint}")
    assert json.loads(process.output.strip().splitlines()[-1])["added"] == count
    return process.seconds
