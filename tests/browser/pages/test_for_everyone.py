"""Every state in every dress: names, roles, contrast, width; and what a screen reader meets."""

from __future__ import annotations

import pytest

from tests.support.axe import CONTRAST, check_with_axe

NARROW = {"width": 320, "height": 568}
LANDSCAPE = {"width": 740, "height": 360}
PHONE = {"width": 390, "height": 844}
DESKTOP = {"viewport": {"width": 1280, "height": 800}, "has_touch": False}


def check(page):
    """Fail on what axe finds, on sideways scrolling, and on small targets."""
    check_with_axe(page)
    check_room(page)


def check_room(page):
    """Fail on sideways scrolling, and on small targets."""
    outside = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
             [...document.querySelectorAll("body *")]
             .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
             .map((element) => `${innerWidth}: ${element.outerHTML.slice(0, 90)}`)"""
    )
    assert outside == []
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, summary")]
             .filter((one) => one.checkVisibility() && !one.closest("p, .skip, label"))
             .map((one) => [one.outerHTML.slice(0, 60), one.getBoundingClientRect()])
             .filter(([, box]) => box.width && (box.width < 23.5 || box.height < 23.5))
             .map(([html]) => html)"""
    )
    assert small == []


def leave_nothing_moving(visit):
    visit.until("document.getAnimations().length === 0")


def check_in_every_dress(visit):
    """Check what is shown now: names and roles once, contrast in all colours, room in all sizes."""
    page = visit.page
    check(page)
    for dress in ({"color_scheme": "dark"}, {"forced_colors": "active"}):
        page.emulate_media(**dress)
        leave_nothing_moving(visit)
        check_with_axe(page, CONTRAST)
        page.emulate_media(**dict.fromkeys(dress, "null"))
    for size in (NARROW, LANDSCAPE, PHONE):
        page.set_viewport_size(size)
        leave_nothing_moving(visit)
        check_room(page)


@pytest.mark.parametrize(
    ("options", "check_shown"),
    [({}, check_in_every_dress), (DESKTOP, lambda visit: check(visit.page))],
    ids=["phone", "desktop"],
)
def test_every_state_is_for_everyone(open_page, options, check_shown):
    visit = open_page(**options)
    page = visit.page
    page.goto(visit.server)
    check_shown(visit)
    visit.join()
    page.keyboard.press("ArrowRight")
    leave_nothing_moving(visit)
    page.locator("#reveal [data-slot=mine] .badge").wait_for()
    check_shown(visit)
    page.click("#reveal")
    check_shown(visit)
    page.keyboard.press("Escape")
    page.fill("#q", "hair")
    page.get_by_role("option").first.wait_for()
    check_shown(visit)
    visit.expected.append("400")
    page.fill("#q", "hair:blond")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="is not a tag here").wait_for()
    check_shown(visit)


def test_every_page_to_read_is_for_everyone(visit):
    visit.page.keyboard.press("ArrowRight")
    visit.wait_for_swipes(1)
    for path in ("/me", "/about", "/help"):
        visit.page.goto(visit.server + path)
        if path == "/me":
            visit.page.locator(".history .badge").wait_for()
        check_in_every_dress(visit)


def test_right_to_left_keeps_everything_inside(visit):
    visit.page.evaluate("document.documentElement.dir = 'rtl'")
    visit.page.keyboard.press("ArrowRight")
    leave_nothing_moving(visit)
    visit.page.wait_for_timeout(600)

    check(visit.page)
    smash, passed = (visit.page.locator(name).bounding_box()["x"] for name in ("#smash", "#pass"))
    assert smash > passed  # the sides follow the hand, not the script


def test_text_of_twice_the_size_keeps_everything_inside(open_page):
    visit = open_page()
    visit.join()
    visit.page.evaluate("document.documentElement.style.fontSize = '200%'")

    check(visit.page)


def test_a_screen_reader_meets_one_card_and_one_short_message(visit):
    visit.page.click("#smash")
    leave_nothing_moving(visit)
    visit.page.wait_for_timeout(700)

    assert visit.page.locator(".card:not([aria-hidden])").count() == 1
    tree = visit.page.locator("main").aria_snapshot()
    assert tree.count("article") == 1
    assert tree.count('img "Picture: ') == 1
    for name in ('button "Pass"', 'button "Undo"', 'button "Why? This card"', 'button "Smash"'):
        assert name in tree
    announced = visit.page.locator("#said").inner_text()
    app, explanation = (
        visit.page.locator(f"#reveal [data-slot={name}]").text_content()
        for name in ("app", "reason")
    )
    whole = f"Smash. The app: {app}. {explanation}"
    assert len(announced) <= 100
    if announced != whole:
        assert whole.startswith(announced.removesuffix("…") + " ")
        assert len(whole) > 100


def test_quick_decisions_are_told_once(visit):
    visit.page.evaluate(
        """() => {
             window.announcements = [];
             const said = document.getElementById("said");
             new MutationObserver(() => window.announcements.push(said.textContent))
               .observe(said, { childList: true });
           }"""
    )
    # All in one task, so that however slow the machine is, they are less than the pause apart.
    visit.page.evaluate(
        """() => {
             const press = { key: "ArrowLeft", bubbles: true, cancelable: true };
             for (let swipes = 0; swipes < 5; swipes += 1)
               document.body.dispatchEvent(new KeyboardEvent("keydown", press));
           }"""
    )
    visit.page.locator("#said", has_text="Pass.").wait_for(state="attached")
    visit.page.wait_for_timeout(900)
    announcements = visit.page.evaluate("window.announcements")
    assert len(announcements) == 1
    assert announcements[0].startswith("Pass.")


def test_all_of_the_swipe_page_can_be_reached_by_tab(visit):
    visit.page.evaluate("document.activeElement?.blur()")
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_timeout(300)
    met = []
    for _ in range(45):
        visit.page.keyboard.press("Tab")
        met.append(
            visit.page.evaluate("document.activeElement.id || document.activeElement.className")
        )

    stops = ["skip", "q", "reveal", "pass", "undo", "why-now", "smash"]
    assert [stop for stop in dict.fromkeys(met) if stop in stops] == stops
