"""Tagging in real Chromium: by keys alone, without waiting, and nothing typed is lost."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.services.search.search import tag_names
from smashpass.settings import load

DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
MOUSE = """
    window.__mouse = 0;
    for (const kind of ["mousedown", "pointerdown", "touchstart", "mousemove", "wheel"]) {
      addEventListener(kind, () => { window.__mouse += 1; }, true);
    }
"""


@pytest.fixture(scope="module")
def desk(shared_desk):
    """One server: each test edits an image of its own."""
    return shared_desk


@pytest.fixture
def served(desk):
    """The installation behind the server."""
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    yield parts
    parts.engine.dispose()


@contextmanager
def browser_as(desk, role, **options):
    """Yield a page of somebody; the pictures of this library have no files, so any will do."""
    with desk.browser_as(role, **options) as page:
        page.route(
            "**/media/*", lambda route: route.fulfill(content_type="image/svg+xml", body=DOT)
        )
        yield page


def own(parts, image):
    """The tags of an image, as they are now."""
    parts.library.refresh()
    index = parts.library.index
    return set(tag_names(index, index.own_tags(parts.image_ids.decode(image))))


def until(page, expression, *, seconds=30.0):
    """Wait until ``expression`` is true; the policy of the pages forbids polling by eval."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"still not true: {expression}"
        page.wait_for_timeout(20)


def image_of(page):
    return page.locator("[data-tag-editor]").get_attribute("data-image")


def open_image(page, address):
    """Go to the page of an image, and wait until its editor works."""
    page.goto(address)
    page.locator("[data-ready]").wait_for()


def chips(page):
    """The tags that stand in the editor, those that would be taken aside."""
    remove_buttons = page.locator("[data-slot=chips] [data-remove]")
    return remove_buttons.evaluate_all("(all) => all.map((one) => one.dataset.remove)")


def test_images_get_three_tags_each_without_the_mouse(desk, served):
    with browser_as(desk, "editor") as page:
        page.add_init_script(MOUSE)
        page.goto(f"{desk.address}/admin/queue/untagged")
        tagged, mouse = [], 0
        total = int(re.search(r"of (\d+)", page.locator("#progress").inner_text())[1])
        for number in range(6):
            page.locator("[data-ready]").wait_for()
            page.locator("#box:focus").wait_for()
            image = image_of(page)
            page.keyboard.type("bear")
            page.keyboard.press("Tab")
            page.keyboard.type("glas")
            page.locator("[role=option]").first.wait_for()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.keyboard.type(f"brand new {number}")
            page.keyboard.press("Control+Enter")
            assert page.evaluate("document.activeElement.id") == "box"
            mouse += page.evaluate("window.__mouse")
            page.keyboard.press("Control+Enter")
            expected = f"{number + 2} of {total}"
            page.locator("#progress", has_text=expected).wait_for()
            tagged.append((image, {"beard", "glasses", f"brand_new_{number}"}))
        until_saved(page, 6)
        assert mouse == 0
        assert len({image for image, _ in tagged}) == 6
        for image, new_tags in tagged:
            assert new_tags < own(served, image)


