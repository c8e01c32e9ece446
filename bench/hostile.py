"""Thousands of picture files made to do harm, through the decoders that an import uses.

Each has to end as a picture or as a refusal with a code, within 10 s and 512 MiB. The files are
handed over as many at a time as there are decoders, so the time of such a batch is more than that
of each of its files. Memory is the most that a decoder ever held in RAM; what one that died had
held is not seen: its address space had a limit of 512 MiB.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bench.report import Row, at_most
from bench.site import Site
from smashpass.core.pictures.picture import LONGEST_SIDE, Picture, Size, stored_size
from smashpass.media.folder import MediaFolder
from smashpass.media.pool import DecoderPool, Task
from smashpass.media.worker import MEMORY_BYTES
from tests.support.hostile_files import hostile_files

FILES = 5_400
_QUICK_FILES = 800
LONGEST_S = 10.0
_SIZES: tuple[Size, ...] = tuple(LONGEST_SIDE)
_DEATHS = ("decoder_died", "decoder_hung")


def measure(site: Site) -> Iterator[Row]:
    """Hand all files over, and look what has become of them and of the media folder."""
    folder = site.folder / "hostile"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    count = site.times(FILES, _QUICK_FILES)
    site.say(f"{count:,} hostile files")
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        run = _Run(folder, count, site.seed, f"http://127.0.0.1:{port}/")
        with DecoderPool(folder / "media", len(os.sched_getaffinity(0))) as decoders:
            run.go(decoders)
            decoders.make_connect(port)
        connections = _accepted(server)
    codes = ", ".join(f"{code} {number:,}" for code, number in run.codes.most_common())
    title = "hostile files"
    ended = len(run.pictures) + sum(run.codes.values())
    yield Row(f"{title}: a picture or a refusal", 0, ended, "n", gate=f"= {count:,}",
              passed=ended == count and "" not in run.codes)  # fmt: skip
    yield Row(f"{title}: refused", 0, sum(run.codes.values()), "n", note=codes)
    deaths = sum(run.codes[code] for code in _DEATHS)
    yield Row(f"{title}: that ended their decoder", 0, deaths, "n")
    yield at_most(f"{title}: the longest", 0, run.longest_s, LONGEST_S)
    yield at_most(f"{title}: memory of a decoder", 0, run.largest, MEMORY_BYTES, unit="B")
    left = run.left_behind()
    yield at_most(f"{title}: files left behind by refused ones", 0, left, 0, unit="n")
    yield at_most(f"{title}: connections that decoders opened", 0, connections, 0, unit="n")
    shutil.rmtree(folder)


class _Run:
    """All files, and what became of them."""

    def __init__(self, folder: Path, count: int, seed: int, address: str) -> None:
        self._folder = folder
        self._files = hostile_files(count, seed, address)
        self._count = count
        self.pictures: list[Picture] = []
        self.codes: Counter[str] = Counter()
        self.longest_s = 0.0
        self.largest = 0

    def go(self, decoders: DecoderPool) -> None:
        """Write some files, decode them, and remove them, until there are no more."""
        source = self._folder / "source"
        source.mkdir()
        step = len(os.sched_getaffinity(0))
        for begin in range(0, self._count, step):
            paths = []
            for number in range(begin, min(begin + step, self._count)):
                ending, content = next(self._files)
                paths.append(source / f"{number}.{ending}")
                paths[-1].write_bytes(content)
            began = time.perf_counter()
            results = decoders.inspect([Task(str(path), _SIZES) for path in paths])
            self.longest_s = max(self.longest_s, time.perf_counter() - began)
            self.largest = max(self.largest, *map(_peak, decoders.process_ids()))
            for result in results:
                if isinstance(result, Picture):
                    self.pictures.append(result)
                else:
                    self.codes[result.code if result.reason else ""] += 1
            for path in paths:
                path.unlink()
        source.rmdir()  # fails if a decoder wrote anything there

    def left_behind(self) -> int:
        """Return how many files lie in the folder that no picture accounts for."""
        media = MediaFolder(self._folder / "media")
        expected = {
            media.path(picture.sha256, stored_size(picture.width, picture.height, size))
            for picture in self.pictures
            for size in _SIZES
        }
        lying = {path for path in self._folder.rglob("*") if not path.is_dir()}
        assert expected <= lying, "a file of a picture is missing"
        return len(lying - expected)


def _peak(process: int) -> int:
    """Return the most memory that a process has had in RAM, in bytes."""
    with suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
        if peak := re.search(r"VmHWM:\s+(\d+) kB", status):
            return int(peak[1]) << 10
    return 0


def _accepted(server: socket.socket) -> int:
    """Return how many connections have come."""
    count = 0
    with suppress(BlockingIOError):
        while True:
            server.accept()[0].close()
            count += 1
    return count
