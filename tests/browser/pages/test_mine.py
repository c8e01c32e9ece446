"""The viewer's own swipes: to read, to change, to take away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.axe import check_with_axe


def swipe(visit, key):
    """Press a key until the next card is on top: the page listens from its first card on."""
    top = visit.top
    while visit.top == top:
        visit.page.keyboard.press(key)
        visit.page.wait_for_timeout(100)


@pytest.fixture
def mine(visit):
    """The page "My swipes" after a smash and two passes."""
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        swipe(visit, key)
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


def test_the_headline_follows_words_and_filters(mine):
    mine.page.get_by_label("Smash", exact=True).check()
    mine.page.get_by_text("1 swipe matches: Smash", exact=True).wait_for()
    assert mine.page.locator(".history .badge").all_inner_texts() == ["Smash"]

    tag = mine.page.context.request.get(
        f"{mine.server}/api/v1/images/{mine.swipes()[0]['image']}"
    ).json()["tags"][0]
    mine.page.fill("#q", tag)
    mine.page.keyboard.press("Enter")
    mine.page.get_by_text(f"1 swipe matches: Smash, with “{tag}”", exact=True).wait_for()

    mine.page.reload()
    mine.page.get_by_text(f"1 swipe matches: Smash, with “{tag}”", exact=True).wait_for()
    assert mine.page.get_by_label("Smash", exact=True).is_checked()


def test_words_that_name_no_tag_are_explained_with_proposals(mine):
    mine.expected.append("400")
    mine.page.fill("#q", "hair:blond")
    mine.page.keyboard.press("Enter")
    mine.page.locator("#mistake").get_by_text("These words did not work").wait_for()
    proposal = mine.page.locator("#mistake button").first
    word = proposal.inner_text()

    proposal.click()

    mine.page.locator("#sum").get_by_text("match").wait_for()
    assert word
    assert mine.page.locator("#mistake").inner_text() == ""


def test_each_swipe_has_its_reasons(mine):
    mine.page.get_by_role("button", name="Why?").first.click()
    dialog = mine.page.locator("#why")
    dialog.locator("[data-slot=explanation]").get_by_text(" ").first.wait_for()
    text = dialog.inner_text()
    assert "By the rules that are in force, as when you swiped this." in text
    assert "What would flip it" in text
    check_with_axe(mine.page)
    mine.page.keyboard.press("Escape")

    image = mine.swipes()[0]["image"]
    mine.page.goto(f"{mine.server}/me?why={image}")
    dialog.get_by_text(image).wait_for()


def test_after_other_rules_the_reasons_say_so(mine):
    def other_revision(route):
        answer = route.fetch()
        content = answer.json()
        for swipe in content["swipes"]:
            swipe["revision"] = "0" * 64
        route.fulfill(response=answer, json=content)

    mine.page.route("**/api/v1/me/swipes?*", other_revision)
    mine.page.reload()
    mine.page.get_by_role("button", name="Why?").first.click()
    mine.page.locator("#why").get_by_text("By the rules of today").wait_for()


def test_offline_the_copy_on_the_device_is_shown_until_the_network_is_back(mine):
    mine.page.goto(mine.server)
    mine.page.wait_for_selector(".card.top")
    mine.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    mine.page.wait_for_timeout(800)
    mine.go_offline()
    swipe(mine, "ArrowRight")
    mine.page.wait_for_timeout(300)

    mine.page.goto(f"{mine.server}/me")

    mine.page.get_by_text("You are offline. These are your last 4 swipes").wait_for()
    badges = mine.page.locator(".history .badge").all_inner_texts()
    assert badges == ["Smash", "Pass", "Pass", "Smash"]
    mine.page.get_by_role("button", name="Why?").nth(1).click()
    mine.page.locator("#why").get_by_text("What would flip it").wait_for()
    mine.page.keyboard.press("Escape")

    mine.go_offline(False)
    mine.page.get_by_text("4 swipes", exact=True).wait_for()
    assert mine.page.locator(".history li").count() == 4


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
