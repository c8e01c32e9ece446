"""More like this: a deck by likeness, what is compared, and the way back."""

from __future__ import annotations

from tests.browser.pages.test_for_everyone import check


def test_a_deck_like_one_picture_begins_and_ends_with_a_button(visit):
    page = visit.page
    page.click("#why-now")
    image = page.locator("#why").get_attribute("data-image")
    page.click("#more-like")

    assert not page.locator("#why").is_visible()
    page.get_by_text("Compared by their tags.").wait_for()
    assert f"like={image}" in page.url
    check(page)

    page.click("#why-now")
    assert "Those most like a picture you chose" in page.locator("#why").inner_text()
    page.keyboard.press("Escape")
    page.click("#unlike")
    assert not page.locator("#like").is_visible()
    assert "like=" not in page.url


def test_a_picture_that_is_gone_is_told_and_everything_can_be_shown(visit):
    page = visit.page
    visit.expected.append("400")
    page.goto(f"{page.url.partition('?')[0]}?like=gone")
    page.get_by_text("It is no longer shown here.").wait_for()
    page.get_by_role("button", name="Show everything").click()
    page.wait_for_selector("#stack .card[data-image]")
    assert "like=" not in page.url
