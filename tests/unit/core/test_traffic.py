"""Requests of a day: percentiles from buckets beside exact ones, and sums."""

from __future__ import annotations

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.operations.traffic import LAST_BUCKET, Traffic, bound_s, bucket_of, total

durations_s = st.lists(st.floats(0.0, 50.0), min_size=1, max_size=60)


def traffic_of(durations: list[float]) -> Traffic:
    decks: dict[int, int] = {}
    for duration in durations:
        decks[bucket_of(duration)] = decks.get(bucket_of(duration), 0) + 1
    return Traffic(len(durations), 0, decks)


@given(durations_s, st.sampled_from([0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_at_most_a_fifth_above_the_exact_one(durations, share):
    exact = sorted(durations)[ceil(share * len(durations) - 1e-9) - 1]
    estimate = traffic_of(durations).deck_percentile_s(share)
    assert exact <= estimate * (1 + 1e-9)
    assert estimate <= max(0.001, exact * 2**0.25) * (1 + 1e-9)


@given(st.floats(0.0, 1e6))
def test_a_bucket_holds_what_is_no_longer_than_its_bound(duration):
    bucket = bucket_of(duration)
    assert duration <= bound_s(bucket) * (1 + 1e-9) or bucket == LAST_BUCKET
    assert bucket == 0 or duration > bound_s(bucket - 1) * (1 - 1e-9)


@given(durations_s, durations_s)
def test_traffic_of_two_times_together_is_that_of_all_of_it(first, second):
    both = total([traffic_of(first), Traffic(2, 1), traffic_of(second)])
    together = traffic_of(first + second)
    assert (both.requests, both.failed) == (together.requests + 2, 1)
    assert dict(both.decks) == dict(together.decks)
    assert both.deck_count == len(first) + len(second)


def test_without_decks_there_is_no_percentile():
    assert Traffic(5, 5).deck_percentile_s(0.99) is None
