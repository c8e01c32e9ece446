"""What an operator reads of a training."""

from __future__ import annotations

import json

import pytest

from smashpass.services.training.collab.report import CollabReport, Evaluation, Lead, read_report

AUC = {"collab": 0.6, "popularity": 0.62, "tags": 0.55}
BEHIND, AHEAD = Lead(-0.02, -0.03, 0.01), Lead(0.05, 0.01, 0.09)


def report(over_popularity: Lead, over_tags: Lead, **values: object) -> CollabReport:
    test = Evaluation(100, 900, AUC, over_popularity, over_tags)
    return CollabReport(1, 120, 60, 5_000, evaluation=test, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("leads", "text"),
    [
        ((AHEAD, AHEAD), "in use: version abc; AUC within 100 viewers: collab 0.600"),
        (
            (BEHIND, AHEAD),
            "off, as it lost to popularity by 0.020 (95 % interval -0.030 to +0.010); AUC",
        ),
        (
            (AHEAD, Lead(0.01, -0.01, 0.03)),
            "off, as it did not clearly beat tags: +0.010 (95 % interval -0.010 to +0.030); AUC",
        ),
    ],
)
def test_one_line_says_whether_it_is_used_and_why(leads: tuple[Lead, Lead], text: str) -> None:
    good = all(lead.is_certain for lead in leads)
    one = report(*leads, version="abc" if good else "")
    assert one.is_good_enough is good
    assert one.as_text().startswith(text)


def test_what_is_forced_says_so() -> None:
    forced = report(BEHIND, AHEAD, version="abc", is_forced=True).as_text()
    assert forced.startswith("in use by force: version abc, as it lost to popularity by 0.020")


def test_too_few_swipes_are_said_to_be_too_few() -> None:
    assert CollabReport(1, 2, 3, 40).as_text() == (
        "off: too few swipes to tell whether it would be of use (40 swipes of 2 viewers)"
    )


@pytest.mark.parametrize(
    "one", [report(AHEAD, BEHIND), report(AHEAD, AHEAD, version="abc"), CollabReport(1, 2, 3, 40)]
)
def test_a_report_is_read_as_it_was_written(one: CollabReport) -> None:
    assert read_report(json.loads(json.dumps(one.as_json()))) == one
