"""The recipe as it ships, an artist for it, and one folder of pictures drawn by two processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smashpass.demo.drawing import Artist
from smashpass.demo.folder import METADATA, render
from smashpass.demo.pool import Order, artist_for
from smashpass.demo.recipe import Recipe
from tests.support.paths import ROOT

FOLDER = ROOT / "image_library"
SEED = 1
COUNT = 12


@pytest.fixture(scope="session")
def recipe_folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def artist() -> Artist:
    """The artist of this process."""
    return artist_for(FOLDER)


@pytest.fixture(scope="session")
def recipe(artist: Artist) -> Recipe:
    return artist.recipe


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, object]]]:
    """A folder of pictures, and its metadata."""
    out = tmp_path_factory.mktemp("rendered")
    render(Order(FOLDER, SEED), out, count=COUNT, workers=2, progress=lambda _done: None)
    lines = (out / METADATA).read_text(encoding="utf-8").splitlines()
    return out, [json.loads(line) for line in lines]
