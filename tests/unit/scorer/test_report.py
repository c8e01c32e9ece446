"""The report says what the evaluation says, to people and to screen readers."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.scorer.evaluation.plots import Row, Scale, curves, forest, reliability_diagram
from smashpass.scorer.evaluation.report import report

ESTIMATE = {"value": 0.7, "low": 0.6, "high": 0.8}
NOTHING = {"value": None, "low": None, "high": None}
FIGURES = dict.fromkeys(("auc", "srcc", "lcc", "brier", "ece"), ESTIMATE)
RUN = {
    "data": {"splits": {"train": {"images": 700, "swipes": 14_000}}},
    "options": {"epochs": 2, "seed": 1},
    "seconds": 51.2,
    "device": "cpu",
    "torch": "2.13.0",
    "history": [
        {"train_loss": 0.08, "valid_loss": 0.09},
        {"train_loss": 0.05, "valid_loss": 0.06},
    ],
}


def evaluation(**changes) -> dict:
    return {
        "version": "0123456789ab",
        "weights_sha256": "0123456789ab" + 52 * "0",
        "data_sha256": 64 * "1",
        "resamples": 500,
        "test": {"images": 200, "swipes": 4_000, "like_rate": 0.4},
        "gate": {
            "passed": False,
            "checks": [
                {"name": "beats_tags", "passed": True, "text": "Better than <tags>."},
                {"name": "calibrated", "passed": False, "text": "Badly calibrated."},
            ],
        },
        "predictors": {
            "model": {"note": "", "figures": FIGURES | {"emd": ESTIMATE}},
            "tags_only": {"note": "a & b", "figures": FIGURES},
            "popularity": {"note": "halves", "figures": FIGURES},
            "constant": {"note": "mean", "figures": FIGURES | {"srcc": NOTHING}},
        },
        "difference": {"auc": {"value": -0.05, "low": -0.1, "high": 0.0}},
        "noise_ceiling": 0.93,
        "reliability": [{"score": 0.3, "like_rate": 0.35, "swipes": 4_000}],
        "slices": [
            {
                "tag": "<script>alert(1)</script>",
                "images": 70,
                "swipes": 1_400,
                "model": 0.6,
                "tags_only": 0.65,
                "difference": {"value": -0.05, "low": -0.06, "high": -0.04},
                "judged": True,
                "worse": True,
            }
        ],
    } | changes


def test_the_page_says_what_was_measured():
    page = report(evaluation(), RUN)
    assert "It does not pass the gate." in page
    assert '<span class="failed">failed</span>: Badly calibrated.' in page
    assert "200 images with 4,000 swipes" in page
    assert "0.700" in page
    assert "−0.050" in page
    assert "train 700 with 14,000 swipes" in page
    assert "SRCC of about 0.93" in page
    assert "must not be used to judge anybody" in page


def test_nothing_of_the_evaluation_becomes_markup():
    page = report(evaluation(), RUN)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "Better than &lt;tags&gt;." in page
    assert "a &amp; b" in page


def test_the_page_loads_nothing():
    page = report(evaluation(), RUN)
    assert "default-src 'none'" in page
    for attribute in ("src=", "href=", "url(", "http"):
        assert attribute not in page.replace('http-equiv="Content-Security-Policy"', "")


def test_what_is_not_there_is_left_out():
    page = report(evaluation(slices=[], noise_ceiling=None), RUN | {"history": []})
    assert "No tag is on enough test images" in page
    assert "<h2>Training</h2>" not in page
    assert "partly chance" not in page


@pytest.mark.parametrize(
    "plot",
    [
        forest("A & b", [Row("<label>", 0.5, 0.4, 0.6), Row("x", 0.5, None, None)], [0.5]),
        forest("one value", [Row("label", 0.5, 0.5, 0.5)]),
        forest("zero", [Row("label", 0.0, None, None)]),
        reliability_diagram("title", [(0.2, 0.3), (0.8, 0.7)]),
        curves("title", [("trained on", [0.4]), ("validation", [0.5])]),
    ],
)
def test_a_plot_is_well_formed_and_has_a_title(plot):
    root = ElementTree.fromstring(plot)
    assert root.attrib["role"] == "img"
    assert root[0].tag == "title"
    assert root[0].text == root.attrib["aria-label"]
    assert "nan" not in plot


def test_points_are_at_their_values():
    root = ElementTree.fromstring(forest("t", [Row("a", 0.0, None, None), Row("b", 1, 0.5, 1)]))
    left, right = (float(circle.attrib["cx"]) for circle in root.iter("circle"))
    (interval,) = [line for line in root.iter("line") if "interval" in line.attrib["class"]]
    assert float(interval.attrib["x1"]) == pytest.approx((left + right) / 2, abs=0.1)
    assert float(interval.attrib["x2"]) == right


@given(st.floats(-100, 100), st.floats(1e-6, 100))
def test_ticks_are_few_and_inside(low, extent):
    ticks = Scale(low, low + extent, 0, 100).ticks()
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(set(ticks))
    assert low - extent * 1e-3 <= ticks[0]
    assert ticks[-1] <= low + extent * 1.001
