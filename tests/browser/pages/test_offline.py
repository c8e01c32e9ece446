"""No decision is lost and none counts twice, whatever the network does."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.library.credit import ImageRow
from smashpass.settings import load
from tests.conftest import ARGUMENTS, CHROMIUM
from tests.support.libraries import CREDIT
from tests.support.pages import Visit, free_port, publish_rules, serving


def swipe(visit, count, decided):
    for _ in range(count):
        image = visit.top
        decided.append((image, "smash" if len(decided) % 3 else "pass"))
        visit.page.keyboard.press("ArrowRight" if len(decided) % 3 != 1 else "ArrowLeft")


def pairs(swipes):
    return [(swipe["image"], swipe["verdict"]) for swipe in swipes]


def worker_ready(visit):
    visit.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    visit.until("caches.has('pages')")


def test_30_swipes_without_a_network_and_a_reload_are_all_on_the_server_once(visit):
    worker_ready(visit)
    visit.page.wait_for_timeout(2_000)  # the cards for a long tunnel come a little later
    decided = []
    visit.go_offline()
    swipe(visit, 20, decided)
    visit.page.get_by_text("20 swipes wait for the network").wait_for()

    visit.page.reload()
    visit.page.wait_for_selector(".card.top")
    assert visit.top not in {image for image, _ in decided}
    visit.page.get_by_text("20 swipes wait for the network").wait_for()
    swipe(visit, 10, decided)
    visit.page.wait_for_timeout(300)
    visit.go_offline(False)

    swipes = visit.wait_for_swipes(30)
    assert pairs(swipes) == decided
    visit.until("document.getElementById('network').textContent === ''")


def test_an_answer_that_was_lost_doubles_nothing(visit):
    visit.expected.append("net::ERR_FAILED")
    lost = []

    def lose_the_first(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch())
            route.abort()

    visit.page.route("**/api/v1/swipes", lose_the_first)
    decided = []
    swipe(visit, 12, decided)

    visit.page.wait_for_timeout(2500)
    assert lost
    assert pairs(visit.wait_for_swipes(12)) == decided
    visit.until("document.getElementById('network').textContent === ''")


def test_a_server_in_trouble_gets_them_later(visit):
    visit.expected.append("500")
    visit.page.route("**/api/v1/swipes", lambda route: route.fulfill(status=500, body="oops"))
    decided = []
    swipe(visit, 10, decided)
    visit.page.wait_for_timeout(500)
    assert visit.swipes() == []

    visit.page.unroute("**/api/v1/swipes")

    visit.page.wait_for_timeout(1500)
    assert pairs(visit.wait_for_swipes(10)) == decided


def test_swipes_just_before_the_page_closes_arrive(visit):
    decided = []
    swipe(visit, 3, decided)

    visit.page.goto("about:blank")

    assert pairs(visit.wait_for_swipes(3)) == decided


def test_undo_without_a_network_is_told_to_the_server_later(visit):
    visit.go_offline()
    first = visit.top
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("Backspace")
    visit.page.keyboard.press("Backspace")
    assert visit.top == first
    visit.page.wait_for_timeout(200)
    visit.go_offline(False)

    visit.page.wait_for_timeout(1500)
    deck = visit.page.context.request.get(f"{visit.server}/api/v1/deck?n=100").json()
    assert deck["deck"]["unseen"] == deck["deck"]["matched"]


def test_swipes_of_two_windows_are_all_kept(visit):
    other = visit.page.context.new_page()
    other.goto(visit.server)
    other.wait_for_selector(".card.top")
    for page in (visit.page, other):
        page.keyboard.press("ArrowRight")

    visit.page.wait_for_timeout(1500)
    assert visit.swipes()
    assert {swipe["verdict"] for swipe in visit.swipes()} == {"smash"}


def seconds_until_a_picture_is_on_top(visit):
    began = time.monotonic()
    visit.until("document.querySelector('.card.top .picture img')?.naturalWidth > 0")
    return time.monotonic() - began


def test_text_cards_become_pictures_again_when_the_network_returns(visit):
    worker_ready(visit)
    visit.page.wait_for_timeout(2_000)  # the cards for a long tunnel come a little later
    visit.go_offline()
    while visit.page.locator(".card.top.text-card").count() == 0:
        visit.page.keyboard.press("ArrowLeft")
        visit.page.wait_for_timeout(50)
    image = visit.top

    visit.go_offline(False)

    assert seconds_until_a_picture_is_on_top(visit) < 2
    assert visit.top == image


def test_pictures_that_failed_for_a_while_come_without_the_network_having_been_away(open_page):
    visit = open_page(service_workers="block")  # so that requests for pictures can be held up
    visit.expected += ["net::ERR_FAILED", "Service Worker registration blocked"]
    visit.page.route("**/media/**", lambda route: route.abort())
    visit.join()
    visit.page.wait_for_selector(".card.top.text-card")
    image = visit.top
    visit.page.wait_for_timeout(4_000)  # some tries fail; the waits between them grow
    assert visit.page.locator(".card.top.text-card").count() == 1

    visit.page.unroute("**/media/**")
    visit.page.keyboard.press("ArrowRight")  # the server answers to the swipe
    visit.page.keyboard.press("Backspace")

    assert seconds_until_a_picture_is_on_top(visit) < 2
    assert visit.top == image


@pytest.fixture(scope="module")
def many_cards(empty_home, tmp_path_factory):
    """A server with 130 cards."""
    home = tmp_path_factory.mktemp("many") / "home"
    shutil.copytree(empty_home, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    tags = [("kind:robot", "mouth:smile"), ("kind:person", "hair:red"), ("kind:planet", "ring")]
    rows = [ImageRow(f"card-{n}", tags[n % 3], CREDIT, n) for n in range(130)]
    run = parts.runs.start("demo", {})
    parts.catalogue.write_rows(run, rows, on_existing="skip", position=len(rows))
    parts.runs.finish(run)
    parts.engine.dispose()
    publish_rules(home)
    with serving(home) as address:
        yield address


def kill(process):
    """Kill a browser and all of its processes, if they are there."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@contextmanager
