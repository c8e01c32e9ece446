"""Small libraries for tests: written out by hand, or drawn by Hypothesis.

A ``Library`` is the slow and obvious twin of an ``Index``: plain dicts and sets, and names
instead of ids.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from hypothesis import strategies as st

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.index import Index
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.library.score_column import ScoreColumn
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary

A_MODEL = ModelVersion("oip", "aesthetic", "3", "512px")


@dataclass(frozen=True)
class Image:
    """One image of a plain library; attributes by full name, without ``image.tag_count``."""

    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, float] = field(default_factory=dict)
    licence: str = ""
    source: str = ""
    live: bool = True


@dataclass(frozen=True)
class Library:
    """A library as plain data. ``names`` holds every tag and alias name; places give the ids."""

    images: Mapping[int, Image]
    names: tuple[str, ...]
    aliases: Mapping[str, str] = field(default_factory=dict)
    implications: frozenset[tuple[str, str]] = frozenset()
    scores: Mapping[str, Mapping[int, float]] = field(default_factory=dict)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.of(self.names, self.aliases, sorted(self.implications))

    @cached_property
    def index(self) -> Index:
        return self.build(version=1)

    def build(self, version: int) -> Index:
        builder = IndexBuilder()
        for ordinal, image in sorted(self.images.items()):
            builder.add(
                Ordinal(ordinal),
                self.ids(image.tags),
                image.attributes,
                image.licence,
                image.source,
                image.live,
            )
        index = builder.build(version, self.vocabulary)
        return index.with_scores(
            {
                name: a_score_column(numbers, self.images, name)
                for name, numbers in self.scores.items()
            }
        )

    def id(self, name: str) -> TagId:
        tag_id = self.vocabulary.find(name)
        assert tag_id is not None, name
        return tag_id

    def ids(self, names: Iterable[str]) -> array[int]:
        return array("I", sorted(self.id(name) for name in names))

    @property
    def live(self) -> set[int]:
        return {ordinal for ordinal, image in self.images.items() if image.live}

    def canonical(self, name: str) -> str:
        return self.aliases.get(name, name)

    def effective(self, ordinal: int) -> set[str]:
        """Canonical names of an image with everything they imply, by walking until nothing new."""
        carried = {self.canonical(name) for name in self.images[ordinal].tags}
        while True:
            more = {implied for tag, implied in self.implications if tag in carried} - carried
            if not more:
                return carried
            carried |= more

    def having(self, name: str) -> set[int]:
        canonical = self.canonical(name)
        return {ordinal for ordinal in self.live if canonical in self.effective(ordinal)}

    def value(self, ordinal: int, name: str) -> float | None:
        if name == "image.tag_count":
            return float(len(self.images[ordinal].tags))
        if name in self.scores:
            return self.scores[name].get(ordinal)
        return self.images[ordinal].attributes.get(name)


def a_library(
    *,
    aliases: Mapping[str, str] | None = None,
    implications: Iterable[tuple[str, str]] = (),
    attributes: Mapping[str, Mapping[int, float]] | None = None,
    licences: Mapping[int, str] | None = None,
    sources: Mapping[int, str] | None = None,
    hidden: Iterable[int] = (),
    untagged: Iterable[int] = (),
    **tags: Iterable[int],
) -> Library:
    """Write out a library by tag: ``a_library(beard=[1, 3], hair__blonde=[2])``.

    ``__`` in a keyword is the colon of a namespace. Names that only ``aliases`` or
    ``implications`` mention are tags without images. ``untagged`` are images without tags.
    """
    aliases = dict(aliases or {})
    pairs = frozenset(implications)
    attributes = attributes or {}
    carried = {name.replace("__", ":"): set(images) for name, images in tags.items()}
    names = dict.fromkeys([*carried, *aliases, *aliases.values(), *(n for p in pairs for n in p)])
    ordinals = set(untagged) | set(hidden)
    ordinals.update(*carried.values(), *attributes.values(), licences or (), sources or ())
    images = {
        ordinal: Image(
            tags=frozenset(name for name, having in carried.items() if ordinal in having),
            attributes={name: of[ordinal] for name, of in attributes.items() if ordinal in of},
            licence=(licences or {}).get(ordinal, "CC0-1.0"),
            source=(sources or {}).get(ordinal, "tests"),
            live=ordinal not in set(hidden),
        )
        for ordinal in sorted(ordinals)
    }
    return Library(images, tuple(names), aliases, pairs)


def an_index(**library: object) -> Index:
    """Make the index of ``a_library`` of the same arguments."""
    return a_library(**library).index  # type: ignore[arg-type]


def a_score_column(
    numbers: Mapping[int, float], known: Iterable[int] = (), name: str = "plugin.x"
) -> ScoreColumn:
    """Make a column of one scorer's numbers; ``known`` are images that it has no number for."""
    ordinals = array("I", sorted(numbers))
    values = array("d", [numbers[ordinal] for ordinal in ordinals])
    answered = ImageSet([*ordinals, *known])
    return ScoreColumn.build(name, A_MODEL, ordinals, values, answered)


