"""The viewer's own swipes: to read, to change, to take away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def mine(visit):
    """The page "My swipes" after a smash and two passes."""
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        visit.page.keyboard.press(key)
    visit.wait_for_swipes(3)
    visit.page.get_by_role("link", name="Me", exact=True).click()
    visit.page.wait_for_selector(".history li:nth-child(3)")
    return visit


def test_the_history_shows_every_swipe_newest_first(mine):
    rows = mine.page.locator(".history li")

    assert mine.page.locator(".history .badge").all_inner_texts() == ["Pass", "Pass", "Smash"]
    rows.first.locator("img").wait_for()
    assert "Picture: " in rows.first.inner_text()
    assert [swipe["image"] for swipe in mine.swipes()][::-1] == [
        row.get_attribute("data-image") for row in rows.all()
    ]


def test_the_history_can_be_filtered(mine):
    mine.page.get_by_label("Smash", exact=True).check()

    assert mine.page.locator(".history li:visible .badge").all_inner_texts() == ["Smash"]


def test_a_verdict_can_be_changed(mine):
    image = mine.page.locator(".history li").first.get_attribute("data-image")

    mine.page.get_by_role("button", name="Change to Smash").first.click()

    mine.page.get_by_text("Changed to Smash.").wait_for()
    mine.page.wait_for_timeout(1_200)
    mine.page.reload()
    first = mine.page.locator(".history li").first
    first.locator(".badge").wait_for()
    assert (first.get_attribute("data-image"), first.locator(".badge").inner_text()) == (
        image,
        "Smash",
    )
    assert mine.page.locator(".history li").count() == 3


def test_a_swipe_can_be_taken_back(mine):
    mine.page.get_by_role("button", name="Take back").first.click()

    mine.page.get_by_text("Taken back.").wait_for()
    mine.page.wait_for_timeout(1_200)
    mine.page.reload()
    mine.page.wait_for_selector(".history li")
    assert mine.page.locator(".history li").count() == 2


def test_everything_can_be_downloaded(mine):
    with mine.page.expect_download() as download:
        mine.page.get_by_role("link", name="Download everything").click()

    document = json.loads(Path(download.value.path()).read_text())
    assert len(document["swipes"]) == 3


def test_everything_can_be_deleted_after_a_question(mine):
    mine.page.get_by_role("button", name="Delete everything …").click()
    mine.page.get_by_role("button", name="Keep it").click()
    assert len(mine.swipes()) == 3

    mine.page.get_by_role("button", name="Delete everything …").click()
    mine.page.locator("#sure").get_by_role("button", name="Delete everything").click()

    mine.page.get_by_role("heading", name="How old are you?").wait_for()
    assert mine.page.context.request.get(f"{mine.server}/api/v1/me/export").status == 401
    assert mine.page.evaluate("localStorage.length") == 0
