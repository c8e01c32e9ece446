"""The panel "Why this one?" of many cards: headline, flips and drawing say what the API says."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.pages.test_for_everyone import check, check_in_every_dress

PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 568}

# The words of each label of a kind, as they were before they were put into lines.
LABELS = """(drawing, kind) => [...drawing.querySelectorAll(`.${kind}`)].map((group) =>
    group.querySelector("title")?.textContent ??
    [...group.querySelectorAll("tspan")].map((line) => line.textContent).join(" "))"""

# The parts of the drawing that stick out of it, and labels wider than the box around them.
OUTSIDE = """(drawing) => {
    const room = drawing.getBoundingClientRect();
    const inside = (inner, outer) =>
        inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5 &&
        inner.top >= outer.top - 0.5 && inner.bottom <= outer.bottom + 0.5;
    return [...drawing.querySelectorAll("text, rect, path, svg")].filter((part) => {
        const box = part.parentNode.querySelector(":scope > rect");
        const around = part.localName === "text" && box ? box.getBoundingClientRect() : room;
        return !inside(part.getBoundingClientRect(), around);
    }).map((part) => part.outerHTML);
}"""

# Draws branches that no shipped tree has.
DRAW = """async ([width, branches]) => {
    const address = document.querySelector("script[src*='/js/swipe.js']").src;
    const { showTree } = await import(address.replace("swipe.js", "drawing.js"));
    const place = document.createElement("div");
    place.className = "drawing";
    place.id = "drawn";
    place.style.inlineSize = `${width}px`;
    document.body.append(place);
    showTree(place, { verdict: "pass", explanation: "A test.", branches });
}"""


def decisions_of(visit) -> dict[str, Any]:
    address = f"{visit.server}/api/v1/deck?n=48&explain=1"
    deck = visit.page.context.request.get(address).json()
    return {card["image"]: card["decision"] for card in deck["cards"]}


def open_why_of_the_top(visit) -> str:
    image = visit.top
    visit.page.keyboard.press("ArrowRight")
    visit.page.click("#reveal")
    visit.page.locator("#why .tree").wait_for()
    return image


def test_headline_flips_and_drawing_of_20_cards_are_those_of_the_api(visit):
    decisions = decisions_of(visit)
    dialog = visit.page.locator("#why")
    for _ in range(20):
        decision = decisions[open_why_of_the_top(visit)]
        assert dialog.locator("[data-slot=explanation]").inner_text() == decision["explanation"]
        said = [" ".join(line.split()) for line in dialog.locator(".flips li").all_inner_texts()]
        flips = decision["flip"]
        assert said == [
            f"{flip['text'][0].upper()}{flip['text'][1:]}: {flip['verdict'].capitalize()}"
            for flip in flips
        ] or (not flips and said == ["No small change to the picture would flip the verdict."])

        drawing = dialog.locator(".tree")
        ways = [way for branch in decision["branches"] for way in branch["ways"]]
        taken = drawing.evaluate(LABELS, "taken")
        assert taken == [way["label"] for way in ways if way["taken"]]
        stubs = drawing.evaluate(LABELS, "stub")
        assert stubs == [way["label"] for way in ways if not way["taken"]]
        icons = [icon.get_attribute("class") for icon in drawing.locator(".stub .icon").all()]
        left_out = [way["verdicts"] for way in ways if not way["taken"]]
        assert icons == [f"icon {only[0]}" for only in left_out if len(only) == 1]
        assert drawing.locator(".ending").text_content() == decision["verdict"].capitalize()
        assert drawing.get_attribute("aria-label") == decision["explanation"]
        assert drawing.evaluate(OUTSIDE) == []
        visit.page.keyboard.press("Escape")


def test_verdict_flips_and_drawing_fit_a_phone_without_scrolling(visit):
    for _ in range(6):
        open_why_of_the_top(visit)
        bottom = visit.page.locator("#why .tree").evaluate(
            "one => one.getBoundingClientRect().bottom"
        )
        assert bottom <= PHONE["height"]
        visit.page.keyboard.press("Escape")


def test_the_panel_is_for_everyone_and_fits_320_pixels(visit):
    open_why_of_the_top(visit)

    check_in_every_dress(visit)
    visit.page.locator("#why summary").get_by_text("The whole path").click()
    check(visit.page)
    visit.page.set_viewport_size(SMALL)
    visit.until("document.querySelector('.tree').clientWidth < 300")
    assert visit.page.locator("#why .tree").evaluate(OUTSIDE) == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_letters_of_twice_the_size_stay_inside(open_page, direction):
    visit = open_page(viewport=SMALL)
    visit.join()
    open_why_of_the_top(visit)
    visit.page.evaluate(
        "(dir) => Object.assign(document.documentElement, { dir }).style.fontSize = '200%'",
        direction,
    )
    visit.until("getComputedStyle(document.querySelector('.tree')).fontSize === '28px'")
    visit.page.wait_for_timeout(100)

    assert visit.page.locator("#why .tree").evaluate(OUTSIDE) == []
    assert visit.page.evaluate("why.scrollWidth <= why.clientWidth")


@pytest.mark.parametrize("width", [120, 220, 500])
def test_long_labels_and_many_ways_are_cut_and_keep_their_full_text(visit, width):
    long = "a very " + "long and winding " * 12 + "Donaudampfschifffahrtsgesellschaftskapitän"
    others = [{"label": f"way {n}", "taken": False, "verdicts": ["smash"]} for n in range(7)]
    taken = {"label": long, "taken": True, "verdicts": ["pass"]}
    stub = {"label": f"no {long}", "taken": False, "verdicts": ["pass", "smash"]}
    branches = [
        {"node": "a", "ways": [*others[:4], taken, *others[4:]]},
        {"node": "b", "ways": [{"label": "short", "taken": True, "verdicts": ["pass"]}, stub]},
    ]

    visit.page.evaluate(DRAW, [width, branches])

    drawing = visit.page.locator("#drawn .tree")
    drawing.wait_for()
    assert drawing.evaluate(OUTSIDE) == []
    assert drawing.evaluate(LABELS, "taken") == [long, "short"]
    counted = "\n".join(f"way {n}" for n in range(2, 7))
    assert drawing.evaluate(LABELS, "stub") == ["way 0", "way 1", counted, f"no {long}"]
    written = drawing.locator(".stub").nth(2).locator("tspan").all_text_contents()
    assert " ".join(written) == "5 other ways"


def test_a_decision_kept_before_there_were_branches_has_no_drawing(visit):
    def of_an_older_server(route):
        answer = route.fetch()
        deck = answer.json()
        for card in deck["cards"]:
            for name in ("branches", "explanation"):
                del card["decision"][name]
            for flip in card["decision"]["flip"]:
                del flip["text"]
        route.fulfill(response=answer, json=deck)

    visit.page.route("**/api/v1/deck*", of_an_older_server)
    visit.page.goto(f'{visit.server}/?q="hair:red" "kind:robot"')
    visit.page.get_by_text("4 pictures match").wait_for()
    visit.page.keyboard.press("ArrowRight")
    visit.page.click("#reveal")

    dialog = visit.page.locator("#why")
    assert dialog.locator(".headline").inner_text().endswith("a heart, happy eyes or a smile")
    assert dialog.locator(".flips").inner_text()
    assert not dialog.locator(".drawing").is_visible()
    check(visit.page)