TAGS = (
    "beard_full",
    "beard",
    "hair:blonde",
    "hair:black",
    "blonde_hair_long",
    "hat",
    "eyes:blue",
    "glasses",
    "smile",
    "old",
)
ALIASES = ("whiskers", "blond", "specs", "hair:yellow")
ATTRIBUTES = ("image.width", "image.height", "image.score", "image.added")

_ORDINALS = st.integers(1, 40) | st.sampled_from([65_535, 65_536, 65_537, 131_072, 131_099])
_VALUES = {
    "image.width": st.sampled_from([256.0, 512.0, 1024.0]),
    "image.height": st.integers(1, 2000).map(float),
    "image.score": st.floats(-1, 1) | st.sampled_from([0.0, 0.25, 0.5]),
    "image.added": st.integers(1_700_000_000, 1_700_300_000).map(float),
}


@st.composite
def images(draw: st.DrawFn, names: tuple[str, ...] = TAGS + ALIASES) -> Image:
    """One random image that carries some of ``names``."""
    chosen = draw(st.sets(st.sampled_from(ATTRIBUTES)))
    return Image(
        tags=draw(st.frozensets(st.sampled_from(names), max_size=6)),
        attributes={name: draw(_VALUES[name]) for name in sorted(chosen)},
        licence=draw(st.sampled_from(["CC0-1.0", "CC-BY-4.0", ""])),
        source=draw(st.sampled_from(["demo", "Other Set"])),
        live=draw(st.sampled_from([True, True, True, False])),
    )


@st.composite
def libraries(draw: st.DrawFn, max_images: int = 25) -> Library:
    """A small random library with aliases, implications (a DAG) and hidden images."""
    aliased = draw(st.sets(st.sampled_from(ALIASES)))
    aliases = {alias: draw(st.sampled_from(TAGS)) for alias in sorted(aliased)}
    places = st.tuples(st.integers(0, len(TAGS) - 1), st.integers(0, len(TAGS) - 1))
    # Implications lead from a lower place to a higher one, so there can be no circle.
    pairs = draw(st.sets(places.filter(lambda pair: pair[0] < pair[1]), max_size=5))
    return Library(
        images=draw(st.dictionaries(_ORDINALS, images(), max_size=max_images)),
        names=TAGS + ALIASES,
        aliases=aliases,
        implications=frozenset((TAGS[low], TAGS[high]) for low, high in pairs),
    )


@st.composite
def scored_libraries(draw: st.DrawFn) -> Library:
    """A small random library for some images of which a scorer gave a number."""
    library = draw(libraries())
    numbers = st.none() | st.sampled_from([0.0, 0.25, 0.5]) | st.floats(-1, 1)
    drawn = {ordinal: draw(numbers) for ordinal in sorted(library.images)}
    scores = {ordinal: number for ordinal, number in drawn.items() if number is not None}
    return replace(library, scores={"plugin.fun": scores})
