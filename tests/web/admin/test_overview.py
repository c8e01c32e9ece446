"""The overview: what there is, what happened, and figures that other programs can take."""

from __future__ import annotations

import csv
import io

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.services.training.collab.report import CollabReport
from smashpass.settings import load
from smashpass.web.admin.overview import as_csv
from tests.browser.pages.test_for_everyone import check
from tests.support.admin import check_light

DAY_US = 86_400_000_000


def swiped(parts) -> None:
    for number in range(20):
        viewer = parts.viewers.create("18+").id
        verdicts = ["smash" if (number + image) % 2 else "pass" for image in (1, 2, 3)]
        parts.swipes.record(
            viewer,
            [
                Swipe(f"s{image}", Ordinal(image), verdict, DAY_US * (20_000 + image), "smash")
                for image, verdict in zip((1, 2, 3), verdicts, strict=True)
            ],
        )
    Container(parts).maintenance.count_swipes("test")


def test_there_is_something_to_see_before_anybody_swiped(signed_in) -> None:
    page = signed_in("analyst").get("")
    assert page.status_code == 200
    assert "Swipes have not been counted yet" in page.text
    assert "<dd>300" in page.text
    assert "no two whole weeks to compare yet" in page.text
    assert signed_in("analyst").get("/statistics/tags.csv").status_code == 404


def test_figures_are_shown_and_can_be_taken_away(signed_in, parts) -> None:
    swiped(parts)
    analyst = signed_in("analyst")
    check_light(analyst.get(""))
    page = analyst.get("").text
    assert "60 swipes" in page
    assert "50 %" in page
    rows = list(csv.DictReader(io.StringIO(analyst.get("/statistics/days.csv").text)))
    assert [row["swipes"] for row in rows] == ["20", "20", "20"]
    for name, column in (("tags", "tag"), ("leaves", "leaf"), ("disputed", "image"),
                         ("opposed", "image")):  # fmt: skip
        answer = analyst.get(f"/statistics/{name}.csv")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert column in answer.text.partition("\r\n")[0].split(",")
    assert analyst.get("/statistics/..%2F.csv").status_code == 404


def test_what_became_of_collaborative_filtering_is_said_once_it_was_trained(
    signed_in, parts
) -> None:
    assert "Collaborative filtering" not in signed_in("analyst").get("").text
    parts.collab_folder.save(CollabReport(1, 2, 3, 40), None)
    assert "Collaborative filtering: off: too few swipes" in signed_in("analyst").get("").text
    (parts.collab_folder.folder / "collab.json").write_text("{}")
    assert "not the report of a training" in signed_in("analyst").get("").text


def test_no_cell_is_a_formula() -> None:
    text = as_csv([{"tag": tag, "swipes": -1} for tag in ("=1+1", "+a", "@x", "-b", "hair:blonde")])
    cells = [row["tag"] for row in csv.DictReader(io.StringIO(text))]
    assert cells == ["'=1+1", "'+a", "'@x", "'-b", "hair:blonde"]
    assert as_csv([]) == ""


def test_the_overview_is_for_everyone(desk) -> None:
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    swiped(parts)
    parts.engine.dispose()
    for dress in (
        {},
        {"color_scheme": "dark", "viewport": {"width": 320, "height": 640}},
    ):
        with desk.browser_as("admin", **dress) as page:
            page.get_by_role("heading", name="People and rules", exact=True).wait_for()
            check(page)
            page.get_by_text("Table").first.click()
            check(page)
            page.goto(f"{desk.address}/admin/account")
            check(page)
            page.goto(f"{desk.address}/admin/accounts")
            check(page)


def test_requests_of_today_are_counted_and_shown(signed_in, app, parts) -> None:
    analyst = signed_in("analyst")
    analyst.get("")
    services = app.extensions["smashpass"]
    services.traffic.save()
    rows = list(csv.DictReader(io.StringIO(analyst.get("/statistics/errors.csv").text)))
    assert len(rows) == 30
    assert (rows[-1]["errors"], rows[0]["errors"]) == ("0.0", "")
    assert int(rows[-1]["cases"]) >= 1
    assert "only" in analyst.get("").text  # so few requests say little
    assert len(parts.traffic.since(0)) == 1


def test_pending_work_leads_to_where_it_is_done(signed_in, parts) -> None:
    run = parts.runs.start("/somewhere/rows.csv", {})
    parts.runs.finish(run, "failed", error="the file is gone")
    page = signed_in("editor").get("").text
    assert f'<a href="/admin/imports/{run}"><b>1</b> import failed this week</a>' in page
    assert "notice" not in page.partition("To do")[2].partition("<h2>")[0]