def open_queue(page, desk, query, rate=1):
    """Open a queue on a slow computer: its processor is ``rate`` times as slow."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": rate})
    page.goto(f"{desk.address}/admin/queue?q={query}")
    page.locator("[data-ready]").wait_for()


def until_saved(page, number):
    """Wait until this many saves are confirmed."""
    until(page, "sessionStorage.getItem('queue drafts') === '{}'", seconds=60)
    page.locator("#progress", has_text=f"{number + 1} of").wait_for()


def test_nothing_typed_without_waiting_is_lost_on_a_slow_computer(desk, served):
    with browser_as(desk, "editor") as page:
        page.add_init_script(MOUSE)
        open_queue(page, desk, "kind:person", rate=4)
        page.locator("#box:focus").wait_for()
        for number in range(20):
            for place in "xyz":
                page.keyboard.type(f"fast_{number}_{place}")
                page.keyboard.press("Control+Enter")
            page.keyboard.press("Control+Enter")
        until_saved(page, 20)
        assert page.evaluate("window.__mouse") == 0
        assert page.locator("#box").input_value() == ""
    served.library.refresh()
    index = served.library.index
    tagged = {}
    for ordinal in index.live:
        for name in tag_names(index, index.own_tags(ordinal)):
            if name.startswith("fast_"):
                tagged.setdefault(ordinal, set()).add(name)
    matching = sorted(
        (ordinal for ordinal in index.live if "kind:person" in own_of(index, ordinal)), reverse=True
    )
    assert [tagged.get(ordinal) for ordinal in matching[:20]] == [
        {f"fast_{number}_{place}" for place in "xyz"} for number in range(20)
    ]
    assert len(tagged) == 20


def own_of(index, ordinal):
    return set(tag_names(index, index.own_tags(ordinal)))


def test_keys_typed_while_a_tag_is_looked_up_are_for_the_next_image(desk, served):
    with browser_as(desk, "editor") as page:
        open_queue(page, desk, "smile")
        first = image_of(page)
        routes = []
        page.route("**/tags/-/names?typed=*", lambda route: routes.append(route))
        page.keyboard.type("bea")
        page.keyboard.press("Tab")
        page.keyboard.press("Control+Enter")
        page.keyboard.type("slow_tag")
        page.keyboard.press("Control+Enter")
        assert image_of(page) == first
        page.unroute("**/tags/-/names?typed=*")
        for route in routes:
            route.continue_()
        until(page, f"document.querySelector('[data-tag-editor]').dataset.image !== '{first}'")
        until(page, "Boolean(document.querySelector('[data-remove=slow_tag]'))")
        assert "slow_tag" in chips(page)
        until(page, "sessionStorage.getItem('queue drafts') === '{}'")
        assert "beard" in own(served, first)
        assert "slow_tag" not in own(served, first)


def test_what_cannot_be_saved_stays_with_its_image(desk, served):
    with browser_as(desk, "editor") as page:
        open_queue(page, desk, "glasses")
        first = image_of(page)
        page.route("**/queue/-/next", lambda route: route.abort())
        page.keyboard.type("offline_tag")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Control+Enter")
        note = page.get_by_text(f"Image {first} was not saved: the server cannot be reached.")
        note.wait_for()
        page.unroute("**/queue/-/next")
        until(page, f"document.querySelector('[data-tag-editor]').dataset.image !== '{first}'")
        page.keyboard.type("next_tag")
        page.keyboard.press("Control+Enter")
        assert chips(page)[-1] == "next_tag"
        page.reload()
        page.get_by_role("button", name="Try again").click()
        until(page, "sessionStorage.getItem('queue drafts') === '{}'")
        assert "offline_tag" in own(served, first)
        desk.troubles[:] = [trouble for trouble in desk.troubles if "ERR_FAILED" not in trouble]


def test_a_script_is_applied_by_its_key_and_undone(desk, served):
    ann = served.accounts.named("editor").id
    served.accounts.set_preferences(ann, {"scripts": '["beard -hair:blonde"]'})
    image = served.image_ids.encode(Ordinal(241))
    with browser_as(desk, "editor") as page:
        open_image(page, f"{desk.address}/admin/images/{image}")
        before = chips(page)
        page.keyboard.press("q")
        until(page, "Boolean(document.querySelector('[data-remove=beard]'))")
        assert "hair:blonde" not in chips(page)
        page.keyboard.press("a")
        assert chips(page) == before
        page.keyboard.press("q")
        page.keyboard.press("Control+Enter")
        page.get_by_text("Saved: + beard, − hair:blonde.").wait_for()
        page.locator("[data-ready]").wait_for()
        page.keyboard.press("?")
        page.get_by_role("dialog").wait_for()
        assert page.get_by_role("dialog").get_by_text("Apply beard -hair:blonde").count() == 1
        page.get_by_role("link", name="Change keys").click()
        page.get_by_role("heading", name="Keys and tag scripts").wait_for()
    served.accounts.set_preferences(ann, {"scripts": "[]"})


def test_a_new_tag_needs_a_second_enter(desk, served):
    image = served.image_ids.encode(Ordinal(2))
    with browser_as(desk, "editor") as page:
        open_image(page, f"{desk.address}/admin/images/{image}")
        before = chips(page)
        page.keyboard.press("/")
        page.keyboard.type("glasses")
        page.keyboard.press("Enter")
        until(page, "Boolean(document.querySelector('[data-remove=glasses]'))")
        page.keyboard.type("beerd")
        page.keyboard.press("Enter")
        page.get_by_text(
            "“beerd” is a new tag: Enter again adds it. Did you mean beard?"
        ).wait_for()
        assert chips(page) == [*before, "glasses"]
        page.keyboard.press("Enter")
        assert chips(page) == [*before, "glasses", "beerd"]


def test_the_box_does_what_a_combobox_should(desk, served):
    image = served.image_ids.encode(Ordinal(1))
    with browser_as(desk, "editor") as page:
        open_image(page, f"{desk.address}/admin/images/{image}")
        box = page.get_by_role("combobox", name="Add a tag")
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "box"
        assert box.get_attribute("aria-expanded") == "false"
        page.keyboard.type("hair")
        page.get_by_role("option").first.wait_for()
        assert box.get_attribute("aria-expanded") == "true"
        assert box.get_attribute("aria-activedescendant") is None

        # Enter takes what is highlighted or exactly a tag, and does not send the form.
        page.keyboard.press("Enter")
        page.get_by_text("“hair” is a new tag: Enter again adds it.").wait_for()
        assert chips(page) == ["hair:blonde", "kind:person"]
        assert box.input_value() == "hair"
        page.keyboard.press("Backspace")
        page.keyboard.type("r")
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")
        row = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
        assert row.get_attribute("aria-selected") == "true"

        # Escape closes and keeps the text, then empties, then leaves.
        page.keyboard.press("Escape")
        assert box.get_attribute("aria-expanded") == "false"
        assert box.input_value() == "hair"
        page.keyboard.press("Escape")
        assert box.input_value() == ""
        page.keyboard.press("Escape")
        assert page.evaluate("document.activeElement === document.body")

        # Now digits add a tag, and do not when the box has the focus.
        first = page.locator("[data-key='1']").get_attribute("data-add")
        page.keyboard.press("1")
        assert first in chips(page)
        page.keyboard.press("Control+1")
        page.keyboard.press("/")
        page.keyboard.type("1")
        assert box.input_value() == "1"
        assert first in chips(page)
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")

        # What is pasted opens no list; an empty box lets Tab go on.
        page.evaluate(
            """() => {
              const box = document.getElementById("box");
              box.focus();
              const paste = { data: "beard", inputType: "insertFromPaste", bubbles: true };
              box.value = "beard";
              box.dispatchEvent(new InputEvent("input", paste));
            }"""
        )
        page.wait_for_timeout(300)
        assert box.get_attribute("aria-expanded") == "false"
        page.keyboard.press("Control+Enter")
        assert "beard" in chips(page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") != "box"


def test_tab_completes_while_the_answer_is_on_its_way_and_old_answers_are_dropped(desk, served):
    image = served.image_ids.encode(Ordinal(1))
    routes = []

    with browser_as(desk, "editor") as page:
        open_image(page, f"{desk.address}/admin/images/{image}")
        page.route("**/tags/-/names?typed=*", lambda route: routes.append(route))
        page.keyboard.press("/")
        page.keyboard.type("smi")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "box"
        page.keyboard.type("g")
        # Saving now waits, and sends nothing that is not known yet.
        for _ in range(1_500):
            if len(routes) == 4:
                break
            page.wait_for_timeout(20)
        route_of = {re.search("typed=(.*)", route.request.url)[1]: route for route in routes}
        assert [*route_of] == ["s", "sm", "smi", "g"]
        route_of["smi"].continue_()
        until(page, "Boolean(document.querySelector('[data-remove=smile]'))")
        route_of["s"].continue_()
        route_of["sm"].continue_()
        page.wait_for_timeout(200)
        assert page.get_by_role("option").count() == 0
        route_of["g"].continue_()
        page.get_by_role("option").first.wait_for()
        assert page.get_by_role("option").first.locator(".name").inner_text() == "glasses"


def test_two_browsers_edit_one_image_and_both_edits_are_kept(desk, served):
    image = served.image_ids.encode(Ordinal(211))
    address = f"{desk.address}/admin/images/{image}"
    with browser_as(desk, "editor") as ann, browser_as(desk, "admin") as bo:
        for page in (ann, bo):
            open_image(page, address)
        bo.locator("[data-remove='hair:blonde']").click()
        bo.keyboard.type("glass")
        bo.keyboard.press("Tab")
        bo.keyboard.press("Control+Enter")
        bo.get_by_text("Saved: + glasses, − hair:blonde.").wait_for()
        ann.keyboard.press("/")
        ann.keyboard.type("beard")
        ann.keyboard.press("Tab")
        ann.keyboard.press("Control+Enter")
        ann.get_by_text(
            "Others' edits in the meantime were kept: + glasses, − hair:blonde."
        ).wait_for()
        assert own(served, image) == {"kind:person", "glasses", "beard"}


def test_what_is_not_saved_is_there_again_after_the_session_has_ended(desk, served):
    image = served.image_ids.encode(Ordinal(223))
    address = f"{desk.address}/admin/images/{image}"
    with browser_as(desk, "editor") as page:
        open_image(page, address)
        page.keyboard.press("/")
        page.keyboard.type("beard")
        page.keyboard.press("Tab")
        until(page, "Boolean(document.querySelector('[data-remove=beard]'))")
        cookies = page.context.cookies()
        page.context.clear_cookies()
        page.keyboard.press("Control+Enter")
        page.get_by_role("heading", name="Sign in again").wait_for()
        page.context.add_cookies(cookies)
        open_image(page, address)
        page.get_by_text("Your unsaved edits were restored.").wait_for()
        assert "beard" in chips(page)
        page.keyboard.press("Control+Enter")
        page.get_by_text("Saved: + beard.").wait_for()
        assert "beard" in own(served, image)
        desk.troubles[:] = [trouble for trouble in desk.troubles if "401" not in trouble]


def test_the_list_of_keys_and_the_keys_of_lists(desk, served):
    with browser_as(desk, "analyst") as page:
        page.goto(f"{desk.address}/admin/images")
        first, second = (page.locator("[data-item]").nth(position) for position in (0, 1))
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert second.evaluate("(one) => one === document.activeElement")
        page.keyboard.press("k")
        assert first.evaluate("(one) => one === document.activeElement")
        page.keyboard.press("Control+j")
        assert first.evaluate("(one) => one === document.activeElement")
        page.keyboard.press("?")
        keys = page.get_by_role("dialog")
        keys.wait_for()
        assert {"/", "j", "k", "n", "?"} <= {*keys.locator("kbd").all_inner_texts()}
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("jk")
        assert page.evaluate("document.activeElement.value") == "jk"
        page.keyboard.press("Control+A")
        page.keyboard.type("smile")
        page.keyboard.press("Enter")
        page.get_by_text("42 images: smile").wait_for()
