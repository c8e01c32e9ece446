"""Power cuts: what a disk may hold after one is opened, over and over, and nothing may be missing.

The real program runs on a disk whose every change is recorded with its bytes (`faulty/shim.c`).
From the recording come images of the disk after a power cut at any moment: what was flushed, and of
the rest nothing, everything, a beginning, or any part, also torn at sectors. Each is opened with
the program. That the recording is whole is checked by playing it to its end; that losses would be
noticed, by the same images of a recording from which the flushes of SQLite's log were taken.
"""

from __future__ import annotations

import os
import pickle
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random

from bench.faulty.crash import MODES, CrashingDisk
from bench.faulty.opening import Opener
from bench.faulty.shim import lacking
from bench.faulty.workloads import Bench, Recording
from bench.report import Row
from bench.site import Site

WORKLOADS = {
    # Images in full and in a quick run, and how much is done in each.
    "swipes": (2_000, 150, 600, 60),
    "import": (1_400, 150, 60, 12),
    "edits": (800, 100, 4, 1),
    "migration": (500, 100, 1, 1),
    "backup": (700, 100, 3, 2),
}
CONTROL = (300, 100)


def measure(site: Site) -> Iterator[Row]:
    """Record every workload, cut the power at many moments, and count what is lost or damaged."""
    if lacking():
        yield Row("power cuts", 0, None, note=lacking())
        return
    folder = site.folder / "power"
    bench = Bench(folder)
    for name, (full, quick, amount, least) in WORKLOADS.items():
        images = site.times(full, quick)
        site.say(f"power cuts during {name}: {images:,} images")
        recording = bench.record(name, least if site.quick else amount)
        _require_whole(recording)
        counts, example = _cut(recording, images, folder, site.seed)
        harmed = counts["lost"] + counts["damaged"]
        yield Row(
            f"power cuts during {name}: images of the disk with something lost or damaged",
            0,
            float(harmed),
            "n",
            gate="0",
            passed=not harmed,
            note=f"{images:,} images of {len(recording.events):,} recorded changes;"
            f" {counts['lost']} lost, {counts['damaged']} damaged"
            + (f", such as: {example}" if example else ""),
        )
        if name == "swipes":
            images = site.times(*CONTROL)
            without = recording.without_flushes("-wal")
            counts, _ = _cut(without, images, folder, site.seed)
            yield Row(
                "the same without the flushes of the log of SQLite: images with losses",
                0,
                float(counts["lost"]),
                "n",
                gate="> 0",
                passed=counts["lost"] > 0,
                note=f"{images:,} images: the measure sees what it looks for",
            )
    shutil.rmtree(folder)


def _require_whole(recording: Recording) -> None:
    """Play a recording to its end, and compare with the files that the program left."""
    disk = CrashingDisk(recording.before)
    for event in recording.events:
        disk.happen(event)
    files = disk.files()
    different = {
        path for path in {*files, *recording.after} if files.get(path) != recording.after.get(path)
    }
    assert not different, f"not everything was recorded: {sorted(different)[:5]}"


def _cut(recording: Recording, images: int, folder: Path, seed: int) -> tuple[Counter[str], str]:
    """Make and open images; return how many are lost or damaged, and an example."""
    moments = sorted(_moments(recording, images, Random(f"{seed} {recording.workload}")))
    file = folder / "recording"
    file.write_bytes(pickle.dumps(recording))
    workers = len(os.sched_getaffinity(0))
    counts: Counter[str] = Counter()
    example = ""
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        tasks = [(moments[number::workers], number) for number in range(workers)]
        for kinds, text in pool.map(partial(_open_images, file, seed), tasks):
            counts += kinds
            example = example or text
    return counts, example


def _moments(recording: Recording, images: int, rng: Random) -> Iterator[int]:
    """Yield how much has happened when the power fails; a quarter is just after a promise."""
    promises = [at for at, event in enumerate(recording.events, start=1) if event.kind == "a"]
    for number in range(images):
        yield rng.choice(promises) if number % 4 == 0 else rng.randint(0, len(recording.events))


def _open_images(file: Path, seed: int, task: tuple[list[int], int]) -> tuple[Counter[str], str]:
    """Open the images of some moments, in a process of its own."""
    moments, worker = task
    recording: Recording = pickle.loads(file.read_bytes())
    opener = Opener(recording, file.parent / f"image-{worker}")
    disk = CrashingDisk(recording.before)
    rng = Random(f"{seed} {worker}")
    counts: Counter[str] = Counter()
    example, happened = "", 0
    for number, moment in enumerate(moments):
        for event in recording.events[happened:moment]:
            disk.happen(event)
        happened = moment
        mode = MODES[number % len(MODES)]
        harm = opener.harm(disk.image(mode, rng), disk.acknowledged)
        counts += Counter({kind.kind for kind in harm})
        if harm and not example:
            example = f"{harm[0].text} (after change {moment:,}, {mode} of the rest)"
    return counts, example
