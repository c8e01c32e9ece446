"""The app's verdict after the viewer's: over the edge of the next card, then in its line."""

from __future__ import annotations

from tests.browser.pages.test_for_everyone import check

DESKTOP = {"viewport": {"width": 1280, "height": 800}, "has_touch": False}


def loaded(visit):
    visit.until("document.querySelector('#decks .chip')")


def edges(visit):
    """How far the line reaches above the lower edge of the card on top."""
    return visit.page.evaluate(
        """() => document.querySelector(".card.top").getBoundingClientRect().bottom
             - document.getElementById("reveal").getBoundingClientRect().top"""
    )


def test_the_verdict_names_its_own_card_and_rises_over_the_next_one(visit):
    loaded(visit)
    swiped = visit.page.locator(".card.top .picture img").get_attribute("src")
    visit.page.click("#smash")
    visit.until("document.querySelector('#reveal.raised')")

    assert edges(visit) > 20
    assert visit.page.locator("#reveal .thumb img").get_attribute("src") == swiped
    said = visit.page.locator("#reveal").inner_text()
    assert "You" in said
    assert "App" in said
    assert ("agree" in said) is (said.count("Smash") == 2)

    visit.until("!document.querySelector('#reveal.raised')")
    visit.until("document.getAnimations().length === 0")
    assert edges(visit) <= 0
    visit.page.click("#reveal")
    visit.page.get_by_role("dialog").get_by_role("heading", name="Why this one?").wait_for()


def test_with_reduced_motion_it_rises_too_and_nothing_moves(open_page):
    visit = open_page(reduced_motion="reduce")
    visit.join()
    loaded(visit)
    visit.page.click("#pass")
    visit.until("document.querySelector('#reveal.raised')")
    assert visit.page.evaluate("document.getAnimations().length") == 0
    assert edges(visit) > 20

    visit.until("!document.querySelector('#reveal.raised')")
    assert visit.page.evaluate("document.getAnimations().length") == 0


def test_no_verdict_stands_below_a_card_that_reports_trouble(visit):
    loaded(visit)
    visit.page.click("#smash")
    visit.until("!document.getElementById('reveal').hidden")
    visit.expected.append("400")
    visit.page.fill("#q", "mermaid")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="“mermaid” is not a tag here").wait_for()

    assert visit.page.locator("#reveal").is_hidden()
    visit.page.get_by_role("button", name="Remove “mermaid”").click()
    visit.page.wait_for_selector(".card.top")
    assert visit.page.locator("#reveal").is_visible()


def test_a_phone_has_the_last_answers_and_how_often_they_agreed(visit):
    loaded(visit)
    for key in ("ArrowRight", "ArrowLeft", "ArrowRight"):
        visit.page.keyboard.press(key)
        visit.page.wait_for_timeout(60)
    swipes = visit.wait_for_swipes(3)
    same = sum(swipe["verdict"] == swipe["app_verdict"] for swipe in swipes)
    assert visit.page.locator("#pill").inner_text() == f"{same}/3"

    visit.page.click("#pill")
    dialog = visit.page.get_by_role("dialog")
    dialog.get_by_role("heading", name="Your last answers").wait_for()
    assert dialog.locator("#past > li").count() == 3
    check(visit.page)
    visit.page.keyboard.press("Escape")
    visit.until("document.querySelector('aside #past-body')")


def test_where_there_is_room_they_stand_beside_the_cards(open_page):
    visit = open_page(**DESKTOP)
    visit.join()
    loaded(visit)
    visit.page.keyboard.press("ArrowRight")
    visit.page.locator("aside #past > li").wait_for()
    assert visit.page.locator("#pill").is_hidden()


def test_the_hint_on_the_first_card_comes_once(visit):
    visit.page.locator("#coach").wait_for()
    assert "Swipe right for Smash" in visit.page.locator("#coach").inner_text()
    check(visit.page)
    visit.page.click("#coach-done")
    assert visit.page.locator("#coach").is_hidden()

    visit.page.reload()
    loaded(visit)
    assert visit.page.locator("#coach").is_hidden()


def test_the_stack_has_depth_and_one_card_to_read(visit):
    loaded(visit)
    top, behind = visit.page.evaluate(
        """() => [".card.top", ".card:not(.top)"].map((selector) =>
             document.querySelector(selector).getBoundingClientRect().bottom)"""
    )
    assert 5 < behind - top < 20
    assert visit.page.locator(".card:not([aria-hidden])").count() == 1


def test_chips_leave_out_what_tells_nothing_and_the_credit_is_one_line(visit):
    loaded(visit)
    tags = visit.page.evaluate(
        """async () => {
             const answer = await fetch(`${document.documentElement.dataset.api}/deck?n=1`);
             return (await answer.json()).cards[0].tags;
           }"""
    )
    shown = visit.page.locator(".card.top [data-slot=tags] > li").all_inner_texts()
    chips = [text.replace("\n", " ") for text in shown]
    assert 1 <= len(chips) <= 6
    assert not any(text.startswith(("background ", "style ")) for text in chips)
    for tag in tags:
        if any(other.startswith(f"{tag}:") for other in tags):
            assert tag not in chips
    height = visit.page.evaluate("document.querySelector('.card.top .credit').clientHeight")
    assert height < 26
