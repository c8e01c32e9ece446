"""The gate: each condition at its edge, and what is said of it."""

from __future__ import annotations

from smashpass.scorer.evaluation.bootstrap import Estimate
from smashpass.scorer.evaluation.gate import Slice, judge

BETTER = Estimate(0.05, 0.01, 0.09)


def part(tag: str, value: float | None, low: float | None, high: float | None) -> Slice:
    return Slice(tag, "", 200, 4_000, 0.6, 0.6, Estimate(value, low, high))


def outcome(difference=BETTER, error=0.01, slices=()) -> dict[str, bool]:
    return {check.name: check.passed for check in judge(difference, error, slices)}


def test_a_good_model_passes():
    slices = [part("hat", 0.04, 0.03, 0.05)]
    assert outcome(slices=slices) == {"beats_tags": True, "calibrated": True, "slices": True}


def test_all_of_the_interval_must_be_above_zero():
    assert not outcome(Estimate(0.05, 0.0, 0.1))["beats_tags"]
    assert not outcome(Estimate(0.05, -0.001, 0.1))["beats_tags"]
    assert outcome(Estimate(0.05, 0.001, 0.1))["beats_tags"]
    assert not outcome(Estimate(None, None, None))["beats_tags"]


def test_the_calibration_error_may_be_three_hundredths():
    assert outcome(error=0.03)["calibrated"]
    assert not outcome(error=0.0301)["calibrated"]


def test_no_slice_may_be_worse_than_two_hundredths():
    assert outcome(slices=[part("hat", -0.02, -0.035, -0.005)])["slices"]
    assert not outcome(slices=[part("hat", -0.021, -0.036, -0.006)])["slices"]


def test_a_slice_with_too_few_swipes_is_not_judged_by_its_bad_luck():
    small = part("hat", -0.03, -0.08, 0.02)
    assert not small.is_judged
    assert outcome(slices=[small])["slices"]


def test_a_slice_is_judged_whatever_its_size_where_there_is_no_doubt():
    bad, good = part("hat", -0.09, -0.15, -0.03), part("cap", 0.09, -0.01, 0.2)
    assert bad.is_judged
    assert good.is_judged
    assert not outcome(slices=[bad])["slices"]
    assert outcome(slices=[good])["slices"]


def test_a_slice_without_an_auc_is_not_judged():
    undefined = part("hat", None, None, None)
    assert not undefined.is_judged
    assert outcome(slices=[undefined])["slices"]


def test_the_reasons_name_tags_and_figures():
    slices = [part("hat", -0.025, -0.03, -0.02), part("cap", 0.01, -0.09, 0.1)]
    texts = [check.text for check in judge(Estimate(0.05, -0.01, 0.11), 0.041, slices)]
    assert texts == [
        "The AUC is +0.050 from that of tags only, 95 % interval -0.010 to +0.110; "
        "all of it must be above 0.",
        "The calibration error is 0.041; at most 0.03 is allowed.",
        "AUC worse than tags only by more than 0.02 for: hat (-0.025); "
        "1 of 2 tags have enough swipes to be judged.",
    ]
