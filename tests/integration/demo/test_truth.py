"""Every tag is true of its picture."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
import pyvips
from dicebear import Avatar, Style
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.tags.names import namespace_of, normalise
from smashpass.demo.drawing import Artist, definition_of, drawing_of, options_for
from smashpass.demo.labels import label_of
from smashpass.demo.pool import artist_for
from smashpass.demo.recipe import Paint, Part, Recipe, StyleRecipe
from smashpass.demo.seeded import Seeded
from smashpass.demo.truth import tags_of
from tests.integration.demo.conftest import FOLDER

PICTURES = 600


def pixels(svg: str, side: int = 96) -> pyvips.Image:
    image = pyvips.Image.thumbnail_buffer(svg.encode(), side, height=side, size="force")
    return image.flatten(background=[255, 255, 255]) if image.hasalpha() else image


def twin(recipe: Recipe, style: StyleRecipe, resolved: dict[str, object]) -> set[str]:
    """The tags of a picture, found by trying every variant and colour of the recipe."""
    tags = set(style.tags)
    for paint in style.paints:
        tags |= colours(paint, resolved)
    for part in style.parts:
        for look in part.looks:
            for variant in look.variants:
                if any(resolved.get(f"{place}Variant") == variant for place in part.reads):
                    tags |= set(look.tags)
                    if look.painted and part.paint is not None:
                        tags |= colours(part.paint, resolved)
    for tag in list(tags):
        for space in recipe.hides.get(tag, ()):
            tags = {other for other in tags if not other.startswith(f"{space}:")}
    return tags


def colours(paint: Paint, resolved: dict[str, object]) -> set[str]:
    return {
        f"{paint.namespace}:{name}"
        for name, shades in paint.shades.items()
        for stops in shades
        if paint.namespace and resolved.get(f"{paint.options[0]}Color") == list(stops)
    }


@cache
def checked_style(name: str) -> Style:
    """A style as DiceBear makes it, which takes half a second: it is checked against a schema."""
    return Style(definition_of(name))


@given(seed=st.integers(0, 10**6), number=st.integers(0, 10**6))
def test_drawing_without_checks_gives_what_dicebear_gives(seed: int, number: int):
    artist = artist_for(FOLDER)
    style = artist.recipe.styles[number % len(artist.recipe.styles)]
    options = options_for(style, Seeded(f"{seed}/{number}"))
    avatar = Avatar(checked_style(style.name), options)
    svg, resolved = drawing_of(artist.style(style.name), options)
    assert svg == avatar.to_string()
    assert resolved == avatar.to_json()["options"]


def test_tags_and_labels_agree_with_a_slow_twin(recipe: Recipe, artist: Artist):
    for number in range(20):
        drawing = artist.draw(7, number)
        avatar = Avatar(
            artist.style(drawing.style.name), options_for(drawing.style, Seeded(f"7/{number}"))
        )
        assert avatar.to_string() == drawing.svg
        expected = twin(recipe, drawing.style, avatar.to_json()["options"])
        assert set(drawing.tags) == expected
        assert len(drawing.tags) == len(expected)
        assert drawing.label == label_of(recipe.wording, drawing.style.noun, drawing.tags)


def test_a_variant_that_vanished_gives_no_tag(recipe: Recipe, artist: Artist):
    style = recipe.style("lorelei")
    options = {
        **options_for(style, Seeded("x")),
        "glassesVariant": "nope",
        "glassesProbability": 100,
    }

    resolved = Avatar(artist.style("lorelei"), options).to_json()["options"]

    assert not [tag for tag in tags_of(recipe, style, resolved) if tag.startswith("glasses")]


def test_the_tags_are_many_legal_and_in_many_namespaces(artist: Artist):
    counts: Counter[str] = Counter()
    for number in range(PICTURES):
        drawing = artist.draw(1, number)
        counts.update(drawing.tags)
        assert 3 <= len(drawing.tags) <= 20
        assert 5 <= len(drawing.label) <= 200
    assert all(normalise(tag) == tag for tag in counts)
    assert len(counts) >= 200
    assert len({namespace_of(tag) for tag in counts} - {""}) >= 20
    # What a person would try first.
    for tag in ("hair:blonde", "beard", "glasses", "glasses:round", "hat", "mouth:smile"):
        assert counts[tag] >= 5, tag


def _cases() -> list[tuple[str, str]]:
    from smashpass.bootstrap.rules import shipped
    from smashpass.demo.recipefile import load_recipe

    recipe = load_recipe(shipped("image_library"))
    return [(style.name, part.component) for style in recipe.styles for part in style.parts]


@pytest.mark.parametrize(("name", "component"), _cases())
def test_every_variant_is_seen_in_the_picture(
    recipe: Recipe, artist: Artist, name: str, component: str
):
    style = recipe.style(name)
    part = next(part for part in style.parts if part.component == component)
    plain = drawn(artist.style(name), style, part, None)

    for look in part.looks:
        for variant in look.variants:
            with_it = drawn(artist.style(name), style, part, variant)
            changed = float((with_it - plain).abs().max())
            assert changed > 20, f"{component} {variant} cannot be seen"


def drawn(dicebear: Style, style: StyleRecipe, part: Part, variant: str | None) -> pyvips.Image:
    """One picture with a part, or without it; nothing else on it hides anything."""
    options: dict[str, object] = {}
    for other in style.parts:
        # The plainest picture: what may be absent is, and all else is the first that fits.
        options[f"{other.component}Probability"] = 100 if other.chance == 1 else 0
        fits = [look for look in other.looks if not part.unless & set(look.tags)] or other.looks
        options[f"{other.component}Variant"] = fits[0].variants[0]
    options |= {"seed": "x", "backgroundColor": "#7f7f7f", **style.fixed}
    for clear in ("skin", "base", "body", "paper"):
        options[f"{clear}Color"] = "#eab68c"
    for dark in ("hair", "facialHair", "mouth"):
        options[f"{dark}Color"] = "#1c1a1f"
    options[f"{part.component}Probability"] = 0 if variant is None else 100
    if variant is not None:
        options[f"{part.component}Variant"] = variant
    return pixels(Avatar(dicebear, options).to_string(), 128)


def test_backgrounds_have_the_colour_of_their_tag(artist: Artist):
    looked_at = 0
    for number in range(120):
        drawing = artist.draw(3, number)
        for paint in drawing.style.paints:
            if paint.options != ("background",):
                continue
            tag = next(tag for tag in drawing.tags if namespace_of(tag) == paint.namespace)
            shades = paint.shades[tag.partition(":")[2]]
            corner = pixels(drawing.svg)(0, 0)
            assert any(
                all(
                    abs(corner[i] - int(stops[0][1 + 2 * i : 3 + 2 * i], 16)) < 12
                    for i in (0, 1, 2)
                )
                for stops in shades
            ), f"{drawing.label}: {corner}"
            looked_at += 1
    assert looked_at > 100


def test_what_is_hidden_has_no_tag(artist: Artist):
    hidden = 0
    for number in range(400):
        tags = artist.draw(5, number).tags
        if "glasses:sunglasses" in tags or "eyepatch" in tags:
            hidden += 1
            assert not [tag for tag in tags if tag.startswith("eyes:")]
        if "bald" in tags or "hat:cap" in tags:
            assert "hair_style:long" not in tags
        if "head_covering:hijab" in tags:
            assert not [tag for tag in tags if tag.startswith(("hair:", "beard"))]
    assert hidden > 10
