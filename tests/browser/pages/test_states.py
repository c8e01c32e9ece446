"""Where no card can be shown, the page says why and what to do."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from tests.support.faces import LIBRARY


def test_the_whole_library_is_met_once_then_the_page_says_so(visit):
    met = []
    while len(met) < LIBRARY:
        if visit.top != "round":  # the card of a finished round, if the machine is slow
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
    routes = []
    visit.page.route("**/api/v1/deck*", lambda route: routes.append(route))
    visit.page.fill("#q", "kind:robot")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="Still waiting for the server").wait_for()

    routes.pop().continue_()

    visit.page.wait_for_selector(".card.top")


def test_a_card_whose_picture_is_missing_shows_its_tags_and_decides_nothing(open_page):
    visit = open_page(service_workers="block")
    visit.expected.append("registration blocked")
    visit.expected.append("404")
    visit.page.route("**/media/**", lambda route: route.fulfill(status=404))

    visit.join()

    visit.page.wait_for_selector(".card.top.text-card .words li")
    assert visit.swipes() == []


def _began(home, visit, seconds_ago):
    """Let the one viewer of this visit have swiped since then, as the server sees it."""
    name = visit.page.context.request.get(f"{visit.server}/api/v1/me").json()["viewer"]
    now = time.time_ns() // 1_000
    with closing(sqlite3.connect(home / "smashpass.db")) as database, database:
        changed = database.execute(
            "UPDATE viewer SET pace_since = ?, pace_last = ?, swipes = swipes + 1 WHERE name = ?",
            (now - int(seconds_ago * 1_000_000), now - 1_000_000, name),
        )
        assert changed.rowcount == 1


def _swipe(visit, count):
    visit.page.keyboard.press("ArrowRight")
    visit.wait_for_swipes(count)


def test_an_adult_may_put_the_break_aside(open_page, home):
    visit = open_page()
    visit.join()
    headers = {"Origin": visit.server}
    address = f"{visit.server}/api/v1/me"
    asked = visit.page.context.request.patch(
        address, data={"break_reminder": True}, headers=headers
    )
    assert asked.ok
    _began(home, visit, 31 * 60)
    _swipe(visit, 1)
    visit.page.get_by_role("heading", name="Time for a break").wait_for()

    visit.page.get_by_role("button", name="Keep swiping").click()

    visit.page.wait_for_selector(".card.top")
    visit.page.keyboard.press("ArrowRight")
    assert len(visit.wait_for_swipes(2)) == 2


def test_no_reload_and_no_tab_ends_the_break_of_the_young(open_page, home):
    visit = open_page()
    visit.join("13-17")
    _began(home, visit, 31 * 60)
    _swipe(visit, 1)
    heading = visit.page.get_by_role("heading", name="Time for a break")
    heading.wait_for()
    reason = "It cannot be ended early: breaks under 18 and daily limits always hold."
    assert reason in visit.page.locator("[data-kind='break']").inner_text()
    assert visit.page.locator(".card.top").count() == 0
    assert visit.page.locator("#smash").get_attribute("aria-disabled") == "true"

    visit.page.keyboard.press("ArrowRight")
    visit.page.reload()
    heading.wait_for()
    other = visit.page.context.new_page()
    other.goto(visit.server)
    other.get_by_role("heading", name="Time for a break").wait_for()
    assert len(visit.swipes()) == 1

    _began(home, visit, 36 * 60)
    visit.page.reload()
    visit.page.wait_for_selector(".card.top")


def test_a_break_begins_without_another_swipe_and_ends_by_itself(open_page, home):
    visit = open_page()
    visit.join("13-17")
    _began(home, visit, 30 * 60 - 3)
    _swipe(visit, 1)
    visit.page.get_by_role("heading", name="Time for a break").wait_for()

    other = open_page()
    other.join("13-17")
    _began(home, other, 35 * 60 - 3)
    _swipe(other, 1)
    other.page.wait_for_selector(".card.top")


def test_the_break_is_a_choice_of_adults_alone(open_page, home):
    visit = open_page()
    visit.join("18+")
    visit.page.goto(f"{visit.server}/settings")
    visit.page.locator("#break:enabled").select_option("on")
    visit.page.locator("#daily").select_option("30")
    visit.until("document.getElementById('daily').value === '30'")
    assert _limits_when(visit, daily_limit=30) == {
        "break_reminder": True,
        "break_reminder_fixed": False,
        "daily_limit": 30,
        "suggestions": True,
        "suggestions_fixed": False,
    }

    young = open_page()
    young.join("13-17")
    young.page.goto(f"{young.server}/settings")
    young.page.locator("#daily:enabled").wait_for()
    assert young.page.locator("#break").is_disabled()
    assert young.page.locator("#break").input_value() == "on"


def test_choices_made_while_one_is_on_its_way_are_all_kept_in_their_order(open_page):
    visit = open_page()
    visit.join("18+")
    visit.page.goto(f"{visit.server}/settings")
    visit.page.locator("#break:enabled").wait_for()
    held_requests = []

    def hold_the_first(route):
        if route.request.method == "PATCH" and not held_requests:
            held_requests.append(route)
        else:
            route.continue_()

    visit.page.route("**/api/v1/me", hold_the_first)
    visit.page.locator("#break").select_option("on")
    visit.page.locator("#daily").select_option("30")
    visit.page.locator("#daily").select_option("60")
    visit.page.locator("#break").select_option("off")
    visit.page.wait_for_timeout(100)
    assert len(held_requests) == 1
    held_requests[0].continue_()

    limits = _limits_when(visit, daily_limit=60, break_reminder=False)
    assert (limits["daily_limit"], limits["break_reminder"]) == (60, False)
    assert visit.page.locator("#daily").input_value() == "60"
    assert visit.page.locator("#break").input_value() == "off"


def _limits_when(visit, **expected):
    """The viewer's limits on the server, as soon as they hold what is expected (or after 8 s)."""
    deadline = time.monotonic() + 8
    while True:
        answer = visit.page.context.request.get(f"{visit.server}/api/v1/me")
        limits = answer.json()["settings"]
        if expected.items() <= limits.items() or time.monotonic() > deadline:
            return limits
        visit.page.wait_for_timeout(50)
