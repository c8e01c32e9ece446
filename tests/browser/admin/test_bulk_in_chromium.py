"""A bulk edit in real Chromium: looked at, applied, watched while it goes on, undone."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.worker import job_runner
from smashpass.settings import load

HOSTILE = "<img/src=x/onerror=alert(1)>"


@pytest.fixture(scope="module")
def desk(shared_desk):
    """One server: the first test undoes what it did."""
    return shared_desk


@pytest.fixture(scope="module")
def served(desk):
    """The installation behind the server."""
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    yield parts
    parts.engine.dispose()


def tags(parts):
    """The tags of all images, as the database has them."""
    records = parts.catalogue.images(range(1, 303))
    names = parts.catalogue.vocabulary().names
    return {int(image.ordinal): {names[tag] for tag in image.tags} for image in records}


def without_pictures(page):
    """Answer for pictures: those of this library have no files."""
    dot = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
    answer = {"content_type": "image/svg+xml", "body": dot}
    page.route("**/media/*", lambda route: route.fulfill(**answer))


def test_a_bulk_edit_is_looked_at_applied_watched_and_undone(desk, served):
    before = tags(served)
    with desk.browser_as("editor") as page:
        without_pictures(page)
        page.goto(f"{desk.address}/admin/bulk?q=beard")
        page.get_by_role("link", name="Remove kind:person from all").click()
        assert page.url.endswith("?q=beard")  # no reload: the chip is there at once
        chip = page.get_by_role("button", name="Remove kind:person", exact=True)
        assert chip.inner_text().split() == ["kind:person", "all", "×"]
        add = page.get_by_role("combobox", name="Add tags")
        add.press_sequentially("crow")
        page.get_by_role("option").first.wait_for()
        add.press("Tab")
        page.get_by_role("button", name="Remove crown", exact=True).wait_for()
        page.get_by_role("button", name="Preview changes").click()
        page.get_by_role("button", name="Apply to 100 images").wait_for()
        assert page.locator(".samples li").count() == 24
        assert tags(served) == before

        page.get_by_label("Reason").fill("for the test")
        page.keyboard.press("Enter")
        page.get_by_text("waiting", exact=True).wait_for()
        page.get_by_text("These figures update automatically.").wait_for()
        job_runner(Container(served)).step()
        page.get_by_role("link", name="Undo the whole job").wait_for()  # the page looks by itself
        assert tags(served) != before

        page.get_by_role("link", name="Undo the whole job").click()
        page.get_by_label("Reason").fill("back again")
        page.keyboard.press("Enter")
        page.get_by_text("changes undone by").wait_for()
        assert tags(served) == before


def test_hostile_words_run_nowhere(desk, served):
    image = served.image_ids.encode(1)
    with desk.browser_as("editor") as page:
        without_pictures(page)
        alarms = []
        page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
        page.goto(f"{desk.address}/admin/images/{image}")
        page.locator("[data-ready]").wait_for()
        page.keyboard.press("/")
        page.keyboard.type(HOSTILE)
        page.keyboard.press("Control+Enter")
        page.get_by_label("Reason").fill(HOSTILE)
        page.keyboard.press("Control+Enter")
        page.get_by_text("Saved: +").wait_for()
        change = served.changes.history(limit=1)[0].seq
        for path in (
            f"images/{image}",
            "images?view=list&order=-new",
            f'bulk?q="{HOSTILE}"&add={HOSTILE}',
            f"changes?by={HOSTILE}",
            "changes",
            f"changes/{change}",
            f"changes/-/undo?change={change}",
            f'queue?q="{HOSTILE}"',
        ):
            page.goto(f"{desk.address}/admin/{path}")
            assert page.locator("main img[src=x]").count() == 0
        page.locator("[data-ready]").wait_for()
        page.keyboard.type("<img")
        page.get_by_role("option").filter(has_text=HOSTILE).first.wait_for()
        assert alarms == []
