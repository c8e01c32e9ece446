"""Queues in real Chromium: two editors share one, and the next image is there in a frame."""

from __future__ import annotations

import io
import random
import re

import pytest
from PIL import Image

from smashpass.core.imageset import Ordinal
from tests.browser.admin.test_tagging_in_chromium import (
    image_of,
    open_image,
    open_queue,
    own,
    served,
    until,
)

__all__ = ["served"]

PROBE = """
    window.nextFrames = [];
    addEventListener("keydown", (event) => {
      const before = document.querySelector("[data-tag-editor]")?.dataset.image;
      if (event.key !== "Enter" || !event.ctrlKey || document.getElementById("box").value) return;
      requestAnimationFrame(() => {
        const image = document.querySelector("[data-tag-editor]")?.dataset.image;
        const picture = document.querySelector("img.large"); // some images have none
        const decoded = !picture || (picture.complete && picture.naturalWidth > 0);
        nextFrames.push(image !== before && decoded);
      });
    }, true);
"""


@pytest.fixture(scope="module")
def desk(shared_desk):
    """One server: each test has a queue of its own."""
    return shared_desk


@pytest.fixture(scope="module")
def photo():
    """A photo of the usual size; noise, so that decoding it takes as long as that of any."""
    noise = random.Random(7).randbytes(800 * 1000 * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (800, 1000), noise).save(file, "JPEG", quality=70)
    return file.getvalue()


def with_photos(page, photo):
    page.context.route(
        "**/media/*", lambda route: route.fulfill(content_type="image/jpeg", body=photo)
    )


def test_the_next_image_is_there_in_the_next_frame(desk, photo):
    with desk.browser_as("editor") as page:
        with_photos(page, photo)
        page.add_init_script(PROBE)
        open_queue(page, desk, "kind:person", rate=4)
        page.locator("#box:focus").wait_for()
        for number in range(20):
            page.locator("#desk[data-ahead]").wait_for()
            page.keyboard.type(f"frame_{number}")
            page.keyboard.press("Control+Enter")
            page.keyboard.press("Control+Enter")
            until(page, f"nextFrames.length === {number + 1}")
        assert page.evaluate("nextFrames") == [True] * 20
        until(page, "sessionStorage.getItem('queue drafts') === '{}'")


def test_the_probe_notices_an_image_that_is_late(desk, photo):
    with desk.browser_as("editor") as page:
        with_photos(page, photo)
        page.add_init_script(PROBE)
        routes = []
        page.route(re.compile("/queue.*held="), lambda route: routes.append(route))
        open_queue(page, desk, "smile")
        first = image_of(page)
        page.locator("#box:focus").wait_for()
        page.keyboard.press("Control+Enter")
        until(page, "nextFrames.length === 1")
        assert page.evaluate("nextFrames") == [False]
        for route in routes:
            route.continue_()
        page.unroute_all()
        until(page, f"document.querySelector('[data-tag-editor]').dataset.image !== '{first}'")


def test_two_editors_go_through_one_queue_at_once(desk, served):
    matching = {served.image_ids.encode(Ordinal(number)) for number in range(15, 301, 15)}
    visited = {"editor": [], "admin": []}
    with desk.browser_as("editor") as ann, desk.browser_as("admin") as bo:
        pages = {"editor": ann, "admin": bo}
        for page in pages.values():
            open_queue(page, desk, "beard glasses")
        while pages:
            shown = {name: image_of(page) for name, page in pages.items()}
            assert len({*shown.values()}) == len(shown)
            for name, page in pages.items():
                visited[name].append(shown[name])
                page.keyboard.type(f"by_{name}")
                page.keyboard.press("Control+Enter")
                page.keyboard.press("Control+Enter")
            for name, page in [*pages.items()]:
                until(
                    page,
                    f"document.querySelector('#desk').dataset.image !== '{shown[name]}'"
                    " && sessionStorage.getItem('queue drafts') === '{}'"
                    " && (document.querySelector('#desk').dataset.image"
                    " || 'final' in document.querySelector('#desk').dataset)",
                )
                if not page.locator("[data-tag-editor]").count():
                    page.get_by_text("Done.").wait_for()
                    del pages[name]
    assert min(map(len, visited.values())) > 2
    assert sorted(visited["editor"] + visited["admin"]) == sorted(matching)
    for name, images in visited.items():
        for image in images:
            assert own(served, image) & {"by_editor", "by_admin"} == {f"by_{name}"}


def test_two_editors_of_one_image_learn_of_each_other(desk, served):
    with desk.browser_as("editor") as ann, desk.browser_as("admin") as bo:
        open_queue(ann, desk, "-glasses -beard")
        image = image_of(ann)
        open_image(bo, f"{desk.address}/admin/images/{image}")
        bo.get_by_text("editor is at this image.").wait_for()
        bo.keyboard.press("/")
        bo.keyboard.type("by_bo")
        bo.keyboard.press("Control+Enter")
        bo.keyboard.press("Control+Enter")
        bo.get_by_text("Saved: + by_bo.").wait_for()
        bo.locator("[data-ready]").wait_for()
        ann.keyboard.type("by_ann")
        ann.keyboard.press("Control+Enter")
        ann.keyboard.press("Control+Enter")
        ann.get_by_text("Others' edits in the meantime were kept: + by_bo.").wait_for()
        bo.keyboard.press("/")
        bo.keyboard.type("later_by_bo")
        bo.keyboard.press("Control+Enter")
        bo.keyboard.press("Control+Enter")
        bo.get_by_text("Others' edits in the meantime were kept: + by_ann.").wait_for()
    assert own(served, image) >= {"by_bo", "by_ann", "later_by_bo"}


def test_a_visible_page_keeps_its_image(desk, served):
    with desk.browser_as("editor") as page:
        page.clock.install()
        open_queue(page, desk, "hair:blonde")
        page.locator("#desk[data-ahead]").wait_for()
        image = image_of(page)
        with page.expect_response("**/queue/-/renew") as renewed:
            page.clock.fast_forward("05:01")
        assert image in renewed.value.json()["images"]
        assert len(renewed.value.json()["images"]) == 2
