"""The row of decks, decks saved on the device, and today's deck."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime

from tests.browser.pages.test_for_everyone import check
from tests.browser.pages.test_offline import worker_ready

API = "/api/v1"


def chip(visit, name):
    return visit.page.locator("#decks").get_by_role("button", name=name, exact=True)


def pressed(visit):
    return visit.page.locator("#decks [aria-pressed=true]").all_inner_texts()


def api(visit, method, path, body=None, token=""):
    request = urllib.request.Request(
        visit.server + API + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())


def vote(visit, people, smashes):
    """Let ``people`` others answer all of today's cards, the first ``smashes`` with smash."""
    now = datetime.now(UTC).isoformat()
    for number in range(people):
        token = api(visit, "POST", "/viewers", {"age_band": "18+"})["token"]
        cards = api(visit, "GET", "/daily", token=token)["cards"]
        verdict = "smash" if number < smashes else "pass"
        body = [
            {"id": f"{number}-{card['image']}", "image": card["image"], "verdict": verdict}
            | {"at": now}
            for card in cards
        ]
        api(visit, "POST", "/swipes", {"swipes": body}, token)


def swipe(visit, count):
    for _ in range(count):
        before = visit.top
        visit.page.keyboard.press("ArrowRight")
        visit.until(f"document.querySelector('.card.top')?.dataset.image !== '{before}'")


def open_daily(visit):
    chip(visit, "Today’s 20").click()
    visit.until("document.getElementById('deck-line').textContent.startsWith('Today: ')")


def test_a_tree_is_chosen_by_its_title_and_is_in_the_address(visit, open_page):
    chip(visit, "Faces").wait_for()
    assert pressed(visit) == ["Everything"]
    with visit.page.expect_response(lambda answer: "tree=faces" in answer.url):
        chip(visit, "Faces").click()
    assert "tree=faces" in visit.page.url
    assert pressed(visit) == ["Faces"]
    check(visit.page)

    visit.page.goto(visit.server)
    visit.until("document.querySelector('#decks [aria-pressed=true]')?.textContent === 'Faces'")
    assert "tree=faces" in visit.page.url

    chip(visit, "Everything").click()
    assert "tree" not in visit.page.url
    assert pressed(visit) == ["Everything"]


def test_an_address_that_was_shared_comes_before_what_is_remembered(visit):
    chip(visit, "Faces").click()
    visit.page.evaluate("localStorage.setItem('address', '?q=beard&tree=faces')")
    visit.page.goto(f"{visit.server}/?deck=daily")
    visit.until(
        "document.querySelector('#decks [aria-pressed=true]')?.textContent === 'Today’s 20'"
    )
    assert "q=" not in visit.page.url
    assert "tree=" not in visit.page.url


def test_a_tree_that_is_gone_leaves_a_way_on(visit):
    visit.expected.append("404")
    visit.page.goto(f"{visit.server}/?tree=gone")
    visit.page.locator("#state").get_by_role("button").first.wait_for()
    chip(visit, "Everything").click()
    visit.page.wait_for_selector(".card.top")
    visit.page.goto(visit.server)
    visit.page.wait_for_selector(".card.top")


def test_a_deck_is_saved_on_the_device_and_removed_with_a_way_back(visit):
    page = visit.page
    page.goto(f"{visit.server}/?q=%22beard%22&order=new")
    page.wait_for_selector(".card.top")
    chip(visit, "Save this deck").click()
    assert "on this device only" in page.locator("#save-deck").inner_text()
    assert page.get_by_label("Name of the deck").input_value() == "beard"
    check(page)
    page.get_by_label("Name of the deck").fill("My beards")
    page.keyboard.press("Enter")
    assert pressed(visit) == ["My beards"]

    chip(visit, "Everything").click()
    assert "q=" not in page.url
    page.reload()
    chip(visit, "My beards").click()
    visit.until("new URL(location).searchParams.get('q') === '\"beard\"'")
    assert page.get_by_label("Order").input_value() == "new"
    assert pressed(visit) == ["My beards"]

    chip(visit, "Remove the deck “My beards”").click()
    assert chip(visit, "My beards").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Undo: keep “My beards”"
    page.keyboard.press("Enter")
    chip(visit, "My beards").wait_for()
    check(page)
    chip(visit, "Remove the deck “My beards”").click()
    page.reload()
    chip(visit, "Faces").wait_for()
    assert chip(visit, "My beards").count() == 0


