"""The pages in other languages, in the narrowest window: nothing cut off, nothing left English."""

from __future__ import annotations

import pytest

from smashpass.web.languages import COOKIE, PSEUDO
from tests.browser.pages.test_for_everyone import check, leave_nothing_moving

NARROW = {"viewport": {"width": 320, "height": 568}}


@pytest.fixture
def german(open_page):
    return open_page(**NARROW, locale="de-AT")


@pytest.fixture
def pseudo(open_page):
    visit = open_page(**NARROW)
    visit.page.context.add_cookies([{"name": COOKIE, "value": PSEUDO.tag, "url": visit.server}])
    return visit


@pytest.mark.parametrize("language", ["german", "pseudo"])
def test_every_state_has_room_for_longer_words(request, language):
    visit = request.getfixturevalue(language)
    page = visit.page
    page.goto(visit.server)
    check(page)
    visit.join()
    page.keyboard.press("ArrowRight")
    leave_nothing_moving(visit)
    page.locator("#reveal [data-slot=mine] .badge").wait_for()
    check(page)
    page.click("#reveal")
    check(page)
    page.keyboard.press("Escape")
    page.locator("#help-open").evaluate("(button) => button.click()")
    check(page)
    page.keyboard.press("Escape")
    visit.expected.append("400")
    page.fill("#q", "hair:blond")
    page.keyboard.press("Enter")
    page.locator("[data-kind='unknown-word']").wait_for()
    check(page)


@pytest.mark.parametrize("language", ["german", "pseudo"])
def test_every_page_to_read_has_room_for_longer_words(request, language):
    visit = request.getfixturevalue(language)
    visit.join()
    visit.page.keyboard.press("ArrowRight")
    visit.wait_for_swipes(1)
    for path in ("/me", "/about", "/help", "/settings", "/taste", "/welcome"):
        visit.page.goto(visit.server + path)
        visit.page.locator(".languages").wait_for()
        if path == "/me":
            visit.page.locator(".history .badge").wait_for()

        check(visit.page)


def test_what_the_modules_say_is_in_the_language_of_the_page(german):
    german.join()
    german.page.click("#smash")
    german.page.locator("#reveal [data-slot=mine] .badge").wait_for()

    assert german.page.locator("#deck-line").inner_text().endswith("Bilder insgesamt")
    assert german.page.locator("#reveal").inner_text().startswith("Du")
    assert german.page.locator("#meter").inner_text().startswith("Du und die App wart euch bei ")


def test_a_language_is_chosen_below_the_page_and_stays(open_page):
    visit = open_page()
    visit.page.goto(visit.server)
    visit.page.get_by_role("button", name="Deutsch").click()
    visit.page.get_by_role("heading", name="Wie alt bist du?").wait_for()

    visit.join()
    visit.page.goto(visit.server + "/help")
    assert visit.page.get_by_role("heading", level=1).inner_text() == "Hilfe"
    assert visit.page.locator(".languages [aria-current]").inner_text() == "Deutsch"


def test_without_a_network_the_other_pages_are_in_the_chosen_language_too(visit):
    page = visit.page
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(visit.server + "/help")
    visit.until("navigator.serviceWorker.controller !== null")
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Hilfe", level=1).wait_for()
    stored = "caches.match('/about').then((page) => page.headers.get('Content-Language'))"
    visit.until(f"{stored}.then((language) => language === 'de')")

    visit.go_offline()
    page.goto(visit.server + "/about")
    assert page.get_by_role("heading", level=1).inner_text() == "Wie entschieden wird"


def test_the_language_can_be_chosen_without_a_script(open_page):
    visit = open_page(java_script_enabled=False)
    visit.page.goto(visit.server + "/help")
    visit.page.get_by_role("button", name="Deutsch").click()

    visit.page.get_by_role("heading", name="Hilfe", level=1).wait_for()


def test_settings_are_kept_by_their_values_not_by_their_words(german):
    german.join()
    page = german.page
    page.goto(german.server + "/settings")
    page.locator("#break:enabled").wait_for()

    assert page.locator("#break").input_value() in ("on", "off")
    page.select_option("#theme", label="dunkel")
    page.select_option("#break", label="an")
    page.wait_for_timeout(300)
    page.reload()
    page.locator("#break:enabled").wait_for()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("#break").input_value() == "on"
