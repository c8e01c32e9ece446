"""How the figures of the measured phone come about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.phone import inp, percentile


def test_of_50_interactions_inp_passes_over_the_longest_one():
    assert inp([200.0, 40.0, 16.0], 49) == 200.0
    assert inp([200.0, 40.0, 16.0], 50) == 40.0


def test_where_too_few_interactions_were_long_the_shortest_that_is_told_of_is_inp():
    assert inp([], 92) == 16.0
    assert inp([300.0], 92) == 16.0


@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=40), st.sampled_from([0.5, 0.95, 1.0]))
def test_a_percentile_is_the_least_value_that_as_many_do_not_exceed(values, share):
    enough = [value for value in values if sum(v <= value for v in values) >= share * len(values)]
    assert percentile(values, share) == min(enough)
