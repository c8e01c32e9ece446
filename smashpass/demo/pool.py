"""Draws in several processes; the result does not depend on their number."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path

from smashpass.core.errors import NotPossible
from smashpass.demo.drawing import Artist
from smashpass.demo.raster import to_webp
from smashpass.demo.recipefile import load_recipe

CHUNK = 20
_WAITING_FOR_EACH_WORKER = 4


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A drawn picture with its description.

    Attributes:
        digests: Of its options and of its bytes: no two pictures may share one.
    """

    number: int
    style: str
    webp: bytes
    digests: tuple[str, str]
    tags: tuple[str, ...]
    label: str


def make(folder: Path, seed: int, number: int, attempt: int = 0) -> DrawnPicture:
    """Draw one picture by the recipe in ``folder``."""
    drawing = artist_for(folder).draw(seed, number, attempt)
    webp = to_webp(drawing.svg)
    digests = (drawing.digest, sha256(webp).hexdigest())
    return DrawnPicture(number, drawing.style.name, webp, digests, drawing.tags, drawing.label)


def made_in_order(
    folder: Path, seed: int, count: int, workers: int
) -> Generator[DrawnPicture, None, None]:
    """Yield the pictures 0 to ``count``, each as soon as those before it are done.

    One worker is this process itself. Only a few chunks are under way at a time, so that memory
    does not grow with ``count``.

    Raises:
        NotPossible: A process that draws was killed.
    """
    if workers == 1:
        for number in range(count):
            yield make(folder, seed, number)
        return
    starts = iter(range(0, count, CHUNK))
    with _pool(workers) as pool:
        waiting: list[Future[list[DrawnPicture]]] = []
        while True:
            for start in starts:
                numbers = range(start, min(start + CHUNK, count))
                waiting.append(pool.submit(_make_all, folder, seed, numbers))
                if len(waiting) >= workers * _WAITING_FOR_EACH_WORKER:
                    break
            if not waiting:
                return
            try:
                yield from waiting.pop(0).result()
            except BrokenProcessPool as error:
                raise NotPossible(
                    "a process that draws was killed", hint="use fewer: --workers 1"
                ) from error


@contextmanager
def _pool(workers: int) -> Generator[ProcessPoolExecutor, None, None]:
    """Yield a pool; pending work is always cancelled at the end."""
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin() -> None:
    """Prepare a process: ignore Ctrl-C, and limit libvips to one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["VIPS_CONCURRENCY"] = "1"


def _make_all(folder: Path, seed: int, numbers: range) -> list[DrawnPicture]:
    """Draw some pictures."""
    return [make(folder, seed, number) for number in numbers]


@lru_cache(maxsize=1)
def artist_for(folder: Path) -> Artist:
    """Return the artist of this process: styles are read once."""
    return Artist(load_recipe(folder))
