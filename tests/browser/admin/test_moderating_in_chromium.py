"""Vocabulary, notices, imports and jobs in real Chromium: keys alone, live figures, no scripts."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.settings import load
from tests.support.axe import check_in_colours, scrolls_sideways

HOSTILE = "\"'><img src=x onerror=alert(1)><script>alert(1)</script>"
NAME = "<svg/onload=alert(1)>"


@pytest.fixture(scope="module")
def desk(shared_desk):
    """One server for all: no test writes what another reads."""
    return shared_desk


@pytest.fixture(scope="module")
def numbers(desk):
    """The numbers of what was put into the library, with hostile words everywhere."""
    with opened(desk) as parts:
        return fill(parts, HOSTILE)


@contextmanager
def opened(desk):
    """The parts of the server's installation, in this process."""
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    try:
        yield parts
    finally:
        parts.engine.dispose()


def fill(parts, text):
    """Put one of everything into the library, with ``text`` wherever somebody may write."""
    numbers = {}
    parts.catalogue.edit_vocabulary(
        VocabularyPlan(
            aliased=((f"{NAME}2", NAME),),
            implied=((NAME, f"{NAME}3"), (f"{NAME}4", NAME)),
            described=((NAME, (text[:60], text, text)),),
            labelled=((NAME, "fr", text),),
        ),
        by=text[:60], origin="t", reason=text,
    )  # fmt: skip
    numbers["case"] = parts.audit.append("public", "notice", "x", {"reason": text})
    case = parts.notices.open(
        numbers["case"], parts.image_ids.encode(10), "person", text, contact=text
    )
    numbers["token"] = case.token
    run = numbers["run"] = parts.runs.start(text, {"format": text, "statements": {"licence": text}})
    credit = Credit(text[:60], text, "digitalCreation", real_person=True, depicts="")
    row = ImageRow(key=text, tags=(NAME,), credit=credit, line=2, refusal=text)
    parts.catalogue.write_rows(run, [row], on_existing="skip", position=1)
    parts.runs.finish(run, "failed", error=text)
    numbers["image"] = parts.image_ids.encode(parts.catalogue.find(text[:60], text))
    folder = parts.home / "runs" / str(run)
    folder.mkdir(parents=True)
    refused = {"line": 1, "key": text, "code": text, "reason": text}
    (folder / "refused.jsonl").write_text(json.dumps(refused) + "\n")
    payload = {"query": text, "by": text, "reason": text}
    parts.jobs.enqueue("bulk_tags", payload, total=200)
    parts.jobs.finish(parts.jobs.take(["bulk_tags"]), "failed", error=text)
    parts.audit.append(text, text, text, {text: text})
    return numbers


def every_page(numbers):
    """The paths of all pages of this part."""
    return (
        "/tags", "/tags?prefix=%3C", f"/tags/-?name={NAME}", "/tags/-/import",
        f"/tags/-/preview?act=deprecate&tag={NAME}",
        f"/tags/-/preview?act=imply&tag={NAME}&other={NAME}4",
        "/moderation", f"/moderation/{numbers['case']}", "/quarantine",
        f"/quarantine/{numbers['image']}", "/imports", f"/imports/{numbers['run']}",
        f"/imports/{numbers['run']}/refused", "/jobs", "/audit",
    )  # fmt: skip


def test_nothing_that_anybody_wrote_is_run(desk, numbers):
    with desk.browser_as("admin") as page:
        ran = []
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        for path in every_page(numbers):
            page.goto(f"{desk.address}/admin{path}")
            assert page.locator("h1").count() == 1, path
            assert page.locator("[onload], [onerror], main script").count() == 0, path
        page.goto(f"{desk.address}/notices/{numbers['token']}")
        assert page.locator("dd.lines").inner_text() == HOSTILE
        assert ran == []
        desk.troubles[:] = [trouble for trouble in desk.troubles if "409" not in trouble]


