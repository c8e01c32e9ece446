"""Cards for one viewer: the order is chosen on the page, and says why each card is there."""

from __future__ import annotations

from tests.browser.pages.test_for_everyone import check


def swipe(visit, count):
    for number in range(count):
        visit.until("document.querySelector('.card.top')")
        tags = visit.page.locator(".card.top [data-slot=tags]").inner_text()
        visit.page.keyboard.press("ArrowRight" if "beard" in tags else "ArrowLeft")
        visit.until(f"performance.getEntriesByName('decided').length > {number}")
    visit.wait_for_swipes(count)


def test_cards_for_you_say_because_of_what(visit):
    swipe(visit, 24)
    visit.page.get_by_label("Order").select_option("For you")
    visit.until("document.querySelector('.card.top .because')?.textContent")
    line = visit.page.locator(".card.top .because").inner_text()
    assert line.startswith("Because you said Smash to ")
    assert " of " in line
    check(visit.page)

    visit.page.click("#why-now")
    text = visit.page.locator("#why").inner_text()
    assert "going by your own swipes" in text
    assert f"{line}." in text
    assert "with a probability of" in text

    visit.page.reload()
    visit.until("document.querySelector('.card.top .because')?.textContent")
    assert visit.page.get_by_label("Order").input_value() == "taste"
    visit.page.get_by_label("Order").select_option("Random")
    visit.until("document.querySelector('.card.top .because')?.textContent === ''")
    assert "order" not in visit.page.url


def test_who_switches_suggestions_off_gets_no_cards_for_them(visit):
    visit.page.goto(f"{visit.server}/settings")
    with visit.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        visit.page.locator("#suggestions:enabled").select_option("off")
    visit.expected.append("403")
    visit.page.goto(f"{visit.server}/?order=taste")
    visit.page.get_by_role("heading", name="There are no cards “For you”").wait_for()
    check(visit.page)

    visit.page.get_by_role("button", name="Show cards in random order").click()

    visit.page.wait_for_selector(".card.top")


def test_under_18_suggestions_are_off_for_good(open_page):
    young = open_page()
    young.join("13-17")
    young.page.goto(f"{young.server}/settings")
    young.page.locator("#daily:enabled").wait_for()
    assert young.page.locator("#suggestions").is_disabled()
    assert young.page.locator("#suggestions").input_value() == "off"
