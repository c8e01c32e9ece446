"""Completion against its slow twin, which looks at every name."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.explore.completion import Completer, completer
from smashpass.core.imageset import ImageSet
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.index import Index
from smashpass.core.query.join import named
from smashpass.core.tags.names import fold, namespace_of, value_of
from smashpass.core.tags.spellings import initials
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.builders import ALIASES, TAGS, a_library, libraries

LIBRARY = a_library(
    beard=[1, 2, 3],
    beard_full=[1],
    full_moon=[1, 2],
    hair__blonde=[1, 2],
    blonde_hair_long=[3],
    hair__black=[4],
    old_beard=[5],
    aliases={"whiskers": "beard", "bearded": "hair:black", "blond": "hair:blonde"},
)


def proposed(typed: str, library=LIBRARY, limit: int = 10) -> list[str]:
    names = library.vocabulary.names
    completions = completer(library.index).complete(typed, limit)
    return [
        names[completion.tag] + (f" < {completion.via}" if completion.via else "")
        for completion in completions
    ]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("beard", ["beard", "beard_full", "old_beard", "hair:black < bearded"]),
        ("bear", ["beard", "beard_full", "old_beard", "hair:black < bearded"]),
        ("FULL ", ["full_moon", "beard_full"]),
        ("blonde hair", ["hair:blonde", "blonde_hair_long"]),
        ("long blo", ["blonde_hair_long"]),
        ("hair:", ["hair:blonde", "hair:black", "blonde_hair_long"]),
        ("whiskers", ["beard < whiskers"]),
        ("whi", ["beard < whiskers"]),
        ("blon", ["blonde_hair_long", "hair:blonde"]),
        ("/bh", ["hair:blonde", "blonde_hair_long", "hair:black"]),
        ("/hb", ["hair:blonde", "hair:black"]),
        ("/b", ["hair:blonde", "beard_full", "blonde_hair_long", "hair:black"]),
        ("berad", ["beard"]),
        ("zzzzzz", []),
        ("x" * 171, []),
        ("-", []),
        ("/", []),
        ("\ud800", []),
    ],
)
def test_what_is_proposed(typed: str, expected: list[str]) -> None:
    assert proposed(typed) == expected


def test_nothing_typed_gives_the_commonest() -> None:
    assert proposed("", limit=3) == ["beard", "full_moon", "hair:blonde"]
    names = LIBRARY.vocabulary.names
    assert [names[tag] for tag in completer(LIBRARY.index).most_common(2)] == ["beard", "full_moon"]


def test_deprecated_tags_come_last() -> None:
    words = replace(LIBRARY.vocabulary, deprecated=frozenset({LIBRARY.id("beard")}))
    index = LIBRARY.index.with_changes(IndexChanges(vocabulary=words), 2)
    completions = [
        words.names[completion.tag] for completion in completer(index).complete("bear", 10)
    ]
    assert completions == ["beard_full", "old_beard", "hair:black", "beard"]


def twin(index: Index, typed: str, limit: int) -> list[tuple[str, str | None]]:
    """The definition: look at every name, ask how it fits, sort."""
    words = index.vocabulary
    folded = fold(typed)
    fits: dict[int, tuple[int, str | None]] = {}
    parts = [part for part in _parts(folded) if part]
    for tag, name in enumerate(words.names):
        if not name or tag in words.aliases:
            continue
        aliases = sorted(words.names[a] for a, t in words.aliases.items() if t == tag)
        options: list[tuple[int, str | None]] = []
        if named(folded, words) == tag:
            options.append((0, folded if folded in aliases else None))
        if name.startswith(folded):
            options.append((1, None))
        if folded and parts and folded[0] != "/" and _has_words(name, parts):
            options.append((2, None))
        if folded:
            options += [(3, alias) for alias in aliases if alias.startswith(folded)][:1]
        if parts and folded[0] != "/":
            options += [(4, alias) for alias in aliases if _has_words(alias, parts)][:1]
        if folded[:1] == "/" and folded[1:]:
            short = [None] if _abbreviates(folded[1:], name) else []
            short += [alias for alias in aliases if _abbreviates(folded[1:], alias)]
            options += [(4, via) for via in short[:1]]
        if options:
            fits[tag] = min(options, key=lambda option: option[0])
    if not fits and folded:
        for near, distance in reversed(words.near(folded)):
            fits[words.resolve(near)] = (5 + distance, None)

    def order(tag: int) -> tuple[object, ...]:
        late = tag in words.deprecated if fits[tag][0] < 5 else False
        return (late, fits[tag][0], -index.count(tag), words.names[tag])

    return [(words.names[tag], fits[tag][1]) for tag in sorted(fits, key=order)][:limit]


def _has_words(name: str, parts: list[str]) -> bool:
    name_parts = [part for part in _parts(name) if part]
    return all(any(name_part.startswith(part) for name_part in name_parts) for part in parts)


def _parts(name: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in name).split(" ")


def _abbreviates(letters: str, name: str) -> bool:
    spoken = [_parts(name), [*_parts(value_of(name)), *_parts(namespace_of(name))]]
    short = ["".join(part[0] for part in parts if part) for parts in spoken]
    return any(len(name_part) > 1 and name_part.startswith(letters) for name_part in short)


NAMES = (*TAGS, *ALIASES)
TYPED = (
    st.sampled_from(NAMES).flatmap(lambda name: st.integers(0, 5).map(lambda n: name[:n]))
    | st.sampled_from(NAMES)
    | st.sampled_from(["hair b", "b h", "/bf", "/h", "/bhl", "bread", "full beard", "blnde", ":"])
    | st.text(max_size=6)
)


def test_the_words_of_an_alias_are_found_in_any_order() -> None:
    library = a_library(hair__blonde=[1], beard=[2], aliases={"golden_long_hair": "hair:blonde"})
    assert proposed("hai gol", library) == ["hair:blonde < golden_long_hair"]
    assert proposed("golden hair", library) == ["hair:blonde < golden_long_hair"]
    assert proposed("gol beard", library) == []


@given(libraries(), TYPED, st.integers(1, 12), st.sets(st.sampled_from(TAGS), max_size=3))
def test_it_equals_looking_at_every_name(library, typed, limit, late) -> None:
    words = replace(library.vocabulary, deprecated=frozenset(map(library.id, late)))
    index = library.index.with_changes(IndexChanges(vocabulary=words), 2)

    completions = [(words.names[p.tag], p.via) for p in completer(index).complete(typed, limit)]

    assert completions == twin(index, typed, limit)


@given(libraries(), libraries(), st.sampled_from(NAMES), st.booleans(), TYPED)
def test_what_is_taken_over_is_what_would_be_made_anew(library, other, name, hide, typed) -> None:
    before = completer(library.index)
    images = ImageSet(list(library.images)[:3] + list(other.images)[:1])
    changes = IndexChanges(tagged={library.id(name): images}, hidden=images if hide else ImageSet())
    index = library.index.with_changes(changes, 2)

    taken_over = completer(index, before)

    assert taken_over.complete(typed, 10) == completer(index).complete(typed, 10)
    assert taken_over.most_common(100) == completer(index).most_common(100)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("blonde_hair", {"bh"}), ("hair:light_blonde", {"hlb", "lbh"}), ("beard", set())],
)
def test_abbreviations(name: str, expected: set[str]) -> None:
    assert initials(name) == expected


@pytest.fixture(scope="module")
def large() -> Completer:
    """20,000 names of three words out of few, so that every range is wide."""
    firsts, seconds = [f"{a}{b}a" for a in "abcd" for b in "efghi"], "klmno"
    names = [f"{first}_{two}{n:03d}" for first in firsts for two in seconds for n in range(200)]
    builder = IndexBuilder()
    for ordinal in range(1, 3_000):
        builder.add(ordinal, [1 + (ordinal * 7919 + k * k) % 20_000 for k in range(5)], {})
    return completer(builder.build(1, Vocabulary.of(names)))


@pytest.mark.parametrize("typed", ["a", "", "k", "ae", "aea_k", "k0 b", "dia_o199", "beea"])
def test_wide_ranges_are_completed_exactly_and_soon(large: Completer, typed: str) -> None:
    index, names = large.index, large.index.vocabulary.names
    completions = [
        (names[completion.tag], completion.via) for completion in large.complete(typed, 10)
    ]
    assert completions == twin(index, typed, 10)
    start = process_time()
    for _ in range(5):
        large.complete(typed, 10)
    assert (process_time() - start) / 5 < 0.05
