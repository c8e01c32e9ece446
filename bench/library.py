"""A made-up library of any size: 15 tags, three numbers and a credit for each image.

Images come in blocks. A block is drawn from (seed, number of the block) alone, so an image
depends on (seed, ordinal) alone, and a small library is the beginning of a larger one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple, TypeVar

from smashpass.core.imageset import Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary

T = TypeVar("T")

SEED = 1
TAGS_EACH = 15
TAIL_SIZE = 8_000
BLOCK = 4_096

ALWAYS: Mapping[str, Mapping[str, float]] = {
    "hair": {
        "black": 24, "brown": 22, "blonde": 16, "grey": 8, "red": 7, "white": 6,
        "blue": 4.5, "pink": 4, "green": 3, "purple": 2.5, "silver": 2, "orange": 1,
    },
    "eyes": {
        "brown": 40, "blue": 25, "green": 13, "grey": 9, "amber": 6, "red": 4, "violet": 2,
        "odd": 1,
    },
    "style": {
        "photo": 30, "anime": 25, "oil": 12, "3d": 10, "comic": 10, "sketch": 8, "pixel": 5,
    },
    "kind": {"person": 60, "creature": 18, "robot": 10, "animal": 8, "thing": 4},
    "background": {
        "plain": 35, "city": 20, "forest": 15, "room": 15, "sky": 10, "space": 5,
    },
}  # fmt: skip
"""Facets of which every image has one value, with its share in percent."""

SOMETIMES: tuple[Mapping[str, float], ...] = (
    {"beard": 18},
    {"glasses": 22},
    {"hat:cap": 5, "hat:straw": 3, "hat:hood": 3, "hat:crown": 2, "hat:witch": 1.5},
)
"""Tags of which an image has one or none, with its share in percent."""

SIZES = {
    (512, 512): 35, (512, 768): 20, (768, 512): 10, (1024, 1024): 20, (832, 1216): 10,
    (256, 256): 5,
}  # fmt: skip
LICENCES = {"CC0-1.0": 60, "CC-BY-4.0": 30, "CC-BY-SA-4.0": 10}
SOURCES = {"garden": 50, "harbour": 30, "attic": 15, "cellar": 5}
DEPICTS = {"kind:person": "adult", "kind:thing": "object"}
WITHOUT_SCORE = 0.04

_SLOTS = 1 << 16
_TAIL_DRAWS = 14
# Shifts the Zipf law as B. Mandelbrot did (1953), so that the commonest tag of the tail is on
# one image in eight, as in real tag collections, and not on two in three.
_ZIPF_SHIFT = 10

FACET_NAMES = tuple(f"{facet}:{value}" for facet, values in ALWAYS.items() for value in values)
OTHER_NAMES = tuple(name for group in SOMETIMES for name in group)
TAIL_NAMES = tuple(f"trait_{rank:04d}" for rank in range(1, TAIL_SIZE + 1))
NAMES = ("", *FACET_NAMES, *OTHER_NAMES, *TAIL_NAMES)
"""Tag names by tag id; ids start at 1."""

CSV_HEADER = (
    "id,tags,width,height,score,source,licence,author,digital_source_type,real_person,depicts"
)


class Picture(NamedTuple):
    """One image: tags as ids into ``NAMES``, the score None where it has none."""

    ordinal: int
    tags: tuple[int, ...]
    width: int
    height: int
    score: float | None
    licence: str
    source: str

    @property
    def attributes(self) -> dict[str, float]:
        """Its numbers by full name."""
        numbers = {"image.width": float(self.width), "image.height": float(self.height)}
        if self.score is not None:
            numbers["image.score"] = self.score
        return numbers

    @property
    def names(self) -> list[str]:
        """The names of its tags."""
        return [NAMES[tag] for tag in self.tags]


def images(count: int, seed: int = SEED) -> Iterator[Picture]:
    """Yield the images 1 to ``count``; about 4 µs each."""
    tables = _Tables()
    for block in range(-(-count // BLOCK)):
        first = block * BLOCK + 1
        yield from _block(Random(f"{seed}/{block}"), tables, first, min(BLOCK, count - first + 1))


def vocabulary() -> Vocabulary:
    """Return the vocabulary whose ids the images carry."""
    return Vocabulary.of(NAMES[1:])


def tag_id(name: str) -> TagId:
    """Return the id of a tag of ``NAMES``."""
    return TagId(NAMES.index(name))


def build_index(count: int, seed: int = SEED) -> Index:
    """Make the index of a library without a database; version 1."""
    builder = IndexBuilder()
    for picture in images(count, seed):
        tag_ids = [TagId(tag) for tag in picture.tags]
        builder.add(
            Ordinal(picture.ordinal), tag_ids, picture.attributes, picture.licence, picture.source
        )
    return builder.build(1, vocabulary())


def write_csv(path: Path, count: int, seed: int = SEED) -> None:
    """Write the library as a CSV file that ``smashpass import`` reads; 300 bytes an image."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(CSV_HEADER + "\n")
        file.writelines(map(_csv_line, images(count, seed)))


