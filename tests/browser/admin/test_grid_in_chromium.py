"""The grid of images in real Chromium: selected by pointer and keys, edited, looked at closely."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.admin.test_bulk_in_chromium import without_pictures


@pytest.fixture(scope="module")
def desk(shared_desk):
    """One server: nothing is changed."""
    return shared_desk


@pytest.fixture
def grid(desk):
    """The grid of all images, for an editor."""
    with desk.browser_as("editor") as page:
        without_pictures(page)
        page.goto(f"{desk.address}/admin/images")
        page.get_by_text("0 selected").wait_for()
        yield page


def selected(page):
    """The places of the checked boxes."""
    return page.evaluate(
        "[...document.querySelectorAll('.pick')].flatMap((box, at) => box.checked ? [at] : [])"
    )


def test_clicks_and_shift_clicks_select(grid):
    boxes = grid.locator(".pick")
    boxes.nth(2).click()
    boxes.nth(6).click(modifiers=["Shift"])
    grid.get_by_text("5 selected").wait_for()
    boxes.nth(4).click()
    assert selected(grid) == [2, 3, 5, 6]
    grid.get_by_role("button", name="Clear").click()
    assert selected(grid) == []


def test_keys_alone_select_and_open_the_bulk_editor(grid):
    grid.locator("[data-item]").first.focus()
    columns = grid.evaluate(
        "getComputedStyle(document.querySelector('.samples')).gridTemplateColumns.split(' ').length"
    )
    for key in ("x", "ArrowRight", "ArrowRight", "Space", "ArrowDown", "Shift+ArrowRight"):
        grid.keyboard.press(key)
    assert selected(grid) == [0, *range(2, 2 + columns + 2)]
    images = grid.locator("[data-tile]:has(:checked) .pick").evaluate_all(
        "boxes => boxes.map(box => box.value)"
    )
    grid.keyboard.press("e")
    grid.get_by_role("heading", name="Edit the tags of many images").wait_for()
    fields = parse_qs(urlsplit(grid.url).query)
    assert (fields["of"], fields["image"]) == (["images"], images)
    grid.go_back()
    grid.get_by_text(f"{len(images)} selected").wait_for()
    grid.locator("[data-item]").first.focus()
    grid.keyboard.press("Control+a")
    grid.get_by_text("100 selected").wait_for()


def test_all_that_match_are_edited_by_their_query(grid):
    grid.get_by_role("button", name="Select all 300").click()
    grid.get_by_text("300 selected").wait_for()
    grid.get_by_role("button", name="Edit tags").click()
    grid.get_by_role("heading", name="Tags of the 300 images").wait_for()
    assert "image=" not in grid.url


def test_the_card_of_an_image_opens_by_focus_and_closes_by_escape(grid):
    grid.locator("[data-item]").first.focus()
    grid.keyboard.press("ArrowRight")
    card = grid.locator(".hover-card")
    card.wait_for()
    tile = grid.locator("[data-tile]").nth(1).bounding_box()
    area = card.bounding_box()
    assert area["x"] >= tile["x"] + tile["width"] or area["x"] + area["width"] <= tile["x"]
    assert "Smash" in card.inner_text() or "Pass" in card.inner_text()
    grid.keyboard.press("Escape")
    card.wait_for(state="hidden")
    grid.locator("[data-tile]").nth(2).hover()
    card.wait_for()
    card.hover()
    grid.wait_for_timeout(600)
    assert card.is_visible()  # it can be pointed at
    grid.locator("h1").hover()
    card.wait_for(state="hidden")


def test_escape_in_a_dialog_above_a_card_closes_the_dialog(grid):
    grid.locator("[data-item]").first.focus()
    grid.keyboard.press("ArrowRight")
    grid.locator(".hover-card").wait_for()
    grid.keyboard.press("?")
    keys = grid.get_by_role("dialog")
    keys.wait_for()
    # The card closes a moment after it lost the focus: until then it must not take the key.
    grid.keyboard.press("Escape")
    keys.wait_for(state="detached")


def test_the_card_of_an_image_without_a_file_has_no_picture(desk):
    with desk.browser_as("analyst") as page:
        page.goto(f"{desk.address}/admin/images")
        page.locator("[data-tile]:has(.blank)").first.hover()
        card = page.locator(".hover-card")
        card.wait_for()
        assert card.locator("img").count() == 0


def test_without_scripts_checked_images_are_edited(desk):
    with desk.browser_as("editor", java_script_enabled=False) as page:
        without_pictures(page)
        page.goto(f"{desk.address}/admin/images?view=compact")
        for place in (0, 3):
            page.locator(".pick").nth(place).check()
        page.get_by_role("button", name="Edit tags").click()
        page.get_by_label("Add tags").fill("crown")
        page.get_by_role("button", name="Preview changes").click()
        page.get_by_role("button", name="Apply to 2 images").wait_for()
