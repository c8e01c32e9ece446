"""Every page of the rules: for all eyes and hands, small, and without sideways scrolling."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.rulefiles.load import load_texts
from smashpass.settings import load
from tests.support.axe import check_in_colours, scrolls_sideways
from tests.support.trees import tree

DEPTH = 5
TESTS = ("beard", "glasses", "smile", '"hair:blonde"', "{attr: image.width, gte: %d}")


def grown(level: int = 0, name: str = "n") -> str:
    """The YAML of a full tree of five levels with 32 leaves."""
    indent = "  " * (level + 1)
    if level == DEPTH:
        verdict = "smash" if name.count("y") % 2 else "pass"
        weight = 30 + int(name[1:].replace("y", "1").replace("n", "0"), 2)
        return f"{indent}{{id: {name}, verdict: {verdict}, weight: {weight}, reason: Way {name}}}\n"
    test = TESTS[level] % 300 if "%" in TESTS[level] else TESTS[level]
    then, other = (grown(level + 1, name + way) for way in "yn")
    return f"{indent}id: b-{name}\n{indent}if: {test}\n{indent}then:\n{then}{indent}else:\n{other}"


@pytest.fixture
def served(desk):
    """The installation behind the server, with a small tree and a large one."""
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    large = f"format: 1\nid: large\ntitle: A large tree\nroot:\n{grown()}"
    files = {"t.yaml": tree("t"), "large.yaml": large}
    parts.publishing.publish(load_texts(files), by="bob", origin="test", reason="r")
    yield parts
    parts.engine.dispose()


def test_every_page_is_for_everyone(desk, served):
    piece = served.drafting.open(2, "t.yaml")
    draft = tree("t", first="smile").replace("[beard, hat]", "[smile, hat]")
    served.drafting.save(2, "t.yaml", draft, last_saved_at=0, base=piece.base)
    image = served.image_ids.encode(Ordinal(15))
    paths = ("", "/edit/t.yaml", "/edit/large.yaml", "/review", "/revisions/2",
             f"/trace?image={image}&tree=large")  # fmt: skip
    with desk.browser_as("editor") as page:
        for path in paths:
            page.set_viewport_size({"width": 1280, "height": 800})
            page.goto(f"{desk.address}/admin/rules{path}")
            while page.locator("[aria-busy]").count():  # what comes after the page
                page.wait_for_timeout(20)

            check_in_colours(page, path)
            # A tree of five levels and 32 leaves fits without zoom or sideways scrolling.
            assert page.evaluate(
                "[...document.querySelectorAll('.tree-scroll')]"
                ".every((one) => one.scrollWidth <= one.clientWidth)"
            )
            assert page.evaluate("document.querySelectorAll('*').length") <= 1_500
            for width in (412, 320):
                page.set_viewport_size({"width": width, "height": 700})
                assert not scrolls_sideways(page), path
        # The pictures of this library have no files, which the console reports.
        desk.troubles[:] = [trouble for trouble in desk.troubles if "410" not in trouble]
