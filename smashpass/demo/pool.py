"""Draws in several processes; the result does not depend on their number."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path

from smashpass.core.errors import NotPossible
from smashpass.demo.drawing import Artist
from smashpass.demo.raster import SIDE, to_webp
from smashpass.demo.recipefile import load_recipe
from smashpass.media.readymade import ReadyPicture, ready_picture

CHUNK = 40
_WAITING_FOR_EACH_WORKER = 6

Attempt = tuple[int, int]
"""The number of a picture, and which attempt at it: 0 for the first."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be drawn.

    Attributes:
        folder: The recipe.
        seed: The same seed and side give the same bytes.
        side: Width and height in pixels.
        for_store: Whether pictures are made ready for the store, which takes a fifth longer.
    """

    folder: Path
    seed: int
    side: int = SIDE
    for_store: bool = False


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A drawn picture with its description.

    Attributes:
        digests: Of its options and of its bytes: no two pictures may share one. 64 bits each, so
            two that share one by chance are one in a million among 500,000; it is drawn again.
    """

    number: int
    attempt: int
    style: str
    webp: bytes
    digests: tuple[int, int]
    tags: tuple[str, ...]
    label: str
    ready: ReadyPicture | None = None


def make(order: Order, number: int, attempt: int = 0) -> DrawnPicture:
    """Draw one picture."""
    drawing = artist_for(order.folder).draw(order.seed, number, attempt)
    webp = to_webp(drawing.svg, order.side, drawing.style.credit.digital_source_type)
    digests = _short(bytes.fromhex(drawing.digest)), _short(sha256(webp).digest())
    ready = ready_picture(webp) if order.for_store else None
    return DrawnPicture(
        number, attempt, drawing.style.name, webp, digests, drawing.tags, drawing.label, ready
    )


def _short(digest: bytes) -> int:
    """Return 64 bits of a digest, as SQLite keeps integers."""
    return int.from_bytes(digest[:8], "big", signed=True)


def made_in_order(
    order: Order, attempts: Iterable[Attempt], workers: int
) -> Generator[DrawnPicture, None, None]:
    """Yield pictures, each as soon as those before it are done.

    One worker is this process itself. Only a few chunks are under way at a time, so that memory
    does not grow with the number of pictures.

    Raises:
        NotPossible: A process that draws was killed.
    """
    if workers == 1:
        for number, attempt in attempts:
            yield make(order, number, attempt)
        return
    stream = iter(attempts)
    with _pool(workers, order.folder) as pool:
        waiting: list[Future[list[DrawnPicture]]] = []
        while True:
            while len(waiting) < workers * _WAITING_FOR_EACH_WORKER:
                chunk = list(islice(stream, CHUNK))
                if not chunk:
                    break
                waiting.append(pool.submit(_make_all, order, chunk))
            if not waiting:
                return
            try:
                yield from waiting.pop(0).result()
            except BrokenProcessPool as error:
                raise NotPossible(
                    "a process that draws was killed", hint="use fewer: --workers 1"
                ) from error


@contextmanager
def _pool(workers: int, folder: Path) -> Generator[ProcessPoolExecutor, None, None]:
    """Yield a pool; pending work is always cancelled at the end."""
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(folder,)
    )
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(folder: Path) -> None:
    """Prepare a process: ignore Ctrl-C, end with the parent, limit libvips to one thread."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["VIPS_CONCURRENCY"] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()
    artist = artist_for(folder)
    for style in artist.recipe.styles:
        artist.style(style.name)
    gc.collect()
    gc.freeze()  # the styles are many objects that stay: not to be looked through again


def _end_with_parent() -> None:
    """End this process when its parent is gone: a worker of the pool would wait forever."""
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _make_all(order: Order, attempts: list[Attempt]) -> list[DrawnPicture]:
    """Draw some pictures."""
    return [make(order, number, attempt) for number, attempt in attempts]


@lru_cache(maxsize=1)
def artist_for(folder: Path) -> Artist:
    """Return the artist of this process: styles are read once."""
    return Artist(load_recipe(folder))
