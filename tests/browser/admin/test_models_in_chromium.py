"""The overview's models in real Chromium, with a server that is away and scores that are kept."""

from __future__ import annotations

import shutil

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.scoring.ports import PREPROCESSING
from smashpass.settings import load
from tests.browser.pages.test_for_everyone import check_room
from tests.support.admin import Desk
from tests.support.axe import NARROW, check_in_colours
from tests.support.pages import serving

SOURCE = ModelVersion("oip", "aesthetic-v2", "2026-11-03", PREPROCESSING)


@pytest.fixture
def scored_desk(filled_home, tmp_path, chromium):
    """A server whose model is away, and which has the scores of some of its pictures."""
    home = tmp_path / "served"
    shutil.copytree(filled_home, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    pictures = parts.scores.unscored(SOURCE, Ordinal(0), 100)
    parts.scores.put(SOURCE, {sha256: {"plugin.aesthetic": 0.5} for _, sha256 in pictures})
    parts.column_file.save()
    parts.engine.dispose()
    settings = {
        "SMASHPASS_SCORER_URL": "http://127.0.0.1:9",
        "SMASHPASS_SCORER_MODEL": SOURCE.model,
    }
    with serving(home, **settings) as address:
        yield Desk(address, home, chromium, [])


def test_models_are_for_everyone_and_the_button_leaves_a_job(scored_desk):
    with scored_desk.browser_as("editor", viewport=NARROW) as page:
        page.get_by_role("heading", name="Models").wait_for()
        check_in_colours(page)
        check_room(page)
        page.get_by_role("heading", name="oip aesthetic-v2").wait_for()
        page.get_by_text("43.3 % of the images scored, version 2026-11-03").wait_for()
        page.get_by_role("button", name="Score the library").click()
        page.get_by_text("Job 1 will score the library.").wait_for()
        check_in_colours(page)
