"""Which tags the words of a query name."""

from __future__ import annotations

from time import process_time

import pytest

from smashpass.core.errors import BadQuery
from smashpass.core.query.bind import bind
from smashpass.core.query.bound import All, And, AnyTag, Not, Nothing, Query
from smashpass.core.query.parser import parse
from smashpass.core.query.syntax import Facet, Mine, Range
from smashpass.core.tags.vocabulary import Vocabulary

VOCABULARY = Vocabulary.of(
    [
        "beard",
        "beard_full",
        "hair:blonde",
        "hair:light_blonde",
        "hair:black",
        "hair",
        "blonde",
        "eye_color:blue",
        "glasses",
        "red",
        "panda",
        "black_hat",
        "hat:black",
        "year:1999",
        "not",
        "not_a_tag",
        "miku_(vocaloid)",
        "hair:none",
        "a",
    ],
    {"specs": "glasses", "full_beard": "beard_full", "hair:yellow": "hair:blonde"},
)


def tag(*names: str) -> AnyTag:
    tags = [VOCABULARY.resolve(name) for name in names]
    assert None not in tags
    return AnyTag(frozenset(tag_id for tag_id in tags if tag_id is not None))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", All()),
        ("beard", tag("beard")),
        ("BEARD", tag("beard")),
        ("specs", tag("glasses")),
        ("blonde hair", tag("hair:blonde")),
        ("blonde_hair", tag("hair:blonde")),
        ("Blonde  Hair", tag("hair:blonde")),
        ("yellow hair", tag("hair:blonde")),
        ("blonde hair beard", And((tag("hair:blonde"), tag("beard")))),
        ("light blonde hair", tag("hair:light_blonde")),
        ("blue eye color", tag("eye_color:blue")),
        ("black hat", tag("black_hat")),
        ("beard full beard", And((tag("beard_full"), tag("beard")))),
        ("full beard", tag("beard_full")),
        ("hair blonde", And((tag("hair"), tag("blonde")))),
        ("blonde AND hair", And((tag("blonde"), tag("hair")))),
        ('blonde "hair"', And((tag("blonde"), tag("hair")))),
        ("(blonde) hair", And((tag("blonde"), tag("hair")))),
        ("beard_full glasses", And((tag("beard_full"), tag("glasses")))),
        ("-blonde hair beard", And((Not(tag("hair:blonde")), tag("beard")))),
        ("-blonde hair", Not(tag("hair:blonde"))),
        ("-(blonde hair)", Not(tag("hair:blonde"))),
        ("not a tag", tag("not_a_tag")),
        ('"not"', tag("not")),
        ('"hair:none"', tag("hair:none")),
        ('"Blonde"', tag("blonde")),
        ("hair:*", tag("hair:blonde", "hair:light_blonde", "hair:black", "hair:none")),
        ("hair:none", Not(tag("hair:blonde", "hair:light_blonde", "hair:black", "hair:none"))),
        ("eye_color:any", tag("eye_color:blue")),
        ("hair:y*", tag("hair:blonde")),
        ("be*", tag("beard", "beard_full")),
        ("miku (vocaloid)", None),
        ("miku_(vocaloid)", tag("miku_(vocaloid)")),
        ("year:1999", tag("year:1999")),
        ("year:2000", Range("image.year", 2000, 2000)),
        ("year:>=2000 beard", And((Range("image.year", 2000, None), tag("beard")))),
        ("image.year:1999", Range("image.year", 1999, 1999)),
        ("width:5", Range("image.width", 5, 5)),
        ("my:unseen", Mine("unseen")),
        ("licence:CC0-1.0", Facet("licence", "cc0-1.0")),
        ("~baerd", tag("beard")),
        ("~bread", tag("beard", "red")),
        ("~glases", tag("glasses")),
        ("~hair:block", tag("hair:black")),
        ("~panda red", And((tag("panda"), tag("red")))),
        ("~pandx -~rex", And((tag("panda"), Not(tag("red"))))),
    ],
)
def test_words_name(text: str, expected: Query | None) -> None:
    if expected is None:
        with pytest.raises(BadQuery):
            bind(parse(text), VOCABULARY, columns=["image.year"])
    else:
        assert bind(parse(text), VOCABULARY, columns=["image.year"]) == expected


def test_nearby_takes_every_tag_at_the_smallest_distance() -> None:
    vocabulary = Vocabulary.of(["cat", "bat", "cart", "dog"], {"rat": "dog"})

    bound = bind(parse("~aat"), vocabulary)

    names = {vocabulary.names[tag_id] for tag_id in bound.tags}
    assert names == {"cat", "bat", "dog"}


@pytest.mark.parametrize(
    ("text", "start", "end", "suggestions"),
    [
        ("baerd", 0, 5, ["beard"]),
        ("glasses baerd", 8, 13, ["beard"]),
        ("glasses -baerd", 9, 14, ["beard"]),
        ("-beard baerd", 7, 12, ["beard"]),
        ("(beard OR blnde hair)", 10, 15, ["blonde", "hair:blonde"]),
        ('"baerd"', 0, 7, ["beard"]),
        ("zzzzzz", 0, 6, []),
        ("zz*", 0, 3, []),
        ("zz:any", 0, 6, []),
        ("hiar:none", 0, 9, ["hair"]),
        ("~zzzzzzz", 0, 8, []),
        ("red_panda", 0, 9, []),
        ("beard or glasses", 6, 8, []),
        ("widht:>=5", 0, 9, ["width"]),
        ("yaer:>=5", 0, 8, ["year"]),
        ("image.yaer:5", 0, 12, ["year"]),
        ("a,b", 0, 3, []),
    ],
)
def test_unknown_words_are_refused_with_the_nearest(text, start, end, suggestions) -> None:
    with pytest.raises(BadQuery) as caught:
        bind(parse(text), VOCABULARY, columns=["image.year"])

    assert (caught.value.position, caught.value.end) == (start, end)
    assert caught.value.hint
    assert set(suggestions) <= set(caught.value.suggestions)


