"""The pages of images, queues, bulk edits and changes for everyone: axe-core, widths, weight."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.settings import load
from tests.support.api import HIDDEN
from tests.support.axe import NARROW, check_in_colours, check_with_axe, scrolls_sideways

DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'


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


def test_every_page_is_for_everyone(desk, served):
    image = served.image_ids.encode(Ordinal(10))
    hidden = served.image_ids.encode(Ordinal(HIDDEN))
    paths = (
        "images", "images?view=list", "images?q=beerd", f"images/{image}", f"images/{hidden}",
        "queue/untagged", "queue?q=crown+-crown", "bulk?q=beard", "bulk?q=beard&add=crown",
        "changes", "changes/1", "changes/-/undo?change=1",
    )  # fmt: skip
    with browser_as(desk, "editor") as page:
        for path in paths:
            page.set_viewport_size({"width": 1280, "height": 720})
            page.goto(f"{desk.address}/admin/{path}")
            check_in_colours(page, path)
            assert page.evaluate("document.querySelectorAll('*').length") < 1_500, path
            assert not scrolls_sideways(page), path
            page.set_viewport_size(NARROW)
            check_with_axe(page, where=(path, "narrow"))
            assert not scrolls_sideways(page), path
            desk.troubles[:] = [trouble for trouble in desk.troubles if "400" not in trouble]