def test_every_page_is_for_everyone(desk, numbers):
    with desk.browser_as("admin", viewport={"width": 412, "height": 915}) as page:
        for path in every_page(numbers):
            page.goto(f"{desk.address}/admin{path}")
            page.evaluate(
                "document.querySelectorAll('details').forEach((one) => { one.open = true })"
            )
            check(page, path)
        page.goto(f"{desk.address}/notices/{numbers['token']}")
        check(page, "the public page")
        page.goto(f"{desk.address}/admin/moderation/{numbers['case']}")
        page.get_by_label("Keep the image as it is").check()
        page.get_by_label("Findings").fill("Two lines.\nIt is fine.")
        page.get_by_label("Law or house rule").fill("house rule 3")
        page.get_by_role("button", name="Decide").click()
        page.locator("#flash", has_text="decided").wait_for()
        page.goto(f"{desk.address}/notices/{numbers['token']}")
        check(page, "the public page of a decision")
        page.get_by_label("Why it should be decided otherwise").fill("It is not fine.")
        page.get_by_role("button", name="Appeal").click()
        page.get_by_text("The appeal is waiting for a decision").wait_for()
        desk.troubles[:] = [trouble for trouble in desk.troubles if "409" not in trouble]


def check(page, path):
    """Fail on what axe finds, light or dark, on sideways scrolling, and on a heavy page."""
    check_in_colours(page, path)
    assert not scrolls_sideways(page), path
    assert page.evaluate("document.querySelectorAll('*').length") <= 1_500, path


def test_a_tag_is_renamed_with_keys_alone(desk):
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/tags")
        page.keyboard.press("/")
        page.keyboard.type("crow")
        page.keyboard.press("Enter")
        page.wait_for_url("**prefix=crow*")
        page.get_by_role("link", name="crown").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Rename to").focus()
        page.keyboard.type("tiara")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Rename crown to tiara").wait_for()
        assert page.locator(".tile b").all_inner_texts() == ["1", "1", "1", "0"]
        page.get_by_label("Reason").focus()
        page.keyboard.type("nobler")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="tiara", exact=True).wait_for()
        assert "Done: change" in page.locator("#flash").inner_text()
        page.get_by_label("Add implication").focus()
        page.keyboard.type("bea")
        page.locator("datalist option[value=beard]").first.wait_for(state="attached")


def test_a_file_of_words_is_chosen_once(desk):
    text = b"name,label\nmonocle,Monocle\n"
    with desk.browser_as("editor") as page:
        page.goto(f"{desk.address}/admin/tags/-/import")
        page.set_input_files(
            "[name=file]", {"name": "w.csv", "mimeType": "text/csv", "buffer": text}
        )
        page.fill("[name=reason]", "from the shop")
        page.get_by_role("button", name="Preview").click()
        page.get_by_role("heading", name="Effect").wait_for()
        assert "1 new tags" in page.locator("#outcome").inner_text()
        page.get_by_role("button", name="Import").click()
        page.wait_for_url(lambda address: address.endswith("/admin/tags"))
        assert page.get_by_role("link", name="monocle").count() == 1


def test_figures_move_by_themselves(desk):
    with opened(desk) as parts:
        run = parts.runs.start("/data", {})
        number = parts.jobs.enqueue("bulk_tags", {"query": "x", "by": "ann"}, total=200)
        with desk.browser_as("analyst") as page:
            page.goto(f"{desk.address}/admin/imports/{run}")
            parts.runs.progress(run, position=50, refused=50)
            page.locator("[data-slot=read]", has_text="50").wait_for()
            parts.runs.finish(run)
            page.locator("h1 small", has_text="done").wait_for()
            page.goto(f"{desk.address}/admin/jobs")
            job = parts.jobs.take(["bulk_tags"])
            parts.jobs.heartbeat(job, completed=120)
            page.locator(f"[data-job='{number}'] [data-slot=done]", has_text="120 / 200").wait_for()
            parts.jobs.finish(job, "failed", error="no luck")
            page.get_by_text("no luck").wait_for()
