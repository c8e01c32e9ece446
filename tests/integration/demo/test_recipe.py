"""The recipe names nothing that DiceBear does not have, and credits everybody rightly."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import pytest

from smashpass.core.errors import BadInput, NotFound, NotPossible
from smashpass.demo.drawing import definition_of, refuse_unknown
from smashpass.demo.recipe import Appearance, Part, Recipe, StyleRecipe
from smashpass.demo.recipefile import load_recipe

LICENCES = {"CC0 1.0": "CC0-1.0", "CC BY 4.0": "CC-BY-4.0"}

# Variants that show a child, or make a grown-up look like one.
CHILDISH = {
    "personas": {"mouth pacifier", "hair pigtails", "hair bald", "hair buzzcut"},
    "micah": {"hair dougFunny"},
    "open-peeps": {"head buns", "head bear", "expression monster", "expression cyclops"},
    "notionists": {"hair variant30", "hair variant45", "hair variant46", "hair variant59"},
    "lorelei": {"hair variant26", "hair variant30", "hair variant34", "hair variant43"},
    "pixel-art": {"hair long06", "hair long18", "hair long19"},
}


def test_every_part_variant_and_colour_exists_in_its_style(recipe: Recipe):
    assert len(recipe.styles) >= 12
    for style in recipe.styles:
        refuse_unknown(style, definition_of(style.name))


@pytest.mark.parametrize(
    "part",
    [
        Part("hair", (Appearance((), ("variant01", "nope"), 1),), ("hair",)),
        Part("halo", (Appearance((), ("gold",), 1),), ("halo",)),
    ],
)
def test_a_variant_that_the_style_does_not_have_is_refused(recipe: Recipe, part: Part):
    wrong = dataclasses.replace(recipe.style("lorelei"), parts=(part,))

    with pytest.raises(NotPossible, match=r"the style lorelei has no (hair 'nope'|halo 'gold')"):
        refuse_unknown(wrong, definition_of("lorelei"))


def test_a_colour_that_the_style_does_not_have_is_refused(recipe: Recipe):
    style = recipe.style("planets")
    wrong = dataclasses.replace(
        style, paints=(dataclasses.replace(style.paints[1], options=("hair",)),)
    )

    with pytest.raises(NotPossible, match="has no colour 'hair'"):
        refuse_unknown(wrong, definition_of("planets"))


def test_licences_and_authors_are_those_that_dicebear_states(recipe: Recipe):
    for style in recipe.styles:
        meta = definition_of(style.name)["meta"]
        assert isinstance(meta, dict)
        assert style.credit.licence == LICENCES[meta["license"]["name"]], style.name
        assert meta["creator"]["name"].split(" - ")[0] in style.credit.author, style.name
        assert style.credit.digital_source_type == "algorithmicMedia"
        assert not style.credit.real_person


def test_the_credits_name_every_style_with_its_licence(recipe: Recipe, recipe_folder: Path):
    text = (recipe_folder / "CREDITS.md").read_text(encoding="utf-8")
    table = {
        cells[0]: cells
        for line in text.splitlines()
        if line.startswith("| ") and len(cells := line.strip("| ").split(" | ")) == 5
    }
    for style in recipe.styles:
        _, _, author, work, licence = table[style.name]
        assert licence == style.credit.licence
        assert author in style.credit.author
        meta = definition_of(style.name)["meta"]
        assert isinstance(meta, dict)
        assert meta["source"]["url"] in work, style.name


def test_people_are_adults_and_nothing_that_looks_like_a_child_is_drawn(recipe: Recipe):
    for style in recipe.styles:
        assert (style.credit.depicts == "adult") == ("kind:person" in style.tags)
        drawn = {
            f"{part.component} {name}"
            for part in style.parts
            for look in part.looks
            for name in look.variants
        }
        if style.credit.depicts == "adult":
            variants = definition_of(style.name)["components"]
            assert isinstance(variants, dict)
            for childish in CHILDISH[style.name]:
                component, name = childish.split()
                assert name in variants[component]["variants"], childish
            assert not drawn & CHILDISH[style.name], style.name


def test_nothing_says_the_colour_of_a_skin(recipe: Recipe):
    for style in recipe.styles:
        for paint in style.paints:
            if {"skin", "base"} & set(paint.options):
                assert paint.namespace == "", style.name


def _copy(recipe_folder: Path, to: Path, name: str, old: str, new: str) -> Path:
    """Copy the recipe with one change in one file."""
    shutil.copytree(recipe_folder, to)
    text = (to / name).read_text(encoding="utf-8")
    assert old in text
    (to / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return to


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight = 7", "", "'weight' is missing or unknown"),
        ('palette = "world"', 'palette = "wrold"', "'wrold' is missing or unknown"),
        ("surface:banded", "Surface:banded", "is not written as it is stored"),
        ("surface:banded", "image:banded", "reserved namespace"),
        ("banded belted", "banded banded", "the variant 'banded' occurs twice"),
        ('name = "moons"', 'name = "ring"', "the part 'ring' occurs twice"),
        ("weight = 7", "weight = = 7", "not valid TOML"),
    ],
)
def test_a_mistake_in_a_recipe_is_told_with_its_file(
    recipe_folder: Path, tmp_path: Path, old: str, new: str, message: str
):
    folder = _copy(recipe_folder, tmp_path / "recipe", "planets.toml", old, new)

    with pytest.raises(BadInput) as caught:
        load_recipe(folder)

    assert message in str(caught.value)
    assert str(caught.value).startswith(str(folder / "planets.toml"))


def test_a_folder_without_a_recipe_is_told(tmp_path: Path):
    with pytest.raises(NotFound, match=r"recipe\.toml: there is no recipe"):
        load_recipe(tmp_path)


def test_a_style_that_dicebear_does_not_have_is_told():
    with pytest.raises(NotPossible, match="no style 'nobody'"):
        definition_of("nobody")


def test_every_style_is_drawn_often_enough_to_be_met(recipe: Recipe):
    total = sum(style.weight for style in recipe.styles)

    def share(of: StyleRecipe) -> float:
        return of.weight / total

    assert all(share(style) > 0.02 for style in recipe.styles)
    people = sum(share(style) for style in recipe.styles if "kind:person" in style.tags)
    assert 0.4 < people < 0.6


def test_every_tag_has_a_category(recipe: Recipe):
    drawn = {tag for style in recipe.styles for tag in style.tags}
    for style in recipe.styles:
        drawn.update(tag for part in style.parts for look in part.looks for tag in look.tags)
        paints = [*style.paints, *(part.paint for part in style.parts if part.paint)]
        drawn.update(f"{paint.namespace}:any" for paint in paints if paint.namespace)

    assert [tag for tag in sorted(drawn) if not recipe.category_of(tag)] == []
    assert recipe.category_of("hair:black") == "hair"
    assert recipe.category_of("nothing:drawn") == ""
