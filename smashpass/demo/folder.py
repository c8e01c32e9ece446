"""Writes a folder of demo pictures that ``smashpass import`` reads: an imagefolder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from smashpass.core.errors import NotPossible
from smashpass.demo.drawing import require_extra
from smashpass.demo.journal import Journal
from smashpass.demo.pool import Order
from smashpass.demo.recipefile import load_recipe
from smashpass.demo.series import drawn_in_order, generator_name, made_of, row_of

METADATA = "metadata.jsonl"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Counts of what was written."""

    pictures: int
    bytes: int
    tags: int
    styles: int


def render(
    order: Order, out: Path, *, count: int, workers: int, progress: Callable[[int], None]
) -> Rendered:
    """Write ``count`` pictures and their metadata into ``out``.

    The same seed and side give the same bytes, with any number of workers; a larger ``count``
    extends the same pictures. The metadata file is written last, so a folder without it is not
    finished. ``progress`` is called with the number of pictures done.

    Raises:
        NotPossible: The extra ``demo`` is absent, or ``out`` cannot be written, or holds files
            of something else.
    """
    require_extra()
    recipe = load_recipe(order.folder)
    part = out / f"{METADATA}.part"
    tags: Counter[str] = Counter()
    styles: set[str] = set()
    size = 0
    generator = generator_name()
    try:
        _prepare(out)
        with (
            part.open("w", encoding="utf-8") as lines,
            closing(Journal(None, made_of(order, generator))) as journal,
        ):
            for picture in drawn_in_order(order, journal, (), count, workers):
                row = row_of(recipe, picture, order, generator)
                _write(out / str(row["file_name"]), picture.webp)
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
                tags.update(picture.tags)
                styles.add(picture.style)
                size += len(picture.webp)
                progress(picture.number + 1)
        part.replace(out / METADATA)
    except OSError as error:
        raise NotPossible(
            f"cannot write the pictures: {error.strerror}",
            where=str(error.filename or out),
            hint="name a folder that may be written, with room for 10 KB a picture",
        ) from error
    return Rendered(count, size, len(tags), len(styles))


def _prepare(out: Path) -> None:
    """Make the folder; refuse one that holds something else."""
    out.mkdir(parents=True, exist_ok=True)
    for entry in out.iterdir():
        ours = entry.is_dir() and entry.name.isdigit()
        if not ours and entry.name not in (METADATA, f"{METADATA}.part"):
            raise NotPossible(
                f"the folder holds {entry.name!r}, which is not from an earlier rendering",
                where=str(out),
                hint="name an empty folder",
            )
    (out / METADATA).unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    """Write a picture."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
