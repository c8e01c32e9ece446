"""Every sentence of the contract of the query language, one after the other."""

from __future__ import annotations

import pytest

from smashpass.core.errors import BadQuery
from smashpass.core.imageset import ImageSet
from smashpass.core.query.bind import bind
from smashpass.core.query.evaluate import MySets, images
from smashpass.core.query.normal import normalise, text_of
from smashpass.core.query.parser import parse
from tests.support.builders import a_library

DAY = 86_400.0
NOVEMBER = 1_793_491_200.0
"""2026-11-01 in UTC."""

LIBRARY = a_library(
    hair__blonde=[1, 2, 3],
    hair__black=[4],
    beard=[1, 4],
    blonde=[9],
    hat__straw=[2],
    straw_hat=[5],
    black_cat=[6],
    group__none=[7],
    long_hair=[3],
    aliases={"whiskers": "beard", "golden_hair": "hair:blonde", "and": "beard", "not": "beard"},
    attributes={
        "image.width": {1: 256, 2: 512, 3: 1024},
        "image.score": {1: 0.1, 2: 0.2, 3: 0.8, 4: 0.9},
        "image.added": {1: NOVEMBER - 1, 2: NOVEMBER, 3: NOVEMBER + DAY},
    },
    licences={8: "CC-BY-4.0"},
    sources={8: "Other Set"},
    untagged=[8],
)
MINE = MySets(smashed=ImageSet([1, 2]), passed=ImageSet([3]))
ALL = set(range(1, 10))


def found(text: str) -> set[int]:
    index = LIBRARY.index
    form = normalise(bind(parse(text), index.vocabulary, columns=index.columns()))
    canonical = text_of(form, index.vocabulary)
    reparsed = normalise(bind(parse(canonical), index.vocabulary, columns=index.columns()))
    assert reparsed == form, canonical
    return set(images(form, index, MINE))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # `blonde hair beard` = all of them (longest known tag wins: `blonde hair` is one tag)
        ("blonde hair beard", {1}),
        ("long hair", {3}),
        ("blonde beard", set()),
        ("beard AND blonde hair", {1}),
        # `a OR b`, `-a` or `NOT a`, `( )`
        ("beard OR long_hair", {1, 3, 4}),
        ("-beard blonde hair", {2, 3}),
        ("NOT beard blonde hair", {2, 3}),
        ("(beard OR long_hair) -hair:black", {1, 3}),
        # `"exact tag"`
        ('"hair:blonde"', {1, 2, 3}),
        ('"Long  Hair"', {3}),
        # `hair:*` and `bla*` over tag names
        ("hair:*", {1, 2, 3, 4}),
        ("bla*", {6}),
        ("bl*", {6, 9}),
        ("whisk*", {1, 4}),
        # `hair:none` / `hair:any` over a namespace
        ("hair:any", {1, 2, 3, 4}),
        ("hair:none", ALL - {1, 2, 3, 4}),
        # attributes
        ("width:>=512", {2, 3}),
        ("width:<512", {1}),
        ("score:0.2..0.8", {2, 3}),
        ("tagcount:<1", {8}),
        ("licence:CC-BY-4.0", {8}),
        ('source:"Other Set"', {8}),
        ("added:2026-11-01..", {2, 3}),
        ("added:..2026-11-01", {1, 2}),
        ("added:2026-11-01", {2}),
        # `my:smashed`, `my:passed`, `my:unseen`
        ("my:smashed", {1, 2}),
        ("my:passed", {3}),
        ("my:unseen", ALL - {1, 2, 3}),
        # Spaces and underscores are the same, case is folded, Unicode NFKC.
        ("LONG_HAIR", {3}),
        ("ｌong　hair", {3}),
        # `value namespace` names `namespace:value` too, unless a tag or alias has that name.
        ("blonde hair", {1, 2, 3}),
        ("straw hat", {5}),
        ("golden hair", {1, 2, 3}),
        # Only capital AND, OR, NOT are operators
        ("and long hair", set()),
        ("not", {1, 4}),
        # quoted text is one exact tag name, `"not"` and `"group:none"` included
        ('"not"', {1, 4}),
        ('"AND"', {1, 4}),
        ('"group:none"', {7}),
        ("group:none", ALL - {7}),
        # `~word` asks for the nearest on purpose
        ("~baerd", {1, 4}),
        # `NOT` binds tighter than `AND`, `AND` than `OR`
        ("NOT beard AND hair:* OR black cat", {2, 3, 6}),
        ("NOT (beard AND hair:* OR black cat)", ALL - {1, 4, 6}),
        ("black cat OR beard AND hair:black", {4, 6}),
        # nothing said is nothing excluded
        ("", ALL),
    ],
)
def test_a_query_finds(text: str, expected: set[int]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "start", "end", "suggestions"),
    [
        # A word that names no tag: an error that proposes the nearest tags
        ("hair:* baerd", 7, 12, ("beard",)),
        ('"blonde hair"', 0, 13, ()),
        ("zz*", 0, 3, ()),
        ("beard or hat", 6, 8, ()),
        # a dangling operator or bracket is an error, never repaired
        ("beard OR", 6, 8, ()),
        ("AND beard", 0, 3, ()),
        ("beard AND OR hat", 6, 9, ()),
        ("NOT", 0, 3, ()),
        ("(beard", 0, 1, ()),
        ("beard)", 5, 6, ()),
        ("()", 0, 2, ()),
        ('"beard', 0, 6, ()),
        # ranges, dates and terms that are none
        ("width:wide", 0, 10, ()),
        ("score:0.8..0.2", 0, 14, ()),
        ("added:2026-02-30", 0, 16, ()),
        ("my:mind", 0, 7, ("my:smashed", "my:passed", "my:unseen")),
        ("widht:>=512", 0, 11, ("width",)),
        # ≤ 2,000 UTF-8 bytes, ≤ 64 terms and operators, ≤ 16 levels of parentheses
        ("é" * 1_001, 0, 1_001, ()),
        ("beard " * 65, 384, 389, ()),
        ("(" * 17 + "beard" + ")" * 17, 16, 17, ()),
    ],
)
def test_a_query_is_refused_with_the_place_and_a_way_out(text, start, end, suggestions) -> None:
    with pytest.raises(BadQuery) as caught:
        found(text)

    assert (caught.value.position, caught.value.end) == (start, end)
    assert set(suggestions) <= set(caught.value.suggestions)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["é" * 1_000, "beard " * 64, "(" * 16 + "beard" + ")" * 16, "beard OR " * 31 + "beard"]
)
def test_texts_within_the_limits_are_read(text: str) -> None:
    assert parse(text) is not None


def test_a_wildcard_has_no_cap() -> None:
    library = a_library(**{f"t{number:05d}": [number] for number in range(1, 5_001)})
    query = normalise(bind(parse("t*"), library.vocabulary))
    assert len(images(query, library.index)) == 5_000


@pytest.mark.parametrize(
    ("text", "other_text"),
    [
        ("blonde hair beard", "whiskers AND golden_hair"),
        ("-(beard OR hair:black)", "NOT hair:black -beard"),
        ("hair:none", "-hair:*"),
        ("beard beard", "beard"),
        ("beard (hair:black OR -hair:black)", "beard"),
        ("width:>=512 beard", "beard AND image.width:>=512"),
    ],
)
def test_equal_meanings_have_equal_normal_forms(text: str, other_text: str) -> None:
    words = LIBRARY.vocabulary
    assert normalise(bind(parse(text), words)) == normalise(bind(parse(other_text), words))
