"""The recipe as it ships, an artist for it, and one folder of pictures drawn by two processes."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from smashpass.demo.drawing import Artist
from smashpass.demo.folder import METADATA, render
from smashpass.demo.pool import Order, artist_for
from smashpass.demo.recipe import Recipe
from tests.support.paths import ROOT
from tests.support.shared import filled_once

FOLDER = ROOT / "image_library"
SEED = 1
COUNT = 12


@pytest.fixture(scope="session")
def recipe_folder() -> Path:
    return FOLDER


@pytest.fixture(scope="session")
def artist(tmp_path_factory: pytest.TempPathFactory) -> Artist:
    """The artist of this process. To check the styles takes ten seconds: it is done once a run."""
    artist = artist_for(FOLDER)

    def check_styles(folder: Path) -> None:
        folder.mkdir()
        styles = {style.name: artist.style(style.name) for style in artist.recipe.styles}
        (folder / "styles").write_bytes(pickle.dumps(styles))

    checked = filled_once(tmp_path_factory, "styles", check_styles)
    artist._styles.update(pickle.loads((checked / "styles").read_bytes()))
    return artist


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