def browser_of(chromium, profile):
    """A browser of its own over ``profile``: yields its process and a page of its one window."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(CHROMIUM, *ARGUMENTS, "--headless", "about:blank"),
            f"--remote-debugging-port={port}",
            f"--user-data-dir={profile}",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # a script may stand before the browser: both are killed
    )
    try:
        for _ in range(200):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            time.sleep(0.05)
        browser = chromium.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}")
        yield process, browser.contexts[0].pages[0]
        if process.poll() is None:
            browser.new_browser_cdp_session().send("Browser.close")
            process.wait(10)
    finally:
        kill(process)


def swipe_past_rounds(visit, count, decided):
    """Swipe ``count`` cards; the card of a finished round is put aside like any other."""
    decisions = "performance.getEntriesByName('decided').length"
    goal = len(decided) + count
    while len(decided) < goal:
        before, image = visit.page.evaluate(decisions), visit.top
        verdict = "smash" if len(decided) % 3 else "pass"
        visit.page.keyboard.press("ArrowRight" if verdict == "smash" else "ArrowLeft")
        if visit.page.evaluate(decisions) > before:
            decided.append((image, verdict))


def test_100_swipes_offline_survive_a_killed_browser_once_and_in_order(
    chromium, many_cards, tmp_path
):
    with browser_of(chromium, tmp_path / "profile") as (_, page):
        visit = Visit(page, many_cards)
        visit.join()
        worker_ready(visit)
        visit.page.wait_for_timeout(2_000)  # the cards for a long tunnel come a little later
    decided: list[tuple[str, str]] = []
    with browser_of(chromium, tmp_path / "profile") as (process, page):
        visit = Visit(page, many_cards)
        page.context.set_offline(True)
        page.goto(many_cards)
        page.wait_for_selector(".card.top")
        swipe_past_rounds(visit, 20, decided)
        page.reload()
        page.wait_for_selector(".card.top")
        page.get_by_text("20 swipes wait for the network").wait_for()
        swipe_past_rounds(visit, 80, decided)
        page.get_by_text("100 swipes wait for the network").wait_for(timeout=8_000)
        kill(process)

    with browser_of(chromium, tmp_path / "profile") as (_, page):
        visit = Visit(page, many_cards)
        page.goto(many_cards)
        page.wait_for_selector(".card.top")
        back = time.monotonic()
        visit.until("document.getElementById('network').textContent === ''")
        swipes = visit.wait_for_swipes(100)
        assert time.monotonic() - back < 2
        assert pairs(swipes) == decided
        assert visit.top not in {image for image, _ in decided}
