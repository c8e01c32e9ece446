"""Screenshots show pages and states, in both sizes and both colour schemes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PIL import Image, ImageStat

from bench.browser import missing
from bench.screens.__main__ import SCENES
from bench.screens.camera import SIZES
from tests.support.paths import ROOT

TAKEN = ("swipe-verdict", "admin-tags")


@pytest.mark.slow
def test_a_page_and_a_state_are_taken_in_every_size_and_scheme(tmp_path):
    if lacking := missing():
        pytest.skip(lacking)
    only = [word for name in TAKEN for word in ("--only", name)]
    ended = subprocess.run(
        [sys.executable, "-m", "bench.screens", "--count", "40", "--out", tmp_path, *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split() == [
        str(tmp_path / f"{name}-{size}-{scheme}.png")
        for name in TAKEN
        for size in SIZES
        for scheme in ("light", "dark")
    ]
    for name in TAKEN:
        for size, (width, height) in SIZES.items():
            light, dark = (
                Image.open(tmp_path / f"{name}-{size}-{scheme}.png") for scheme in ("light", "dark")
            )
            assert light.width == width
            assert light.height >= height
            assert brightness(light) > brightness(dark)


def brightness(picture):
    return ImageStat.Stat(picture.convert("L")).mean[0]


def test_every_page_has_a_scene_of_its_own():
    pages = {"age", "taste", "settings", "me", "about", "help", "case", "daily", "why", "search"}
    assert pages <= {name.split("-")[0] for name in SCENES}
    assert len(SCENES) >= 45


def test_those_that_are_kept_are_shown_on_a_page_and_small():
    texts = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = "\n".join(path.read_text() for path in texts)
    kept = [
        line.removeprefix("!/docs/screenshots/")
        for line in (ROOT / ".gitignore").read_text().splitlines()
        if line.startswith("!/docs/screenshots/")
    ]
    assert kept
    for name in kept:
        assert f"screenshots/{name})" in shown
        assert (ROOT / "docs" / "screenshots" / name).stat().st_size < 200_000
