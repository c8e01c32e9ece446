"""Results of a viewer: counts equal a plain recount, choices equal sorting everything."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.order import Permutation
from smashpass.core.decks.results import (
    FEWEST_CARDS,
    MOST_STEPS,
    StandingSwipe,
    VerdictSets,
    steps,
    telling_tags,
    typical_choices,
)
from smashpass.core.decks.taste import NO_COUNTS, PopulationRates, taste_of
from smashpass.core.library.popularity import popularity, smash_rate_interval
from tests.support.builders import a_library, libraries

SWIPES = st.lists(
    st.tuples(st.integers(1, 40), st.booleans(), st.sampled_from([None, True, False])),
    max_size=60,
    unique_by=lambda row: row[0],
).map(lambda rows: [StandingSwipe(n, *row) for n, row in enumerate(rows, 1)])


def recount(swipes: list[StandingSwipe]) -> tuple[int, ...]:
    compared = [row for row in swipes if row.app_smashed is not None]
    return (
        len(swipes),
        sum(row.smashed for row in swipes),
        len(compared),
        sum(bool(row.app_smashed) for row in compared),
        sum(row.smashed == row.app_smashed for row in compared),
    )


def counts_of(tally) -> tuple[int, ...]:
    return tally.cards, tally.smashed, tally.compared, tally.app_smashed, tally.agreed


@given(SWIPES)
def test_a_tally_equals_a_plain_recount(swipes):
    sets = VerdictSets.of(swipes)
    assert counts_of(sets.tally(sets.swiped)) == recount(swipes)
    assert [row.differs for row in swipes].count(True) == recount(swipes)[2] - recount(swipes)[4]


@given(libraries(), SWIPES)
def test_tags_equal_a_plain_recount_and_come_by_how_much_they_tell(library, swipes):
    index = library.index
    shown = [r for r in swipes if r.image in library.images and r.app_smashed is not None]
    by_tag: dict[str, list[StandingSwipe]] = {}
    for row in shown:
        for tag in library.effective(row.image):
            by_tag.setdefault(tag, []).append(row)
    wanted = {tag: recount(rows) for tag, rows in by_tag.items() if len(rows) >= FEWEST_CARDS}
    entries = telling_tags(VerdictSets.of(swipes), index, n=1_000)
    names = index.vocabulary.names
    counted = {names[entry.tag]: counts_of(entry.tally) for entry in entries}
    assert counted.items() <= wanted.items()
    # Of tags on the very same cards there is one.
    cards = {tag: frozenset(row.image for row in by_tag[tag]) for tag in wanted}
    assert Counter(cards[tag] for tag in counted) == Counter(set(cards.values()))
    rate = sum(row.smashed for row in shown) / len(shown) if shown else 0
    margins = [max(entry.low - rate, rate - entry.high) for entry in entries]
    assert margins == sorted(margins, reverse=True)
    assert [entry.certain for entry in entries] == [margin > 0 for margin in margins]
    assert telling_tags(VerdictSets.of(swipes), index, n=2) == entries[:2]


def test_a_tag_that_the_viewer_always_smashes_comes_first_and_is_certain():
    library = a_library(hat=range(1, 41, 2), beard=range(2, 41, 2))
    swipes = [StandingSwipe(n, n, bool(n % 2), n <= 20) for n in range(1, 41)]
    first, second = telling_tags(VerdictSets.of(swipes), library.index)
    names = library.index.vocabulary.names
    assert {names[first.tag], names[second.tag]} == {"hat", "beard"}
    assert first.certain
    assert second.certain
    few = telling_tags(VerdictSets.of(swipes[:10]), library.index)
    assert [entry.tally.cards for entry in few] == [5, 5]


@given(st.integers(0, 400))
def test_steps_cover_the_history_once_and_in_order(n):
    swipes = [StandingSwipe(i, i, i % 3 == 0, i % 2 == 0) for i in range(1, n + 1)]
    pieces = steps(swipes)
    assert len(pieces) <= MOST_STEPS
    places = [place for first, last, _ in pieces for place in range(first, last + 1)]
    assert places == list(range(1, n + 1))
    for first, last, tally in pieces:
        assert counts_of(tally) == recount(swipes[first - 1 : last])
    assert len({last - first for first, last, _ in pieces[:-1]}) <= 1


@given(libraries(), SWIPES)
def test_typical_choices_equal_sorting_all_choices(library, swipes):
    index, sets, ties = library.index, VerdictSets.of(swipes), Permutation(7)
    counts = NO_COUNTS.with_verdicts(index, sets.smashed, sets.swiped - sets.smashed)
    taste = taste_of(counts, index, PopulationRates(index))
    if taste is None:
        return
    likelihoods = []
    for row in swipes:
        if row.image in library.images:
            like = taste.like(index.vocabulary.effective(index.own_tags(row.image)))
            likelihoods.append(like if row.smashed else 1 - like)
    most, least = typical_choices(taste, sets, index, ties)
    assert [choice.likelihood for choice in most] == sorted(likelihoods, reverse=True)[:3]
    assert [choice.likelihood for choice in least] == sorted(likelihoods)[:3]
    said = {row.image: row.smashed for row in swipes}
    assert all(said[choice.image] == choice.smashed for choice in (*most, *least))


@given(st.integers(1, 1_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_rate(counts):
    smashes, swipes = counts
    low, high = smash_rate_interval(smashes, swipes)
    assert 0 <= low <= smashes / swipes + 1e-9
    assert smashes / swipes <= high + 1e-9
    assert high <= 1
    assert popularity(smashes, swipes) == low
