"""Writes a folder of demo pictures that ``smashpass import`` reads: an imagefolder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from smashpass.core.errors import NotPossible
from smashpass.demo.drawing import require_extra
from smashpass.demo.pool import DrawnPicture, made_in_order, make
from smashpass.demo.raster import SIDE
from smashpass.demo.recipe import Recipe
from smashpass.demo.recipefile import load_recipe

METADATA = "metadata.jsonl"
_IN_A_FOLDER = 1_000
_ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Rendered:
    """Counts of what was written."""

    pictures: int
    bytes: int
    tags: int
    styles: int


def render(
    recipe_folder: Path,
    out: Path,
    *,
    count: int,
    seed: int,
    workers: int,
    progress: Callable[[int], None],
) -> Rendered:
    """Write ``count`` pictures and their metadata into ``out``.

    The same seed gives the same bytes, with any number of workers; a larger ``count`` extends the
    same pictures. The metadata file is written last, so a folder without it is not finished.
    ``progress`` is called with the number of pictures done.

    Raises:
        NotPossible: The extra ``demo`` is absent, or ``out`` cannot be written, or holds files
            of something else.
    """
    require_extra()
    recipe = load_recipe(recipe_folder)
    part = out / f"{METADATA}.part"
    digests: set[str] = set()
    tags: Counter[str] = Counter()
    styles: set[str] = set()
    size = 0
    generator = f"DiceBear {version('dicebear-core')}, styles {version('dicebear-styles')}"
    try:
        _prepare(out)
        with part.open("w", encoding="utf-8") as lines:
            for picture in made_in_order(recipe_folder, seed, count, workers):
                picture = _unlike(digests, picture, recipe_folder, seed)
                digests.update(picture.digests)
                row = row_of(recipe, picture, seed, generator)
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


def row_of(recipe: Recipe, picture: DrawnPicture, seed: int, generator: str) -> dict[str, object]:
    """Return the metadata of a picture, as ``smashpass import`` reads it."""
    credit = recipe.style(picture.style).credit
    name = f"{picture.style}-{seed}-{picture.number:06}"
    return {
        "file_name": f"{picture.number // _IN_A_FOLDER:03}/{name}.webp",
        "id": name,
        "tags": list(picture.tags),
        "width": SIDE,
        "height": SIDE,
        "label": picture.label,
        "source": credit.source,
        "licence": credit.licence,
        "author": credit.author,
        "digital_source_type": credit.digital_source_type,
        "generator": generator,
        "real_person": False,
        "depicts": credit.depicts,
    }


def _unlike(
    digests: set[str], picture: DrawnPicture, recipe_folder: Path, seed: int
) -> DrawnPicture:
    """Return a picture unlike all earlier ones: the same, or the next attempt at its number."""
    for attempt in range(1, _ATTEMPTS):
        if digests.isdisjoint(picture.digests):
            return picture
        picture = make(recipe_folder, seed, picture.number, attempt)
    raise NotPossible(
        f"picture {picture.number} looks like one before it in {_ATTEMPTS} attempts",
        hint="render fewer pictures, or add to the recipe",
    )


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
