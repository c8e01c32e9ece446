"""Colours of categories: as different as eight allow, and readable in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.services.vocabulary.texts import COLOURS, category_colours
from smashpass.web.accent import DARK_GROUNDS, LIGHT_GROUNDS, contrast

STYLES = Path(__file__).parents[3] / "smashpass/web/admin/static/admin.css"


@given(st.lists(st.text(max_size=3)))
def test_colours_are_shared_evenly_and_do_not_depend_on_the_order(categories: list[str]) -> None:
    colours = category_colours(categories)
    assert colours == category_colours(reversed(categories))
    assert set(colours) == set(categories) - {""}
    uses = [list(colours.values()).count(colour) for colour in range(1, COLOURS + 1)]
    assert sum(uses) == len(colours)
    assert max(uses) - min(uses) <= 1


@pytest.mark.parametrize("colour", range(1, COLOURS + 1))
def test_each_colour_is_readable_in_both_themes(colour: int) -> None:
    styles = STYLES.read_text(encoding="utf-8")
    pattern = rf"--category-{colour}: light-dark\((#\w{{6}}), (#\w{{6}})\)"
    pair = re.search(pattern, styles)
    assert pair is not None
    assert all(contrast(pair[1], ground) >= 4.5 for ground in LIGHT_GROUNDS)
    assert all(contrast(pair[2], ground) >= 4.5 for ground in DARK_GROUNDS)
    assert f".c{colour} {{ --category: var(--category-{colour}); }}" in styles
