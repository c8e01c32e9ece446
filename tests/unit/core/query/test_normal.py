"""The normal form: it keeps the meaning, one meaning has one form, and its text reads back."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smashpass.core.query import bound as b
from smashpass.core.query import syntax as s
from smashpass.core.query.bind import bind
from smashpass.core.query.lexer import MAX_BYTES
from smashpass.core.query.normal import normalise, text_of
from smashpass.core.query.parser import parse
from smashpass.core.query.primes import cofactor, cover, primes, variable_tables
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.query_strategies import TEXTS, VOCABULARY, queries

WIDE = s.Range("image.width", 512.0, None)


def holds(query: b.Query, tags: frozenset[int], wide: bool) -> bool:
    """The slow twin: the answer for one made-up image."""
    match query:
        case b.All() | b.Nothing():
            return isinstance(query, b.All)
        case b.AnyTag(asked):
            return bool(asked & tags)
        case b.Not(item):
            return not holds(item, tags, wide)
        case b.And(items):
            return all(holds(item, tags, wide) for item in items)
        case b.Or(items):
            return any(holds(item, tags, wide) for item in items)
        case _:
            return wide


def meaning(query: b.Query, tags: int) -> tuple[bool, ...]:
    """The answer for every image that there can be with so many tags."""
    answers = []
    for *having, wide in product([False, True], repeat=tags + 1):
        carried = frozenset(tag for tag, has in enumerate(having, 1) if has)
        answers.append(holds(query, carried, wide))
    return tuple(answers)


def some(*tags: int) -> b.AnyTag:
    return b.AnyTag(frozenset(TagId(tag) for tag in tags))


@given(queries(9))
def test_the_normal_form_means_the_same(query) -> None:
    assert meaning(normalise(query), 8) == meaning(query, 8)


@given(queries(9))
def test_normalising_twice_changes_nothing(query) -> None:
    once = normalise(query)

    assert normalise(once) == once


@given(queries(4), queries(4))
def test_equal_meanings_of_few_atoms_have_equal_forms(query, other_query) -> None:
    same = meaning(query, 3) == meaning(other_query, 3)

    assert (normalise(query) == normalise(other_query)) == same


@given(queries(6), st.randoms(use_true_random=False))
def test_rewritten_queries_have_the_same_form(query, random) -> None:
    assert normalise(rewritten(query, random)) == normalise(query)


def rewritten(query: b.Query, random) -> b.Query:
    """The same in other words: shuffled, doubled, by De Morgan, one atom split into cases."""
    match query:
        case b.And(items) | b.Or(items):
            shuffled = [rewritten(item, random) for item in items]
            shuffled += [item for item in shuffled if random.random() < 0.3]
            random.shuffle(shuffled)
            kind, dual = (b.And, b.Or) if isinstance(query, b.And) else (b.Or, b.And)
            if random.random() < 0.5:
                return b.Not(dual(tuple(b.Not(item) for item in shuffled)))
            return kind(tuple(shuffled))
        case b.Not(item):
            return b.Not(rewritten(item, random))
        case b.AnyTag(tags) if len(tags) > 1:
            return b.Or(tuple(b.AnyTag(frozenset({tag})) for tag in tags))
        case _ if random.random() < 0.3:
            return b.Or((b.And((query, WIDE)), b.And((query, b.Not(WIDE)))))
        case _:
            return query


@given(queries(9))
def test_negations_stand_at_the_leaves_and_nothing_is_nested_needlessly(query) -> None:
    def check(item: b.Query, within: type | None) -> None:
        match item:
            case b.And(items) | b.Or(items):
                assert type(item) is not within
                assert len(items) >= 2
                assert len(set(items)) == len(items)
                for inner in items:
                    check(inner, type(item))
            case b.Not(leaf):
                assert not isinstance(leaf, b.Not | b.And | b.Or | b.All | b.Nothing)
            case b.All() | b.Nothing():
                assert within is None
            case b.AnyTag(tags):
                assert tags

    check(normalise(query), None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b.Not(b.Not(some(1))), some(1)),
        (b.And((some(1),)), some(1)),
        (b.And(()), b.All()),
        (b.Or(()), b.Nothing()),
        (b.AnyTag(frozenset()), b.Nothing()),
        (b.And((some(1), b.Not(some(1)))), b.Nothing()),
        (b.Or((some(1), b.Not(some(1)))), b.All()),
        (b.And((WIDE, b.Not(WIDE))), b.Nothing()),
        (b.Or((some(1), some(2))), some(1, 2)),
        (b.And((some(1), some(1, 2))), some(1)),
        (b.And((some(1, 2), b.Not(some(2)))), b.And((some(1), b.Not(some(2))))),
        (b.And((b.Not(some(1)), b.Not(some(2)))), b.Not(some(1, 2))),
        (b.Not(b.And((some(1), some(2)))), b.Or((b.Not(some(1)), b.Not(some(2))))),
        (b.Or((some(1), b.And((some(1), some(2))))), some(1)),
        (b.And((some(1), b.Or((some(1), WIDE)))), some(1)),
        (b.Or((b.And((some(1), WIDE)), b.And((some(1), b.Not(WIDE))))), some(1)),
        (
            b.And((b.Or((WIDE, some(1))), b.Or((b.Not(WIDE), some(2))))),
            b.Or((b.And((some(1), b.Not(WIDE))), b.And((some(2), WIDE)))),
        ),
        (b.And((some(3), b.All(), some(2))), b.And((some(2), some(3)))),
        (b.And((some(3), b.Nothing())), b.Nothing()),
    ],
)
def test_the_normal_form_of(query: b.Query, expected: b.Query) -> None:
    form = normalise(query)

    assert form == expected


def test_beyond_six_atoms_the_form_is_still_flat_sorted_and_free_of_repetition() -> None:
    tags = [some(tag) for tag in range(1, 9)]
    pairs = [b.And((tags[at], tags[(at + 3) % 8])) for at in range(8)]
    query = b.Or((*pairs, b.And((tags[0], tags[3], WIDE))))
    other_query = b.Not(b.And(tuple(b.Not(b.And(pair.items[::-1])) for pair in reversed(pairs))))

    assert normalise(query) == normalise(other_query)


@given(st.integers(0, 4).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**2**n - 1))))
def test_primes_are_the_shortest_cubes_that_imply_the_function(drawn) -> None:
    count, table = drawn
    columns, full = variable_tables(count), (1 << (1 << count)) - 1

    def area(cube) -> int:
        covered = full
        for at, positive in cube:
            covered &= columns[at] if positive else ~columns[at]
        return covered

    signs = product([None, False, True], repeat=count)
    cubes = [tuple((at, sign) for at, sign in enumerate(s) if sign is not None) for s in signs]
    implicants = [cube for cube in cubes if area(cube) & ~table == 0 and (table or not full)]
    expected = [
        cube for cube in implicants if not any(set(other) < set(cube) for other in implicants)
    ]

    assert sorted(primes(table, count)) == sorted(expected if table else [])


@given(st.integers(0, 4).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, 2**2**n - 1))))
def test_a_cover_is_the_function_and_needs_every_cube(drawn) -> None:
    count, table = drawn

    def united(cubes) -> int:
        return sum(
            1 << i
            for i in range(1 << count)
            if any(all((i >> at & 1) == sign for at, sign in cube) for cube in cubes)
        )

    covering = cover(table, count)

    assert set(covering) <= set(primes(table, count))
    assert united(covering) == table
    for cube in covering:
        assert united([other for other in covering if other != cube]) != table


@given(st.integers(0, 2**16 - 1), st.integers(0, 3), st.integers(0, 1))
def test_a_cofactor_fixes_one_variable(table: int, at: int, value: int) -> None:
    rows = [i for i in range(16) if i >> at & 1 == value]
    expected = sum((table >> i & 1) << place for place, i in enumerate(rows))

    assert cofactor(table, 4, at, value) == expected


WORDS = Vocabulary.of(
    [
        "beard_full", "beard", "hair:blonde", "hair:black", "blonde_hair_long", "hat", "blonde",
        "hair", "eyes:blue", "eyes:green", "glasses", "smile", "old", "long", "not", "year:5",
        "hair:none", "miku_(vocaloid)", "(", ":)", "a:b:c",
        *(f"many_{number}" for number in range(1, 20)),
    ],
    {"whiskers": "beard", "blond": "hair:blonde", "specs": "glasses", "hair:yellow": "hat"},
)  # fmt: skip


@given(TEXTS)
def test_printed_text_reads_back_to_the_same_form(text: str) -> None:
    query = normalise(bind(parse(text), WORDS, strict=False))
    printed = text_of(query, WORDS)
    assume(len(printed.encode()) <= MAX_BYTES)

    assert normalise(bind(parse(printed), WORDS)) == query


@given(queries(9))
def test_printed_bound_queries_read_back_to_the_same_form(query) -> None:
    query = normalise(query)

    assert normalise(bind(parse(text_of(query, VOCABULARY)), VOCABULARY)) == query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("glasses beard", "beard glasses"),
        ("specs OR whiskers", "beard OR glasses"),
        ("hat AND (beard OR glasses) -smile", "hat (beard OR glasses) -smile"),
        ("-smile -old", "-old -smile"),
        ("hair AND blonde", "blonde AND hair"),
        ("blonde hair", "hair:blonde"),
        ("hair AND blonde AND beard", "beard AND blonde AND hair"),
        ("-blonde AND hair", "hair -blonde"),
        ('"not"', "not"),
        ('"hair:none"', '"hair:none"'),
        ('"("', '"("'),
        ('":)"', '":)"'),
        ("miku_(vocaloid)", "miku_(vocaloid)"),
        ("eyes:*", "eyes:*"),
        ("eyes:none", "-eyes:*"),
        ("beard*", "beard OR beard_full"),
        ("many*", "many_*"),
        ("many* -many_3", "many_* -many_3"),
        ("many_3 OR -many*", "many_3 OR -many_*"),
        ("many_1* OR many_2*", "many_1* OR many_2"),
        ("eyes:* -eyes:blue", "eyes:green -eyes:blue"),
        ("year:5", "year:5"),
        ("image.year:5", "image.year:5"),
        ("plugin.fun:0.20..0.8 -plugin.Fun:>0.5", "plugin.fun:0.2..0.8 -plugin.fun:>0.5"),
        ("plugin.facesize:<3", "plugin.FaceSize:<3"),
        ("image.year:5..", "image.year:>=5"),
        ("tagcount:<3", "tagcount:<3"),
        ("score:0.20..0.8", "score:0.2..0.8"),
        ("added:2026-11-01..2026-11-01", "added:2026-11-01"),
        ("added:>=2026-11-01", "added:2026-11-01.."),
        ("added:<2026-11-01", "added:..2026-10-31"),
        ("added:<0001-01-01", "image.added:<-62135596800"),
        ("added:>9999-12-31", "image.added:>=253402300800"),
        ("image.added:>=5", "image.added:>=5"),
        ("licence:CC0-1.0", "licence:cc0-1.0"),
        ('source:"Other Set"', 'source:"other set"'),
        ("my:unseen", "my:unseen"),
        ("hat -hat", "width:0 -width:0"),
    ],
)
def test_the_text_of(text: str, expected: str) -> None:
    columns = ["image.year", "plugin.fun", "plugin.FaceSize"]
    query = normalise(bind(parse(text), WORDS, columns=columns))

    assert text_of(query, WORDS) == expected
    assert normalise(bind(parse(expected), WORDS, columns=columns)) == query