def test_the_row_is_one_line_with_targets_for_a_thumb(visit):
    chip(visit, "Faces").wait_for()
    for width in (320, 390, 1280):
        visit.page.set_viewport_size({"width": width, "height": 844})
        boxes = [box.bounding_box() for box in visit.page.locator("#decks button").all()]
        assert all(box["height"] >= 44 and box["width"] >= 44 for box in boxes)
        if width < 960:
            assert len({box["y"] for box in boxes}) == 1
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_order_for_you_is_offered_to_those_who_have_one(visit, open_page):
    chip(visit, "Faces").wait_for()
    visit.until("!document.querySelector('#order option[value=taste]').hidden")
    young = open_page()
    young.join("13-17")
    young.until("document.querySelector('#order option[value=taste]').hidden")


def test_the_row_of_last_time_is_there_without_a_network(visit):
    chip(visit, "Faces").wait_for()
    worker_ready(visit)
    visit.page.wait_for_timeout(1_000)
    visit.go_offline()
    visit.page.reload()
    chip(visit, "Faces").wait_for()
    visit.page.wait_for_selector(".card.top")
    chip(visit, "Today’s 20").click()
    visit.page.get_by_role("heading", name="Today’s pictures are not on this device").wait_for()
    check(visit.page)
    visit.page.locator("#state").get_by_role("button", name="Everything").click()
    visit.page.wait_for_selector(".card.top")


def test_the_crowd_speaks_after_the_answer_and_the_result_can_be_shared(visit):
    page = visit.page
    vote(visit, 19, 17)
    open_daily(visit)
    first = visit.top
    assert "0 of 20" in page.locator("#deck-line").inner_text()
    assert not page.get_by_text("people said").is_visible()
    swipe(visit, 1)
    visit.wait_for_swipes(1)
    (answer,) = page.context.request.get(f"{visit.server}{API}/daily").json()["answers"]
    assert (answer["image"], answer["verdict"]) == (first, "smash")
    voters, smashes = answer["crowd"]["voters"], answer["crowd"]["smash"]
    assert voters >= 20
    percent = round(100 * smashes / voters)
    page.get_by_text(f"{percent} % of {voters} people said Smash").wait_for()
    assert "1 of 20" in page.locator("#deck-line").inner_text()
    check(page)

    swipe(visit, 6)
    page.reload()
    visit.until("document.getElementById('deck-line').textContent.includes('7 of 20')")
    assert pressed(visit) == ["Today’s 20"]
    swipe(visit, 13)
    page.get_by_role("heading", name="Today: all answered").wait_for()
    page.get_by_text("Most people and I agreed on 20 of 20.").wait_for()
    row = page.locator(".daily-card [role=img]")
    assert row.get_attribute("aria-label") == "Your answers: " + ", ".join(["Smash"] * 20)
    check(page)

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.share = undefined")
    page.get_by_role("button", name="Share").click()
    page.get_by_text("Copied. You can paste it anywhere.").first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "♥" * 20 in copied
    agreed = page.get_by_text("The rules and I agreed on").inner_text()
    assert agreed in copied
    images = {swiped["image"] for swiped in visit.swipes()}
    assert len(images) == 20
    assert not any(image in copied for image in images)

    page.reload()
    page.get_by_role("heading", name="Today: all answered").wait_for()
    page.locator(".daily-card").get_by_role("button", name="Everything").click()
    page.wait_for_selector(".card.top")
    assert "deck=" not in page.url
    assert visit.top not in images


def test_an_answer_taken_back_is_asked_again(visit):
    open_daily(visit)
    first = visit.top
    swipe(visit, 1)
    visit.wait_for_swipes(1)
    visit.page.keyboard.press("Backspace")
    visit.until(f"document.querySelector('.card.top')?.dataset.image === '{first}'")
    assert "0 of 20" in visit.page.locator("#deck-line").inner_text()
    visit.page.reload()
    visit.until("document.getElementById('deck-line').textContent.includes('0 of 20')")
    assert visit.top == first


def test_todays_deck_goes_on_without_a_network(visit):
    vote(visit, 20, 18)
    worker_ready(visit)
    open_daily(visit)
    swipe(visit, 2)
    visit.wait_for_swipes(2)
    visit.page.wait_for_timeout(2_000)
    visit.go_offline()
    swipe(visit, 3)
    visit.page.reload()
    visit.until("document.getElementById('deck-line')?.textContent.includes('5 of 20')")
    swipe(visit, 15)
    visit.page.get_by_role("heading", name="Today: all answered").wait_for()
    visit.page.get_by_text("Most people and I agreed on 2 of 2.").wait_for()
    visit.go_offline(False)
    visit.wait_for_swipes(20)
    visit.page.get_by_text("Most people and I agreed on 20 of 20.").wait_for()


def test_words_that_are_typed_leave_todays_deck(visit):
    open_daily(visit)
    visit.page.get_by_role("combobox").fill("beard")
    visit.page.keyboard.press("Enter")
    visit.until("new URL(location).searchParams.get('deck') === null")
    visit.page.wait_for_selector(".card.top")
    assert "Today’s 20" not in pressed(visit)