def _csv_line(picture: Picture) -> str:
    """One line; nothing in it needs quotes, because tags are parted by blanks."""
    names = picture.names
    depicts = next((DEPICTS[name] for name in names if name in DEPICTS), "creature")
    score = "" if picture.score is None else picture.score
    return (
        f"s{picture.ordinal:09d},{' '.join(names)},{picture.width},{picture.height},{score},"
        f"{picture.source},{picture.licence},bench,trainedAlgorithmicMedia,false,{depicts}\n"
    )


class _Tables:
    """For each thing that is drawn, 65,536 slots, shared out by frequency."""

    def __init__(self) -> None:
        ids = {name: number for number, name in enumerate(NAMES)}
        self.facets = [
            _slots([ids[f"{facet}:{value}"] for value in values], list(values.values()))
            for facet, values in ALWAYS.items()
        ]
        for group in SOMETIMES:
            # Tag id 0 stands for none.
            shares = [*group.values(), 100 - sum(group.values())]
            self.facets.append(_slots([*(ids[name] for name in group), 0], shares))
        tail = range(ids[TAIL_NAMES[0]], len(NAMES))
        weights = [1 / (rank + _ZIPF_SHIFT) for rank in range(1, TAIL_SIZE + 1)]
        self.tail = _slots(tail, weights)
        self.sizes = _slots(list(SIZES), list(SIZES.values()))
        self.licences = _slots(list(LICENCES), list(LICENCES.values()))
        self.sources = _slots(list(SOURCES), list(SOURCES.values()))


def _slots(values: Sequence[T], weights: Sequence[float]) -> list[T]:
    """Repeat each value in proportion to its weight, so that a 16-bit number draws one."""
    slots: list[T] = []
    total, reached = sum(weights), 0.0
    for value, weight in zip(values, weights, strict=True):
        reached += weight
        slots += [value] * (round(reached / total * _SLOTS) - len(slots))
    return slots


def _draws(rng: Random, table: list[T], count: int) -> list[T]:
    numbers = memoryview(rng.randbytes(2 * count)).cast("H")
    return [table[number] for number in numbers]


def _block(rng: Random, tables: _Tables, first: int, count: int) -> Iterator[Picture]:
    """Yield the first ``count`` images of a block; the whole block is drawn in any case."""
    facets = [_draws(rng, table, BLOCK) for table in tables.facets]
    tails = _draws(rng, tables.tail, BLOCK * _TAIL_DRAWS)
    sizes = _draws(rng, tables.sizes, BLOCK)
    licences = _draws(rng, tables.licences, BLOCK)
    sources = _draws(rng, tables.sources, BLOCK)
    scores = [rng.random() for _ in range(BLOCK)]
    for at, facet_tags in enumerate(zip(*facets, strict=True)):
        if at == count:
            return
        start = at * _TAIL_DRAWS
        chosen = dict.fromkeys((*facet_tags, *tails[start : start + _TAIL_DRAWS]))
        chosen.pop(0, None)
        if len(chosen) < TAGS_EACH:
            _fill(chosen, rng, tables.tail)
        score = scores[at]
        yield Picture(
            first + at,
            tuple(chosen)[:TAGS_EACH],
            *sizes[at],
            None if score < WITHOUT_SCORE else round(score, 6),
            licences[at],
            sources[at],
        )


def _fill(chosen: dict[int, None], rng: Random, tail: list[int]) -> None:
    """Draw on, one by one, until there are enough different tags; seldom needed."""
    while len(chosen) < TAGS_EACH:
        chosen[tail[rng.getrandbits(16)]] = None


def shares(pictures: Iterable[Picture]) -> dict[str, float]:
    """Return for each tag name on which share of ``pictures`` it is."""
    counts: dict[int, int] = {}
    total = 0
    for picture in pictures:
        total += 1
        for tag in picture.tags:
            counts[tag] = counts.get(tag, 0) + 1
    return {NAMES[tag]: count / total for tag, count in counts.items()}
