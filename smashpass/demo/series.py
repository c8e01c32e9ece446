"""The pictures of a seed in their order, each unlike all before it."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from hashlib import sha256
from importlib.metadata import version
from itertools import chain

from smashpass.core.errors import NotPossible
from smashpass.demo.journal import Journal, Noted
from smashpass.demo.pool import DrawnPicture, Order, made_in_order, make
from smashpass.demo.recipe import Recipe

_ATTEMPTS = 50
_IN_A_FOLDER = 1_000


def generator_name() -> str:
    """Return what the pictures are drawn with, as their credit states it."""
    return f"DiceBear {version('dicebear-core')}, styles {version('dicebear-styles')}"


def drawn_in_order(
    order: Order, journal: Journal, again: Iterable[Noted], count: int, workers: int
) -> Generator[DrawnPicture, None, None]:
    """Draw pictures ``again``, then those up to ``count`` that the journal does not know.

    The latter are noted in the journal. With any number of workers they are the same.

    Raises:
        NotPossible: A picture looks like one before it at every attempt.
    """
    known = journal.count
    attempts = chain(
        ((noted.number, noted.attempt) for noted in again),
        ((number, 0) for number in range(known, count)),
    )
    for picture in made_in_order(order, attempts, workers):
        if picture.number < known:
            yield picture
            continue
        unlike = _unlike(journal, picture, order)
        journal.add(Noted(unlike.number, unlike.style, unlike.attempt), unlike.digests)
        yield unlike


def _unlike(journal: Journal, picture: DrawnPicture, order: Order) -> DrawnPicture:
    """Return a picture unlike all earlier ones: the same, or the next attempt at its number."""
    for attempt in range(1, _ATTEMPTS):
        if journal.is_new(picture.digests):
            return picture
        picture = make(order, picture.number, attempt)
    raise NotPossible(
        f"picture {picture.number} looks like one before it in {_ATTEMPTS} attempts",
        hint="draw fewer pictures, or add to the recipe",
    )


def name_of(style: str, seed: int, number: int) -> str:
    """Return what a picture is called: the same in a folder and in the library."""
    return f"{style}-{seed}-{number:06}"


def row_of(
    recipe: Recipe, picture: DrawnPicture, order: Order, generator: str
) -> dict[str, object]:
    """Return the metadata of a picture, as ``smashpass import`` reads it."""
    credit = recipe.style(picture.style).credit
    name = name_of(picture.style, order.seed, picture.number)
    return {
        "file_name": f"{picture.number // _IN_A_FOLDER:03}/{name}.webp",
        "id": name,
        "tags": list(picture.tags),
        "width": order.side,
        "height": order.side,
        "label": picture.label,
        "source": credit.source,
        "licence": credit.licence,
        "author": credit.author,
        "digital_source_type": credit.digital_source_type,
        "generator": generator,
        "real_person": False,
        "depicts": credit.depicts,
    }


def made_of(order: Order, generator: str) -> str:
    """Return a text that is another one whenever the same number may be another picture."""
    digest = sha256()
    for path in sorted(order.folder.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"seed {order.seed}, {order.side} px, {generator}, recipe {digest.hexdigest()}"
