"""Why this one: from the deck's own data, at once."""

from __future__ import annotations

import pytest

from tests.browser.pages.test_for_everyone import check

MODEL = {"name": "oip", "model": "faces", "version": "7", "score": 0.81}


@pytest.fixture
def visit(visit):
    """A visit whose page has all that it loads after the first card."""
    visit.page.locator("#decks .chip").first.wait_for()
    return visit


def test_why_tells_path_reason_decider_and_what_would_have_turned_it(visit):
    visit.page.click("#smash")
    visit.page.click("#reveal")

    dialog = visit.page.locator("#why")
    text = dialog.inner_text()
    explanation = visit.page.locator("#reveal .reason").inner_text()
    assert explanation
    verdict = visit.page.locator("#reveal [data-slot=app]").inner_text()
    assert dialog.locator(".headline").inner_text() == f"{verdict}: {explanation}"
    assert "Decided by written rules alone, no model" in text
    assert "What would flip it" in text
    assert not dialog.locator(".path").is_visible()
    dialog.get_by_text("The whole path").click()
    assert dialog.locator(".path li .test").first.is_visible()
    assert dialog.locator(".path .end").count() == 1
    assert "A. Painter" in text
    assert "drawn by a person" in text


def test_before_the_decision_the_verdict_stays_folded_away(visit):
    visit.page.click("#why-now")

    assert visit.page.get_by_text("Show what the app says, before I decide").is_visible()
    says = visit.page.locator("#why [data-slot=explanation], .flips, .tree, #why .badge")
    assert not any(part.is_visible() for part in says.all())
    assert "You are browsing all 48 pictures." in visit.page.locator("#why").inner_text()


def test_escape_closes_and_the_focus_returns(visit):
    visit.page.focus("#why-now")
    visit.page.keyboard.press("Enter")
    assert visit.page.locator("#why").is_visible()

    visit.page.keyboard.press("Escape")

    assert not visit.page.locator("#why").is_visible()
    assert visit.page.evaluate("document.activeElement.id") == "why-now"


def test_why_opens_without_a_network(visit):
    visit.go_offline()
    visit.page.keyboard.press("ArrowRight")

    visit.page.click("#reveal")

    assert visit.page.locator("#why .headline").is_visible()
    assert visit.page.locator("#why .tree .ending").is_visible()


def test_a_picture_can_be_reported(visit):
    visit.page.click("#why-now")
    visit.page.get_by_text("Report this picture").click()
    visit.page.fill("#report-reason", "It shows a brand")
    visit.page.get_by_role("button", name="Send").click()

    visit.page.get_by_text("Thank you. Somebody will look at it.").wait_for()
    visit.page.get_by_role("link", name="Follow your report here").click()
    visit.page.get_by_text("The notice is waiting for a decision").wait_for()
    assert visit.page.locator("dd.lines").inner_text() == "It shows a brand"
    check(visit.page)


def swipe_slowly(visit, count):
    for number in range(count):
        visit.page.keyboard.press("ArrowRight" if number % 2 else "ArrowLeft")
        visit.until(f"performance.getEntriesByName('decided').length > {number}")
        visit.until("document.querySelector('.card.top')")
        if number >= count - 2:
            visit.page.wait_for_timeout(1100)


def test_a_finished_round_is_a_card_that_tells_what_was_smashed(visit):
    swipe_slowly(visit, 25)
    visit.wait_for_swipes(25)

    card = visit.page.locator(".card.top")
    card.get_by_role("heading", name="25 cards").wait_for()
    assert card.locator("tbody tr").count() >= 1
    assert "12" in card.locator("[data-slot=sum]").inner_text()
    assert visit.page.locator("#why-now").get_attribute("aria-disabled") == "true"
    check(visit.page)

    visit.page.keyboard.press("ArrowRight")  # thrown like any other, and no swipe
    visit.until("document.querySelector('.card.top .picture img')")
    visit.page.keyboard.press("ArrowRight")
    assert len(visit.wait_for_swipes(26)) == 26


def test_the_round_card_waits_for_a_pause_and_can_be_put_aside_by_its_button(visit):
    for number in range(30):
        visit.until("document.querySelector('.card.top')")
        visit.page.keyboard.press("ArrowRight")
        visit.until(f"performance.getEntriesByName('decided').length > {number}")
    assert len(visit.wait_for_swipes(30)) == 30
    assert visit.page.get_by_role("heading", name="25 cards").count() == 0

    visit.page.wait_for_timeout(1100)
    visit.page.keyboard.press("ArrowRight")
    visit.page.get_by_role("button", name="Keep swiping").click()

    visit.until("document.querySelector('.card.top .picture img')")
    assert len(visit.wait_for_swipes(31)) == 31


@pytest.mark.parametrize(
    ("decided_by", "expected"),
    [
        (
            {"engine": "model", "model": {**MODEL, "ms": 0, "source": "store"}},
            "with a score from a model, faces version 7: 0.81, kept from an earlier question.",
        ),
        (
            {"engine": "model", "model": {**MODEL, "ms": 31.5, "source": "live"}},
            "faces version 7: it was asked just now and gave 0.81 in 31.5 ms.",
        ),
        (
            {"engine": "rules-fallback", "fallback": "timeout"},
            "but there was none: the model did not answer in time. So they decided without it.",
        ),
        ({"engine": "rules-fallback", "fallback": "new_reason"}, "but there was none: new_reason."),
    ],
)
def test_why_names_the_model_its_version_and_where_the_score_came_from(visit, decided_by, expected):
    def with_score(route):
        answer = route.fetch()
        deck = answer.json()
        for card in deck["cards"]:
            card["decision"] |= decided_by
        route.fulfill(response=answer, json=deck)

    visit.page.route("**/api/v1/deck*", with_score)
    visit.page.goto(f'{visit.server}/?q="hair:red" "kind:robot"')
    visit.page.get_by_text("4 pictures match").wait_for()
    visit.page.keyboard.press("ArrowRight")
    visit.page.click("#reveal")
    assert expected in visit.page.locator("#why").inner_text()
