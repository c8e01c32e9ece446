"""The pages of images, queues, bulk edits and changes for everyone: axe-core, widths, weight."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.settings import load
from tests.support.api import HIDDEN

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
DRESSES = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "forced colours": {"forced_colors": "active"},
}


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


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
def test_every_page_is_for_everyone(desk, served, dress):
    image = served.image_ids.encode(Ordinal(10))
    hidden = served.image_ids.encode(Ordinal(HIDDEN))
    pages = (
        "images", "images?view=list", "images?q=beerd", f"images/{image}", f"images/{hidden}",
        "queue/untagged", "queue?q=crown+-crown", "bulk?q=beard", "bulk?q=beard&add=crown",
        "changes", "changes/1", "changes/-/undo?change=1",
    )  # fmt: skip
    with browser_as(desk, "editor", **dress) as page:
        for path in pages:
            page.goto(f"{desk.address}/admin/{path}")
            found = Axe().run(page, options=RULES).response["violations"]
            told = [(each["id"], node["target"]) for each in found for node in each["nodes"]]
            assert told == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            assert page.evaluate("document.querySelectorAll('*').length") < 1_500, path
            desk.troubles[:] = [each for each in desk.troubles if "400" not in each]
