"""Where no card can be shown, the page says why and what to do."""

from __future__ import annotations

from tests.pages.faces import LIBRARY


def test_the_whole_library_is_met_once_then_the_page_says_so(visit):
    met = []
    for _ in range(LIBRARY):
        met.append(visit.top)
        visit.page.keyboard.press("ArrowRight")
        visit.page.wait_for_timeout(5)

    visit.page.get_by_role("heading", name="You have seen everything").wait_for()
    assert len(set(met)) == LIBRARY
    assert len(visit.wait_for_swipes(LIBRARY)) == LIBRARY
    assert visit.page.locator("#smash").get_attribute("aria-disabled") == "true"


def test_the_last_card_can_be_taken_back(visit):
    visit.page.goto(f'{visit.server}/?q="hair:red" "kind:robot"')
    visit.page.get_by_text("4 pictures match").wait_for()
    for _ in range(4):
        last = visit.top
        visit.page.keyboard.press("ArrowLeft")
    visit.page.get_by_role("heading", name="You have seen all that match").wait_for()

    visit.page.keyboard.press("Backspace")

    assert visit.top == last


def test_a_broken_server_is_an_ordinary_card_with_one_thing_to_do(visit):
    visit.expected.append("500")
    visit.page.route("**/api/v1/deck*", lambda route: route.fulfill(status=500, body="oops"))
    visit.page.evaluate("indexedDB.deleteDatabase('smashpass')")
    visit.page.goto(f"{visit.server}/?q=kind:robot")
    visit.page.get_by_role("heading", name="Something went wrong on our side").wait_for()

    visit.page.unroute("**/api/v1/deck*")
    visit.page.get_by_role("button", name="Try again").click()

    visit.page.wait_for_selector(".card.top")


def test_a_slow_server_is_spoken_of_after_two_seconds(visit):
    held = []
    visit.page.route("**/api/v1/deck*", lambda route: held.append(route))
    visit.page.fill("#q", "kind:robot")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="Still waiting for the server").wait_for()

    held.pop().continue_()

    visit.page.wait_for_selector(".card.top")


def test_a_card_whose_picture_is_missing_shows_its_tags_and_decides_nothing(open_page):
    visit = open_page(service_workers="block")
    visit.expected.append("registration blocked")
    visit.expected.append("404")
    visit.page.route("**/media/**", lambda route: route.fulfill(status=404))

    visit.join()

    visit.page.wait_for_selector(".card.top.text-card .words li")
    assert visit.swipes() == []


def test_a_break_is_proposed_after_half_an_hour_to_the_young(open_page):
    visit = open_page()
    visit.join("13-17")
    visit.page.evaluate("sessionStorage.setItem('started', String(Date.now() - 31 * 60 * 1000))")
    visit.page.reload()
    visit.page.wait_for_selector(".card.top")
    visit.page.keyboard.press("ArrowRight")
    visit.page.get_by_role("heading", name="You have swiped for half an hour").wait_for()

    visit.page.get_by_role("button", name="Go on swiping").click()

    visit.page.wait_for_selector(".card.top")
