"""What texts say, which are refused, and where."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadQuery
from smashpass.core.query.parser import parse
from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Everything,
    Exact,
    Facet,
    Mine,
    Namespace,
    Negation,
    NotFirst,
    Range,
    Span,
    Syntax,
    Wildcard,
    Word,
    Words,
)
from tests.support.query_strategies import TEXTS


def word(*texts: str) -> Words:
    return Words(tuple(Word(text) for text in texts))


def seconds(year: int, month: int, day: int) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def shape(syntax: Syntax) -> str:
    """The tree with every bracket written."""
    match syntax:
        case Words(words):
            return "_".join(word.text for word in words)
        case NotFirst(run):
            return f"(not-first {shape(run)})"
        case Negation(item):
            return f"(not {shape(item)})"
        case Conjunction(items):
            return f"(and {' '.join(map(shape, items))})"
        case Disjunction(items):
            return f"(or {' '.join(map(shape, items))})"
        case Exact(name):
            return f'"{name}"'
        case other:
            return str(other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", "a"),
        ("a b", "a_b"),
        ("a AND b", "(and a b)"),
        ("a OR b", "(or a b)"),
        ("a OR b AND c", "(or a (and b c))"),
        ("a AND b OR c", "(or (and a b) c)"),
        ("a b OR c d", "(or a_b c_d)"),
        ("a AND b c", "(and a b_c)"),
        ("a b AND c", "(and a_b c)"),
        ("NOT a AND b", "(and (not a) b)"),
        ("NOT a OR b", "(or (not a) b)"),
        ("NOT a b", "(not-first a_b)"),
        ("-a b", "(not-first a_b)"),
        ("a -b c", "(and a (not-first b_c))"),
        ("a b -c", "(and a_b (not c))"),
        ("-a -b", "(and (not a) (not b))"),
        ("-a AND b", "(and (not a) b)"),
        ("NOT NOT a", "(not (not a))"),
        ("NOT NOT a b", "a_b"),
        ("NOT -NOT a b", "(not-first a_b)"),
        ("--a", "(not (not a))"),
        ("-(a b)", "(not a_b)"),
        ("-(a OR b) c", "(and (not (or a b)) c)"),
        ("(a OR b) c", "(and (or a b) c)"),
        ("a (b OR c)", "(and a (or b c))"),
        ("a AND (b OR c AND d) OR e", "(or (and a (or b (and c d))) e)"),
        ("(a)", "a"),
        ("((a b))", "a_b"),
        ("(a) (b)", "(and a b)"),
        ("(a) b", "(and a b)"),
        ("a (b) c", "(and a b c)"),
        ('a "b" c', '(and a "b" c)'),
        ('"a""b"', '(and "a" "b")'),
        ('a"b"', '(and a "b")'),
        ("a OR b OR c", "(or a b c)"),
        ("a OR (b OR c)", "(or a (or b c))"),
        ("and or not", "and_or_not"),
        ("a And b", "a_and_b"),
        ("ANDROID ORANGE NOTE", "android_orange_note"),
        ("a-b", "a-b"),
        ("miku_(vocaloid)", "miku_(vocaloid)"),
        ("(miku_(vocaloid))", "miku_(vocaloid)"),
        ("(a OR miku_(vocaloid)) b", "(and (or a miku_(vocaloid)) b)"),
        ("a(b)(c) d", "a(b)(c)_d"),
        ("a(b c)", "(and a b_c)"),
        ("(a)b", "(and a b)"),
        ("a(b OR c)", "(and a (or b c))"),
        ('robot AND (metal OR "glowing eyes") -broken',
         '(and robot (or metal "glowing_eyes") (not broken))'),
        ("  a \t\n b　c ", "a_b_c"),
        ("Ａ ＢEARD", "a_beard"),
        ("Straße", "strasse"),
    ],
)  # fmt: skip
def test_operators_bind_as_the_interface_says(text: str, expected: str) -> None:
    assert shape(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Everything()),
        (" \n ", Everything()),
        ("Long Hair", word("long", "hair")),
        ("long__hair_", word("long_hair")),
        ("hair:blonde", word("hair:blonde")),
        (":3", word(":3")),
        ("hair:", word("hair:")),
        ('"Long  Hair"', Exact("long_hair")),
        ('"not"', Exact("not")),
        ('"group:none"', Exact("group:none")),
        ('"-a"', Exact("-a")),
        ('"width:5"', Exact("width:5")),
        ("hair:*", Wildcard("hair:")),
        ("Bla*", Wildcard("bla")),
        ("bla_*", Wildcard("bla_")),
        ("hair:bl*", Wildcard("hair:bl")),
        ("hair:none", Namespace("hair", any=False)),
        ("Hair:Any", Namespace("hair", any=True)),
        ("width:>=512", Range("image.width", 512, None)),
        ("width:>512", Range("image.width", 512, None, include_low=False)),
        ("height:<=9", Range("image.height", None, 9)),
        ("tagcount:<3", Range("image.tag_count", None, 3, include_high=False)),
        ("width:512", Range("image.width", 512, 512)),
        ("width:=512", Range("image.width", 512, 512)),
        ("score:0.2..0.8", Range("image.score", 0.2, 0.8)),
        ("score:0.2..", Range("image.score", 0.2, None)),
        ("score:..0.8", Range("image.score", None, 0.8)),
        ("score:-1.5..-.5", Range("image.score", -1.5, -0.5)),
        ("score:1e-3..1e3", Range("image.score", 0.001, 1000)),
        ("score:>-2", Range("image.score", -2, None, include_low=False)),
        ("score:-0", Range("image.score", 0, 0)),
        ("smash_rate:>0.5", Range("image.smash_rate", 0.5, None, include_low=False)),
        ("swipes:>=10", Range("image.swipes", 10, None)),
        ("age_days:<7", Range("image.age_days", None, 7, include_high=False)),
        ("image.year:>=2000", Range("image.year", 2000, None)),
        ("plugin.aesthetic:>0.7", Range("plugin.aesthetic", 0.7, None, include_low=False)),
        ("_plugin.x_y:=2", Range("plugin.x_y", 2, 2)),
        ("Plugin.Sharp-Face:0.2..0.8", Range("plugin.Sharp-Face", 0.2, 0.8)),
        ("year:>=2000", word("year:>=2000")),
        ("licence:CC0-1.0", Facet("licence", "cc0-1.0")),
        ("LICENCE:cc0-1.0", Facet("licence", "cc0-1.0")),
        ("source:a_b:c", Facet("source", "a_b:c")),
        ("source:none", Facet("source", "none")),
        ('source:"Other  Set"', Facet("source", "other  set")),
        ("my:smashed", Mine("smashed")),
        ("my:passed", Mine("passed")),
        ("My:Unseen", Mine("unseen")),
        ("~blnde", Words((Word("blnde", nearby=True),))),
    ],
)
def test_a_term_says(text: str, expected: Syntax) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "low", "high", "include_high"),
    [
        ("added:2026-11-01..", seconds(2026, 11, 1), None, True),
        ("added:..2026-11-30", None, seconds(2026, 12, 1), False),
        ("added:2026-11-01", seconds(2026, 11, 1), seconds(2026, 11, 2), False),
        ("added:=2026-11-01", seconds(2026, 11, 1), seconds(2026, 11, 2), False),
        ("added:2024-02-28..2024-02-29", seconds(2024, 2, 28), seconds(2024, 3, 1), False),
        ("added:>=2026-11-01", seconds(2026, 11, 1), None, True),
        ("added:>2026-11-01", seconds(2026, 11, 2), None, True),
        ("added:<2026-11-01", None, seconds(2026, 11, 1), False),
        ("added:<=2026-11-01", None, seconds(2026, 11, 2), False),
    ],
)
def test_dates_are_whole_utc_days(text, low, high, include_high) -> None:
    assert parse(text) == Range("image.added", low, high, include_high=include_high)


def test_terms_know_their_place() -> None:
    query = parse('Long -hair  "x y"')
    assert isinstance(query, Conjunction)
    long, hair, quoted = query.items
    assert isinstance(long, Words)
    assert isinstance(hair, Negation)
    assert isinstance(hair.item, Words)
    assert isinstance(quoted, Exact)

    assert long.words[0].span == Span(0, 4)
    assert hair.item.words[0].span == Span(6, 10)
    assert quoted.span == Span(12, 17)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("AND", 0, 3),
        ("OR a", 0, 2),
        ("a OR", 2, 4),
        ("a AND", 2, 5),
        ("a NOT", 2, 5),
        ("NOT", 0, 3),
        ("a -", 2, 3),
        ("- a", 0, 1),
        ("-", 0, 1),
        ("--", 1, 2),
        ("a OR OR b", 2, 4),
        ("a AND AND b", 2, 5),
        ("a AND OR b", 2, 5),
        ("a OR AND b", 2, 4),
        ("NOT AND a", 0, 3),
        ("a -OR b", 2, 3),
        ("(a", 0, 1),
        ("a (b", 2, 3),
        ("((a)", 0, 1),
        ("(", 0, 1),
        (")", 0, 1),
        ("a)", 1, 2),
        ("(a))", 3, 4),
        ("a ) b", 2, 3),
        ("()", 0, 2),
        ("a ( ) b", 2, 5),
        ("(a OR)", 3, 5),
        ("(OR a)", 1, 3),
        ("(a AND)", 3, 6),
        ("(NOT)", 1, 4),
        ("(-) a", 1, 2),
        ("NOT ()", 4, 6),
        (":( a", 1, 2),
        ('"', 0, 1),
        ('a "b', 2, 4),
        ('"a" "', 4, 5),
        ('""', 0, 2),
        ('a " _ "', 2, 7),
        ("*", 0, 1),
        ("a *", 2, 3),
        ("*a", 0, 1),
        ("ab*c", 2, 3),
        ("x ab**", 4, 5),
        ("hair:*blonde", 5, 6),
        ("_", 0, 1),
        ("a __", 2, 4),
        ("~", 0, 1),
        ("a ~ b", 2, 3),
        ("~~a", 0, 3),
        ("~a*", 0, 3),
        ('~"a"', 0, 1),
        ("width:", 0, 6),
        ("width:wide", 0, 10),
        ("a width:>=", 2, 10),
        ("width:..", 0, 8),
        ("width:1...5", 0, 11),
        ("width:1..2..3", 0, 13),
        ("width:5.", 0, 8),
        ("width:>=1..2", 0, 12),
        ("width:1e999", 0, 11),
        ("width:nan", 0, 9),
        ("width:inf", 0, 9),
        ("width:!=5", 0, 9),
        ("width:--5", 0, 9),
        ("width:٣", 0, 7),
        ("width:1_000", 0, 11),
        ("score:0.8..0.2", 0, 14),
        ("added:2026-11-31", 0, 16),
        ("added:2026-11", 0, 13),
        ("added:2026", 0, 10),
        ("added:1700000000..", 0, 18),
        ("added:2026-11-02..2026-11-01", 0, 28),
        ("added:..", 0, 8),
        ("added:0000-01-01", 0, 16),
        ("licence:", 0, 8),
        ('licence:""', 0, 10),
        ("a source:", 2, 9),
        ("licence:CC*", 0, 11),
        ("my:", 0, 3),
        ("my:own", 0, 6),
        ("my:*", 0, 4),
        ("a\0b", 1, 2),
        ("a \u202eb", 2, 3),
        ("a\u200bb", 1, 2),
        ("\ud800", 0, 1),
        ("ab \udfff", 3, 4),
        ("a\x1b[31m", 1, 2),
        ("a " * 65, 128, 129),
        ("NOT " * 64 + "a", 256, 257),
        ("(" * 17 + "a" + ")" * 17, 16, 17),
        ("a" * 2001, 0, 2001),
        ("é" * 1001, 0, 1001),
    ],
)
def test_malformed_text_is_refused_with_its_place(text: str, start: int, end: int) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(text)

    assert (caught.value.position, caught.value.end) == (start, end)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    str(caught.value).encode()


@pytest.mark.parametrize(
    "text",
    [
        "a " * 64,
        "NOT " * 63 + "a",
        "(" * 16 + "a" + ")" * 16,
        "(a)" * 64,
        "a" * 2000,
        "é" * 1000,
        " " * 2000,
        "a OR " * 31 + "a",
    ],
)
def test_texts_at_the_limits_are_read(text: str) -> None:
    parse(text)


def refusal(text: str) -> BadQuery | None:
    """Why ``text`` is refused, if it is; anything but a BadQuery comes through."""
    try:
        parse(text)
    except BadQuery as bad:
        return bad
    return None


HOSTILE = {
    "100 kB": "a" * 100_000,
    "100 kB of surrogates": "\ud800" * 100_000,
    "5,000 brackets": "(" * 5_000,
    "1,999 brackets": "(" * 1_999,
    "pairs of brackets": "a" + "(" * 999 + ")" * 999,
    "brackets in words": "a(" * 999,
    "closing brackets": ")" * 2_000,
    "empty brackets": "()" * 1_000,
    "500 NOT": "NOT " * 500,
    "499 NOT": "NOT " * 499,
    "minus": "-" * 2_000,
    "20,000 OR": "a OR " * 20_000,
    "OR": "OR " * 666,
    "quotes": '"' * 1_999,
    "bidi": "\u202e" * 600,
    "NUL": "\0" * 2_000,
    "stars": "*" * 2_000,
    "tildes": "~" * 2_000,
    "digits": "width:" + "9" * 1_990,
    "dots": "width:" + "." * 1_990,
    "underscores": "a_" * 1_000,
    "expanding": "ﷺ" * 666,
    "combining": "a" + "\u0301" * 999,
    "colons": ":" * 2_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_little(name: str) -> None:
    times = []
    for _ in range(3):
        start = process_time()
        refused = refusal(HOSTILE[name])
        times.append(process_time() - start)
        assert len(str(refused)) < 400

    assert min(times) < 0.05


@given(st.text(max_size=60) | st.text('()"-~*_:. aANDORT<>=5\u202e', max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    refused = refusal(text)

    assert refused is None or 0 <= refused.position <= refused.end <= len(text)


@given(TEXTS)
def test_reading_is_repeatable(text: str) -> None:
    assert parse(text) == parse(text)
    assert hash(parse(text)) == hash(parse(text))
