"""The page "Your taste": figures of the server, pictures, and an image made on the device."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.browser.pages.test_for_everyone import check_in_every_dress


def swipe(visit, n):
    """Swipe ``n`` cards, a third of them smashes."""
    api, ask = f"{visit.server}/api/v1", visit.page.context.request
    cards = ask.get(f"{api}/deck?n={n}").json()["cards"]
    swipes = [
        {
            "id": f"swipe-{number}",
            "image": card["image"],
            "verdict": "pass" if number % 3 else "smash",
            "at": f"2026-11-01T12:00:{number:02}Z",
        }
        for number, card in enumerate(cards)
    ]
    answer = ask.post(f"{api}/swipes", data={"swipes": swipes})
    assert answer.json()["accepted"] == n, answer.text()


@pytest.fixture
def results(visit):
    """The page after forty swipes."""
    swipe(visit, 40)
    visit.page.get_by_role("link", name="Taste", exact=True).click()
    visit.page.wait_for_selector("#results-lead")
    return visit


def figures(visit):
    return visit.page.context.request.get(f"{visit.server}/api/v1/me/taste").json()


def test_below_ten_swipes_the_page_says_how_many_are_missing(visit):
    swipe(visit, 1)
    visit.page.goto(f"{visit.server}/taste")

    assert "Too few to tell: 1 of 10 swipes." in visit.page.locator("main").inner_text()
    assert visit.page.locator(".result-bar").count() == 0
    check_in_every_dress(visit)


def test_the_bars_and_the_table_are_the_figures_of_the_server(results):
    report = figures(results)
    assert report["tags"]
    widths = results.page.eval_on_selector_all(
        ".bar-you[width$='%']", "bars => bars.map((bar) => bar.getAttribute('width'))"
    )
    assert widths == [f"{round(100 * t['smashed'] / t['cards'], 1)}%" for t in report["tags"]]
    results.page.get_by_text("The same as a table").first.click()
    cells = results.page.locator("details").first.locator("tbody td").all_inner_texts()
    assert [int(cell) for cell in cells] == [
        tag[name]
        for tag in report["tags"]
        for name in ("cards", "smashed", "app_smashed", "agreed")
    ]
    overall = report["overall"]
    lead = results.page.locator("#results-lead").inner_text()
    assert f"to {overall['smashed']} of {overall['cards']} cards" in lead
    assert f"agreed on {overall['agreed']} of {overall['compared']}" in lead


def test_cards_where_viewer_and_rules_differ_are_shown_and_lead_to_their_reasons(results):
    choices = results.page.locator(".choices").first.locator(".choice")
    assert choices.count() == len(figures(results)["differing"]) > 0
    choices.first.locator("img").wait_for()
    assert figures(results)["differing"][0]["image"] in choices.first.get_attribute("href")


def test_the_page_is_never_stored_and_offline_the_copy_on_the_device_stands_in(results):
    answer = results.page.context.request.get(f"{results.server}/taste")
    assert answer.headers["cache-control"] == "no-store"
    results.page.goto(results.server)
    results.page.wait_for_selector(".card.top")
    results.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    stored = results.page.evaluate(
        """async () => {
             const addresses = [];
             for (const name of await caches.keys())
               for (const { url } of await (await caches.open(name)).keys()) addresses.push(url);
             return addresses;
           }"""
    )
    assert stored
    assert not any(url.endswith("/taste") for url in stored)
    results.go_offline()
    results.page.goto(f"{results.server}/taste")
    results.page.get_by_role("heading", name="My swipes").wait_for()


def test_strangers_are_asked_for_their_age_first(open_page):
    visit = open_page()
    visit.page.goto(f"{visit.server}/taste")
    visit.page.get_by_role("heading", name="How old are you?").wait_for()


def test_the_summary_is_saved_as_an_image_where_files_cannot_be_shared(results, tmp_path):
    results.page.evaluate("navigator.canShare = undefined")
    with results.page.expect_download() as download:
        results.page.get_by_role("button", name="Share as an image").click()
    results.page.get_by_text("Saved as an image.").wait_for()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (1080, 1080)


def test_the_summary_is_shared_as_a_file_with_its_text_and_no_ids(results):
    results.page.evaluate(
        """() => {
             navigator.canShare = () => true;
             navigator.share = async ({ files, text }) => {
               window.sharing = [files[0].type, text];
             };
           }"""
    )
    results.page.get_by_role("button", name="Share as an image").click()
    results.until("Boolean(window.sharing)")
    kind, words = results.page.evaluate("window.sharing")
    report = figures(results)
    assert kind == "image/png"
    percent = round(100 * report["overall"]["agreed"] / report["overall"]["compared"])
    assert f"The rules and I agree on {percent} %" in words
    assert len(words.splitlines()) == 3 + min(3, len(report["tags"]))
    assert not any(choice["image"] in words for choice in report["differing"])


def test_the_results_are_for_everyone(results):
    results.page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    check_in_every_dress(results)


@pytest.mark.parametrize(
    "dress", ["document.dir = 'rtl'", "document.documentElement.style.fontSize = '200%'"]
)
def test_the_results_hold_from_right_to_left_and_in_large_text(results, dress):
    results.page.set_viewport_size({"width": 320, "height": 640})
    results.page.evaluate(dress)
    assert results.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
