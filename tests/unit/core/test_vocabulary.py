"""The vocabulary against the obvious: sets of names, and edit distance by its definition."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.tags.names import TagId
from smashpass.core.tags.nearest import distance
from smashpass.core.tags.vocabulary import Vocabulary

NAMES = [f"{letter}{number}" for letter in "abc" for number in range(4)]


@st.composite
def vocabularies(draw: st.DrawFn) -> tuple[Vocabulary, dict[str, str], set[tuple[str, str]]]:
    """A vocabulary with the plain data it was made from."""
    aliased = draw(st.sets(st.sampled_from(NAMES), max_size=4))
    free = [name for name in NAMES if name not in aliased]
    aliases = {name: draw(st.sampled_from(free)) for name in sorted(aliased)}
    pair = st.tuples(st.integers(0, len(free) - 1), st.integers(0, len(free) - 1))
    drawn = draw(st.sets(pair, max_size=8))
    implications = {(free[a], free[b]) for a, b in drawn if a < b}
    return Vocabulary.of(NAMES, aliases, sorted(implications)), aliases, implications


def meaning(name: str, aliases: dict[str, str], implications: set[tuple[str, str]]) -> set[str]:
    """The slow twin: follow every arrow until nothing new is found."""
    reached = {aliases.get(name, name)}
    while True:
        more = reached | {other for tag, other in implications if tag in reached}
        if more == reached:
            return reached
        reached = more


@given(vocabularies(), st.sets(st.sampled_from(NAMES)))
def test_effective_tags_are_what_following_every_arrow_gives(arrows, own_names) -> None:
    vocabulary, aliases, implications = arrows
    expected = set().union(*(meaning(name, aliases, implications) for name in own_names))

    tags = vocabulary.effective(vocabulary.find(name) for name in own_names)

    assert {vocabulary.names[tag] for tag in tags} == expected


@given(vocabularies())
def test_sources_are_the_tags_that_lead_to_a_tag(arrows) -> None:
    vocabulary, aliases, implications = arrows
    for name in NAMES:
        expected = {
            raw
            for raw in NAMES
            if name in meaning(raw, aliases, implications) and name not in aliases
        }

        tags = vocabulary.sources(vocabulary.find(name))

        assert {vocabulary.names[tag] for tag in tags} == expected


@given(vocabularies(), st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES)))
def test_via_names_a_tag_that_leads_there(arrows, name, own_names) -> None:
    vocabulary, aliases, implications = arrows
    tag, carried = vocabulary.find(name), {vocabulary.find(own_name) for own_name in own_names}

    via = vocabulary.via(tag, carried)

    leading = {
        own_name for own_name in own_names if name in meaning(own_name, aliases, implications)
    }
    if name in own_names or not leading:
        assert via is None
    else:
        assert vocabulary.names[via] in leading


@given(vocabularies(), st.sampled_from(["a", "b", "c", "a1", "d", "", "c3"]))
def test_matching_finds_names_and_aliases_by_prefix(arrows, prefix) -> None:
    vocabulary, aliases, _ = arrows
    expected = {aliases.get(name, name) for name in NAMES if name.startswith(prefix)}

    assert {vocabulary.names[tag] for tag in vocabulary.matching(prefix)} == expected


def test_ids_follow_the_order_of_names() -> None:
    vocabulary = Vocabulary.of(["beard", "glasses"], {"specs": "glasses"})

    assert vocabulary.find("beard") == TagId(1)
    assert vocabulary.resolve("specs") == vocabulary.find("glasses")
    assert vocabulary.find("nothing") is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("baerd", ["beard"]),
        ("blond", ["hair:blonde"]),
        ("berad", ["beard"]),
        ("hair:blnde", ["hair:blonde"]),
        ("zzzz", []),
        ("beard", ["beard"]),
    ],
)
def test_nearest_finds_misspelt_tags(word: str, expected: list[str]) -> None:
    vocabulary = Vocabulary.of(["beard", "hair:blonde", "glasses", "moustache"])

    assert vocabulary.nearest(word) == expected


def by_definition(left: str, right: str) -> int:
    """Optimal string alignment distance, as its recursion is written in the books."""

    @cache
    def d(i: int, j: int) -> int:
        if min(i, j) == 0:
            return max(i, j)
        options = [d(i - 1, j) + 1, d(i, j - 1) + 1]
        options.append(d(i - 1, j - 1) + (left[i - 1] != right[j - 1]))
        if i > 1 and j > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
            options.append(d(i - 2, j - 2) + 1)
        return min(options)

    return d(len(left), len(right))


@given(st.text("abc", max_size=7), st.text("abc", max_size=7), st.integers(0, 3))
def test_distance_is_the_defined_one_up_to_its_bound(left: str, right: str, most: int) -> None:
    exact = by_definition(left, right)

    assert distance(left, right, most) == (exact if exact <= most else None)


@given(st.lists(st.text("abcd:", min_size=1, max_size=6), max_size=12), st.text("abcd", max_size=6))
def test_nearest_equals_comparing_with_every_spelling(names: list[str], word: str) -> None:
    vocabulary = Vocabulary.of(names)
    reach = 1 if len(word) <= 4 else 2
    expected = {}
    for name in set(names):
        value = name.split(":", 1)[1] if name.partition(":")[0] and name.partition(":")[2] else name
        best = min(by_definition(word, name), by_definition(word, value))
        if best <= reach:
            expected[name] = best

    in_order = sorted(expected, key=lambda n: (expected[n], n))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smashpass.core.tags.vocabulary.REMEMBERED_WORDS", 1)
        assert vocabulary.nearest(word, limit=99) == in_order
        vocabulary.nearest("another word")
        assert [vocabulary.nearest(word, limit=99) for _ in range(2)] == [in_order] * 2
