"""When a break is due, against a plain reading of the whole history."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.pace import (
    BREAK_AFTER_US,
    BREAK_US,
    DAY_US,
    GAP_US,
    MINUTE_US,
    NO_PACE,
    Limits,
    Pace,
    limits_of,
    next_rest,
    swipe_times,
)

NOON = 20_000 * DAY_US + DAY_US // 2
REMINDED = Limits(reminder=True)
SECOND = 1_000_000

gaps = st.lists(
    st.one_of(st.integers(1, 2 * GAP_US), st.sampled_from([GAP_US, GAP_US + 1, DAY_US])),
    min_size=1,
    max_size=60,
)


def history(gaps: list[int]) -> list[int]:
    """Moments that lie these gaps apart; they begin before midnight."""
    times = [NOON + 11 * 60 * MINUTE_US]
    for gap in gaps:
        times.append(times[-1] + gap)
    return times


@given(gaps, st.data())
def test_the_time_of_a_day_is_the_sum_of_its_short_gaps(gaps: list[int], data: st.DataObject):
    moments = history(gaps)
    cut = data.draw(st.integers(0, len(moments)))

    pace = NO_PACE.after(moments[:cut]).after(moments[cut:])

    midnight = moments[-1] // DAY_US * DAY_US
    swiped = [
        min(later - earlier, max(0, later - midnight))
        for earlier, later in pairwise(moments)
        if later - earlier <= GAP_US
    ]
    assert (pace.today, pace.day) == (sum(swiped), midnight // DAY_US)
    assert pace.last == moments[-1]


@given(gaps)
def test_nobody_swipes_for_more_than_half_an_hour_and_a_gap_without_a_break(gaps: list[int]):
    pace, streak = NO_PACE, 0
    for earlier, later in pairwise([0, *history(gaps)]):
        rest = next_rest(REMINDED, pace, later)
        resting = rest is not None and rest.holds(later)
        # Half an hour without a gap of five minutes, since the last rest: by the plain reading.
        if later - earlier > GAP_US or later >= streak + BREAK_AFTER_US + BREAK_US:
            streak = later
        assert resting == (later - streak >= BREAK_AFTER_US)
        pace = pace.after([later])


def test_a_break_begins_at_half_an_hour_and_lasts_five_minutes():
    pace = NO_PACE.after([NOON + step * MINUTE_US for step in range(0, 30, 2)])
    before, at = NOON + BREAK_AFTER_US - 1, NOON + BREAK_AFTER_US

    for now in (before, at):
        rest = next_rest(REMINDED, pace, now)
        assert rest is not None
        assert (rest.begin, rest.until) == (at, at + BREAK_US)
        assert rest.holds(now) == (now == at)


def test_after_a_break_the_counting_begins_anew_also_for_who_swiped_through_it():
    pace = NO_PACE.after([NOON + step * MINUTE_US for step in range(36)])
    assert pace.since == NOON + 35 * MINUTE_US


def test_the_limit_of_a_day_holds_until_midnight_in_utc():
    limits = limits_of("18+", reminder=None, daily_minutes=10)
    pace = NO_PACE.after([NOON + step * 2 * MINUTE_US for step in range(6)])

    rest = next_rest(limits, pace, NOON + 60 * MINUTE_US)

    assert rest is not None
    assert rest.holds(NOON + 60 * MINUTE_US)
    assert rest.until == NOON + DAY_US // 2
    assert next_rest(limits, pace, rest.until) is None


def test_of_two_rests_the_longer_holds():
    limits = limits_of("13-17", reminder=None, daily_minutes=20)
    pace = NO_PACE.after([NOON + step * 4 * MINUTE_US for step in range(8)])
    now = NOON + 31 * MINUTE_US
    rest = next_rest(limits, pace, now)
    assert rest is not None
    assert rest.until == NOON + DAY_US // 2


def test_a_clock_that_was_ahead_keeps_nobody_out_and_hides_no_break():
    wrong = NO_PACE.after([NOON + 30 * DAY_US, NOON + 30 * DAY_US + MINUTE_US])
    assert next_rest(REMINDED, wrong, NOON) is None

    pace = wrong
    for minute in range(31):
        pace = pace.after([NOON + minute * MINUTE_US])

    rest = next_rest(REMINDED, pace, NOON + 30 * MINUTE_US)
    assert rest is not None
    assert rest.holds(NOON + 30 * MINUTE_US)


def test_what_holds_for_whom():
    assert limits_of("13-17", reminder=False, daily_minutes=None).reminder
    assert not limits_of("18+", reminder=None, daily_minutes=None).any
    assert limits_of("18+", reminder=True, daily_minutes=None).reminder
    assert limits_of("unstated", reminder=None, daily_minutes=30).daily_us == 30 * MINUTE_US


@given(st.lists(st.integers(-DAY_US, DAY_US), max_size=9), st.integers(-GAP_US, GAP_US))
def test_the_clock_of_a_client_moves_nothing_beyond_now(offsets: list[int], wrong: int):
    reported = [NOON + offset for offset in offsets]
    assert max(swipe_times(reported, NOON)) == NOON

    just_now = [NOON - step * SECOND + wrong for step in (20, 10, 0)]
    right = [NOON - step * SECOND for step in (20, 10, 0, 0)]
    assert swipe_times(just_now, NOON) == right
    assert Pace(NOON - MINUTE_US, NOON - MINUTE_US).after(swipe_times(just_now, NOON)).last == NOON
