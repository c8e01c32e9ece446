"""Names that look the same: each pair is told, once, and no other."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.tags.lookalikes import (
    _ALIKE,
    MOST_TOLD,
    look_alikes,
    skeleton,
    warning,
    warnings,
)
from smashpass.core.tags.names import normalise
from smashpass.core.tags.vocabulary import Vocabulary

CYRILLIC = "b\u0435\u0430rd"
NAMES = st.text(st.sampled_from("abceo\u0430\u0435\u043e\u03bf:_"), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("h\u0430t", "hat"),
        (CYRILLIC, "beard"),
        ("h\u0430ir:bl\u043ende", "hair:blonde"),
        ("\u0440\u0430\u0443\u0440\u0430l", "paypal"),
        ("\u03bfld", "old"),
        ("long\u2010hair", "long-hair"),
        ("it\u2019s", "it's"),
        ("hair\ua789blonde", "hair:blonde"),
    ],
)
def test_letters_of_other_alphabets_are_told(name: str, other: str) -> None:
    words = Vocabulary.of([other, "else"])
    assert look_alikes([normalise(name)], words) == [(name, other)]
    warned = warning((name, other))
    assert "U+" in warned
    assert other in warned
    assert look_alikes([other], Vocabulary.of([name])) == [(other, name)]


def test_what_only_resembles_is_not_told() -> None:
    words = Vocabulary.of(["hair:blonde", "o_o", "caf\xe9", "\u0431\u043e\u0440\u043e\u0434\u0430"])
    assert (
        look_alikes(["hair:blond", "0_0", "cafe", "\u0431\u043e\u0440\u043e\u0434a_"], words) == []
    )
    assert look_alikes([], words) == []
    assert look_alikes(["hair:blonde"], words) == []


@given(st.lists(NAMES, max_size=6), st.lists(NAMES, max_size=6))
def test_every_pair_is_told_once(new_names: list[str], known_names: list[str]) -> None:
    every = {*new_names, *known_names}
    expected = {
        frozenset((name, other))
        for name in new_names
        for other in every
        if name != other and skeleton(name) == skeleton(other)
    }
    pairs = look_alikes(new_names, Vocabulary.of(known_names))
    assert {frozenset(pair) for pair in pairs} == expected
    assert len(pairs) == len(set(map(frozenset, pairs)))


def test_the_table_holds_letters_that_are_in_tags_and_changes_no_plain_name() -> None:
    for code, plain in _ALIKE.items():
        letter = chr(code)
        assert unicodedata.normalize("NFKC", letter).casefold() in (letter, plain) or (
            normalise(f"x{letter}x") != f"x{plain}x"
        )
        assert plain.isascii()
    assert skeleton("hair:blonde_-'") == "hair:blonde_-'"


def test_many_pairs_are_counted() -> None:
    pairs = [(f"{number}\u0430", f"{number}a") for number in range(MOST_TOLD + 5)]
    lines = warnings(pairs)
    assert len(lines) == MOST_TOLD + 1
    assert lines[-1].startswith("5 more")
    assert warnings(pairs[:2]) == [warning(pair) for pair in pairs[:2]]
