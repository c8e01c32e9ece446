"""What the viewer likes to see: completion, chips, proposals, honest narrowing."""

from __future__ import annotations

import re

import pytest


def cards_ahead(visit):
    return visit.page.eval_on_selector_all(".card .caption", "all => all.map(one => one.innerText)")


def test_completion_is_a_combobox_that_works_by_keys_alone(visit):
    box = visit.page.get_by_role("combobox", name="Words, such as")
    box.press_sequentially("hair:bl")
    option = visit.page.get_by_role("option", name="hair blonde 12")
    option.wait_for()
    assert "blonde" in option.inner_text()
    assert box.get_attribute("aria-expanded") == "true"

    while option.get_attribute("aria-selected") == "false":
        box.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert option.get_attribute("aria-selected") == "true"
    box.press("Enter")

    visit.page.get_by_role("button", name="Remove hair blonde").wait_for()
    visit.page.get_by_text("12 pictures match").wait_for()
    assert "hair%3Ablonde" in visit.page.url
    assert all("blonde" in caption for caption in cards_ahead(visit))


def test_escape_closes_the_list_and_keeps_the_text(visit):
    box = visit.page.get_by_role("combobox", name="Words, such as")
    box.press_sequentially("ki")
    visit.page.locator("#q-list").get_by_role("option").first.wait_for()

    box.press("Escape")

    assert visit.page.locator("#q-list").get_by_role("option").count() == 0
    assert box.input_value() == "ki"


def test_several_words_narrow_and_a_chip_takes_its_word_back(visit):
    for word in ("hair:red", "kind:robot"):
        visit.page.fill("#q", word)
        visit.page.keyboard.press("Enter")
    visit.page.get_by_text("4 pictures match").wait_for()

    visit.page.get_by_role("button", name=re.compile("Remove kind.robot")).click()

    visit.page.get_by_text("12 pictures match").wait_for()


def test_an_unknown_word_is_proposed_another_never_guessed(visit):
    visit.expected.append("400")
    visit.page.fill("#q", "hair:blond")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("heading", name="is not a tag here").wait_for()
    assert visit.page.locator(".card.top").count() == 0

    visit.page.get_by_role("button", name="Use “hair blonde”").click()

    visit.page.get_by_text("12 pictures match").wait_for()
    visit.page.wait_for_selector(".card.top")


@pytest.mark.parametrize("typed", [["blonde hairs"], ["blonde", "hairs"]])
def test_a_phrase_is_replaced_whole_by_the_tag_that_it_means(visit, typed):
    visit.expected.append("400")
    visit.page.goto(f"{visit.server}/?q=" + " ".join(typed[:1]))
    visit.page.get_by_role("heading", name="is not a tag here").wait_for()
    for word in typed[1:]:
        visit.page.fill("#q", word)
        visit.page.keyboard.press("Enter")

    visit.page.get_by_role("button", name="Use “hair blonde”").first.click()

    visit.page.get_by_text("12 pictures match").wait_for()
    assert visit.page.locator("#wish .chosen li").count() == 1


def test_words_that_nothing_has_together_are_widened_and_the_page_says_so(visit):
    visit.page.goto(f'{visit.server}/?q="beard" "kind:robot"')

    visit.page.get_by_text("0 match beard + kind robot. Without").wait_for()
    visit.page.click("#keep-widened")

    visit.page.get_by_text("pictures match").wait_for()
    assert visit.page.locator("#wish .chosen li").count() == 1


def test_the_words_outlive_the_page(visit):
    visit.page.fill("#q", "hair:red")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_text("12 pictures match").wait_for()

    visit.page.goto(visit.server)

    visit.page.get_by_text("12 pictures match").wait_for()


def test_the_language_may_be_typed(visit):
    visit.page.fill("#q", "(hair:red OR hair:black) -kind:robot")
    visit.page.keyboard.press("Enter")

    visit.page.get_by_text("16 pictures match").wait_for()


def test_common_tags_are_proposed_without_network(open_page):
    visit = open_page()
    visit.join()
    page = visit.page
    with page.expect_response("**/tags/top/*"):
        page.focus("#q")
    visit.go_offline()
    option = page.get_by_role("option").first
    for _ in range(100):  # the file has arrived, but may not be read yet
        page.fill("#q", "")
        page.fill("#q", "blon")
        if option.count():
            break
        page.wait_for_timeout(50)
    assert "blonde" in option.inner_text()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Remove hair blonde").count() == 1
    visit.go_offline(offline=False)


def describe(visit, text):
    visit.expected.append("400")
    visit.page.fill("#q", text)
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("button", name="Read it as a description").click()


def test_a_description_becomes_chips_that_can_be_corrected_by_keys(visit):
    describe(visit, "someone with red hair, no robot")
    reading = visit.page.locator(".read-as")
    reading.get_by_text("Not understood: someone.").wait_for()
    excluded = visit.page.get_by_role("button", name="Exclude kind robot")
    assert excluded.get_attribute("aria-pressed") == "true"
    hair = visit.page.get_by_role("button", name="Exclude hair red")
    assert hair.get_attribute("aria-pressed") == "false"
    assert hair.evaluate("(button) => button === document.activeElement")
    visit.page.get_by_text("8 pictures match").wait_for()

    excluded.focus()
    visit.page.keyboard.press("Enter")

    visit.page.get_by_text("4 pictures match").wait_for()
    assert excluded.get_attribute("aria-pressed") == "false"
    assert excluded.evaluate("(button) => button === document.activeElement")
    assert reading.inner_text() == ""


def test_a_description_that_nobody_understands_keeps_its_words(visit):
    describe(visit, "qwxyz unheard")
    visit.page.get_by_text("No tag fits these words. Not understood: qwxyz, unheard.").wait_for()
    assert visit.page.locator("#wish .chosen li").count() == 1


def test_words_that_are_tags_become_chips(visit):
    visit.page.fill("#q", "hair:red kind:robot")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_text("4 pictures match").wait_for()
    visit.until("document.querySelectorAll('#wish .chosen li').length === 2")
    assert "kind%3Arobot" in visit.page.url

    visit.page.get_by_role("button", name="Remove hair red").click()

    visit.until("document.querySelectorAll('#wish .chosen li').length === 1")


def test_the_empty_box_offers_popular_and_recent_words_and_decks(visit):
    visit.until("document.querySelector('#decks .chip')")
    assert visit.page.locator("#wish .panel").is_hidden()
    visit.page.click("#q")
    popular = visit.page.locator("[data-slot=popular] button").first
    popular.wait_for()
    assert visit.page.locator("#decks .chip").first.is_visible()
    name = popular.get_attribute("value")
    popular.click()

    visit.until("document.querySelectorAll('#wish .chosen li').length === 1")
    assert visit.page.locator("#wish .panel").is_hidden()
    visit.page.locator("#wish .chosen button").last.click()
    visit.until("document.querySelector('#wish .chosen').hidden")
    visit.page.locator("h1").evaluate("() => document.activeElement.blur()")
    visit.page.click("#q")
    recent = visit.page.locator("[data-slot=recent] button").first
    assert recent.inner_text() == name.replace(":", " ").replace("_", " ")
    visit.page.keyboard.press("Escape")
    assert visit.page.locator("#wish .panel").is_hidden()
