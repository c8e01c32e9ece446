"""The age question comes before any card."""

from __future__ import annotations

import pytest

from tests.browser.pages.test_for_everyone import check


def test_a_new_visitor_is_asked_for_the_age_before_any_card(open_page):
    visit = open_page()
    urls = []
    visit.page.on("request", lambda request: urls.append(request.url))

    visit.page.goto(visit.server)

    assert visit.page.get_by_role("heading", name="How old are you?").is_visible()
    assert visit.page.locator(".card").count() == 0
    assert not any("/deck" in url for url in urls)


def test_under_13_is_refused_kindly_and_leaves_nothing_behind(open_page):
    visit = open_page()
    visit.page.goto(visit.server)

    visit.page.click("button[value='under-13']")

    assert visit.page.get_by_role("heading", name="Sorry, not yet").is_visible()
    assert visit.page.context.cookies() == []
    visit.page.reload()
    assert visit.page.get_by_role("heading", name="Sorry, not yet").is_visible()
    assert not visit.page.locator("#choice").is_visible()


def test_who_is_of_age_gets_cards_and_is_not_asked_again(open_page):
    visit = open_page()
    visit.join("13-17")

    visit.page.reload()

    visit.page.wait_for_selector(".card.top")


def test_one_whom_the_server_forgot_is_asked_again(visit):
    visit.expected.append("401")
    visit.page.context.clear_cookies()
    visit.page.keyboard.press("ArrowRight")

    visit.page.get_by_text("1 swipe waits until you state your age again").wait_for()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568), (1280, 900)])
def test_three_examples_stand_in_a_row_and_the_answers_are_in_sight(open_page, width, height):
    visit = open_page(viewport={"width": width, "height": height})
    visit.page.goto(visit.server)
    pictures = visit.page.locator(".examples img")
    visit.until("[...document.querySelectorAll('.examples img')].every((img) => img.naturalWidth)")

    boxes = [pictures.nth(number).bounding_box() for number in range(pictures.count())]
    assert len(boxes) == 3
    assert len({box["y"] for box in boxes}) == 1
    assert all(pictures.nth(number).get_attribute("alt") for number in range(3))
    last = visit.page.locator(".bands button").last.bounding_box()
    assert height < 800 or last["y"] + last["height"] <= height
    check(visit.page)