@pytest.mark.parametrize(
    ("text", "columns", "detail", "hint"),
    [
        (
            "plugin.estetic:>0.7",
            ["image.year", "plugin.sharp", "plugin.aesthetic"],
            "the library has no scores 'plugin.estetic'",
            "did you mean plugin.aesthetic?",
        ),
        (
            "beard plugin.beauty:..1",
            ["plugin.sharp", "plugin.aesthetic"],
            "the library has no scores 'plugin.beauty'",
            "it has plugin.aesthetic, plugin.sharp",
        ),
        (
            "plugin.beauty:1",
            ["image.year"],
            "the library has no scores 'plugin.beauty'",
            "a scorer has to fill it first",
        ),
        (
            "aesthetic:>0.7",
            ["plugin.aesthetic"],
            "no tag is called 'aesthetic:>0.7', and the library has no attribute 'aesthetic'",
            "did you mean plugin.aesthetic?",
        ),
    ],
)
def test_scores_that_the_library_does_not_have_are_refused(text, columns, detail, hint) -> None:
    with pytest.raises(BadQuery) as caught:
        bind(parse(text), VOCABULARY, columns=columns)

    assert (caught.value.detail, caught.value.hint) == (detail, hint)
    assert text[caught.value.position : caught.value.end] == text.removeprefix("beard ")


def test_scores_are_found_by_name_in_any_case_and_exactly_first() -> None:
    columns = ["plugin.Fun", "plugin.fun", "plugin.Sharp"]
    for text, name in [
        ("plugin.fun:1", "plugin.fun"),
        ("plugin.Fun:1", "plugin.Fun"),
        ("PLUGIN.SHARP:1", "plugin.Sharp"),
    ]:
        assert bind(parse(text), VOCABULARY, columns=columns) == Range(name, 1, 1)


@pytest.mark.parametrize("strict", [True, False])
def test_a_query_in_a_tree_cannot_read_scores(strict: bool) -> None:
    with pytest.raises(BadQuery, match="on_missing") as caught:
        bind(parse("beard plugin.fun:>0.5"), VOCABULARY, strict=strict, in_tree=True)

    assert (caught.value.position, caught.value.end) == (6, 21)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("beard or glasses", "write OR for the operator"),
        ("red_panda", "for several tags write red panda"),
        ("baerd", "did you mean beard?"),
    ],
)
def test_errors_tell_the_way_out(text: str, hint: str) -> None:
    with pytest.raises(BadQuery) as caught:
        bind(parse(text), VOCABULARY)

    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zzz", Nothing()),
        ("zzz beard", And((Nothing(), tag("beard")))),
        ("-zzz beard", And((Not(Nothing()), tag("beard")))),
        ('"zzz"', Nothing()),
        ("zz*", Nothing()),
        ("zz:any", Nothing()),
        ("zz:none", Not(Nothing())),
        ("zz:>=5", Range("image.zz", 5, None)),
    ],
)
def test_unknown_words_match_nothing_if_that_is_asked_for(text: str, expected: Query) -> None:
    assert bind(parse(text), VOCABULARY, strict=False) == expected


def test_without_columns_a_strict_search_knows_only_the_built_in_ones() -> None:
    assert bind(parse("width:5"), VOCABULARY) == Range("image.width", 5, 5)
    with pytest.raises(BadQuery):
        bind(parse("year:2000"), VOCABULARY)
    with pytest.raises(BadQuery):
        bind(parse("image.year:2000"), VOCABULARY)


@pytest.mark.parametrize(
    ("text", "position"), [("my:smashed", 0), ("beard ~bread", 6), ("-(beard OR my:unseen)", 11)]
)
def test_trees_cannot_ask_for_swipes_or_for_nearby_tags(text: str, position: int) -> None:
    for strict in (True, False):
        with pytest.raises(BadQuery) as caught:
            bind(parse(text), VOCABULARY, strict=strict, in_tree=True)
        assert caught.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "a " * 64,
        "a_a_a_a_a_a_a_a_a_a_a_a_a_a_a " * 64,
        "a_" * 999 + "a",
        "zz " * 64,
        "x" * 2000,
        "red_panda_" * 150,
        "a OR -a " * 21,
    ],
)
def test_hostile_words_cost_little(text: str) -> None:
    text = text[:2000]
    VOCABULARY.nearest("a")
    times: list[float] = []
    messages: list[str] = []
    for strict in (True, False, True, False):
        start = process_time()
        try:
            bind(parse(text), VOCABULARY, strict=strict)
        except BadQuery as bad:
            messages.append(str(bad))
        times.append(process_time() - start)

    assert all(len(message) < 300 for message in messages)
    assert min(times[::2]) < 0.05
    assert min(times[1::2]) < 0.05
