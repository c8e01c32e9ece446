"""The accent colour: readable in both themes, and as near to the operator's as that allows."""

from __future__ import annotations

import colorsys
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadSetting
from smashpass.settings import load
from smashpass.web.accent import (
    DARK_GROUNDS,
    LIGHT_GROUNDS,
    MIN_CONTRAST,
    contrast,
    luminance,
    shades,
    style_sheet,
)

STYLES = Path(__file__).parents[2] / "smashpass/web/static/style.css"
COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def is_readable(colour: str, grounds: tuple[str, ...]) -> bool:
    return all(contrast(colour, ground) >= MIN_CONTRAST for ground in grounds)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [("#000000", 0.0), ("#ffffff", 1.0), ("#ff0000", 0.2126), ("#777777", 0.1845)],
)
def test_luminance_is_that_of_wcag(colour: str, expected: float) -> None:
    assert luminance(colour) == pytest.approx(expected, abs=0.0001)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == 1


@given(COLOURS)
def test_each_shade_is_readable_in_its_theme(colour: str) -> None:
    light, dark = shades(colour)
    assert is_readable(light, LIGHT_GROUNDS)
    assert is_readable(dark, DARK_GROUNDS)


@given(COLOURS)
def test_a_colour_that_is_readable_stays_as_it_is(colour: str) -> None:
    for shade, grounds in zip(shades(colour), (LIGHT_GROUNDS, DARK_GROUNDS), strict=True):
        assert (shade == colour) == is_readable(colour, grounds)


@given(COLOURS)
def test_the_hue_is_kept_as_far_as_whole_numbers_allow(colour: str) -> None:
    """Rounding moves a channel by half a step; the hue follows by as much of the spread."""
    for shade in shades(colour):
        before, after = channels(colour), channels(shade)
        spread = max(after) - min(after)
        if spread > 6 and shade != colour:
            hue, other = (colorsys.rgb_to_hls(*rgb)[0] for rgb in (before, after))
            apart = abs(hue - other)
            assert min(apart, 1 - apart) <= 1 / (3 * spread)


@given(COLOURS)
def test_no_shade_is_mixed_further_than_needed(colour: str) -> None:
    """A slow twin: of all mixtures with black or white, the nearest one that can be read."""
    for shade, end, grounds in zip(
        shades(colour), (0, 255), (LIGHT_GROUNDS, DARK_GROUNDS), strict=True
    ):
        mixtures = [
            [round(own + (end - own) * step / 255) for own in channels(colour)]
            for step in range(256)
        ]
        texts = ["#{:02x}{:02x}{:02x}".format(*mixture) for mixture in mixtures]
        assert shade == next(text for text in texts if is_readable(text, grounds))


def test_the_grounds_are_those_of_the_style_sheet() -> None:
    sheet = STYLES.read_text()
    grounds = [
        re.search(rf"--{name}: light-dark\((\S+), (\S+)\);", sheet).groups()  # type: ignore[union-attr]
        for name in ("bg", "surface")
    ]
    long = [[text if len(text) == 7 else "#" + text[1] * 6 for text in pair] for pair in grounds]
    assert [tuple(column) for column in zip(*long, strict=True)] == [LIGHT_GROUNDS, DARK_GROUNDS]


def test_the_style_sheet_says_both_shades() -> None:
    light, dark = shades("#c2185b")
    assert style_sheet("#c2185b").decode() == (
        f":root {{ --accent: light-dark({light}, {dark}); }}\n"
    )
    assert light == "#c2185b"


@pytest.mark.parametrize(
    "text",
    ["red", "#12345", "#1234567", "#12345g", "123456", "#１２３４５６", "#c2185b; x", "#fff"],
)
def test_anything_but_a_colour_is_refused(text: str) -> None:
    with pytest.raises(BadSetting, match="SMASHPASS_ACCENT_COLOUR is ") as refused:
        load({"SMASHPASS_ACCENT_COLOUR": text})
    assert "#rrggbb" in refused.value.hint


def test_the_former_name_of_the_site_names_the_new_one(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('title = "Petpick"\n')
    for environment in ({"SMASHPASS_TITLE": "Petpick"}, {"SMASHPASS_CONFIG": str(file)}):
        with pytest.raises(BadSetting, match="there is no setting") as refused:
            load(environment)
        assert "SMASHPASS_LABEL_APP_NAME" in refused.value.hint
