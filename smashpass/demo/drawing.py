"""One picture from a seed and a number: the options for DiceBear, and the drawing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from smashpass.core.errors import NotPossible
from smashpass.demo.labels import label_of
from smashpass.demo.recipe import Paint, Recipe, StyleRecipe
from smashpass.demo.seeded import Seeded
from smashpass.demo.truth import tags_of

if TYPE_CHECKING:
    from dicebear import Style

NEEDED = ("dicebear", "dicebear_styles", "pyvips")
"""The modules of the extra ``demo``."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture before it is rasterised.

    Attributes:
        digest: The same for two drawings that were made with the same options.
    """

    style: StyleRecipe
    svg: str
    digest: str
    tags: tuple[str, ...]
    label: str


def require_extra() -> None:
    """Raise with installation instructions if a drawing module is missing.

    Raises:
        NotPossible: A module of the extra ``demo`` is absent.
    """
    absent = [name for name in NEEDED if find_spec(name) is None]
    if absent:
        raise NotPossible(
            f"the demo pictures need {', '.join(absent)}",
            hint="install the extra: pip install 'smashpass[demo]'",
        )


class Artist:
    """Draws the pictures of a recipe."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._styles: dict[str, Style] = {}

    def style(self, name: str) -> Style:
        """Return a DiceBear style, which is read the first time."""
        style = self._styles.get(name)
        if style is None:
            definition = definition_of(name)
            refuse_unknown(self.recipe.style(name), definition)
            style = self._styles[name] = style_of(definition)
        return style

    def draw(self, seed: int, number: int, attempt: int = 0) -> Drawing:
        """Return picture ``number`` of a seed; each attempt gives a different one."""
        seeded = Seeded(f"{seed}/{number}" + (f"/{attempt}" if attempt else ""))
        styles = self.recipe.styles
        style = seeded.pick("style", styles, [candidate.weight for candidate in styles])
        svg, resolved = drawing_of(self.style(style.name), options_for(style, seeded))
        tags = tags_of(self.recipe, style, resolved)
        return Drawing(
            style=style,
            svg=svg,
            digest=sha256(json.dumps([style.name, resolved], sort_keys=True).encode()).hexdigest(),
            tags=tags,
            label=label_of(self.recipe.wording, style.noun, tags),
        )


def style_of(definition: dict[str, Any]) -> Style:
    """Return what ``dicebear.Style`` returns for a style that DiceBear itself ships.

    It is not checked against the schema of styles, which takes half a second for each.
    """
    from dicebear import Style

    style = Style.__new__(Style)
    style._data = definition
    style._meta = style._canvas = style._components = style._colors = None
    return style


def drawing_of(style: Style, options: dict[str, object]) -> tuple[str, dict[str, Any]]:
    """Return what ``dicebear.Avatar`` returns for options of ours: the SVG, and what was chosen.

    It does the same without looking for mistakes in the options, which takes half the time of a
    drawing: the recipe was checked when it was read, and a test compares both.
    """
    from dicebear.options import Options
    from dicebear.renderer import Renderer
    from dicebear.resolver import Resolver

    checked = Options({})
    checked._data = options
    resolver = Resolver(style, checked)
    svg = Renderer(style, resolver).render()
    return svg, resolver.resolved()


def options_for(style: StyleRecipe, seeded: Seeded) -> dict[str, object]:
    """Return the options for DiceBear, which chooses everything the recipe leaves open."""
    options: dict[str, object] = {"seed": seeded.seed, **style.fixed}
    tags: set[str] = set(style.tags)
    for paint in style.paints:
        options |= _painted(paint, seeded)
    for part in style.parts:
        name = part.component
        drawn = seeded.number(f"{name}?") < part.chance and not part.unless & tags
        options[f"{name}Probability"] = 100 if drawn else 0
        if not drawn:
            continue
        if len(part.reads) > 1:
            options[f"{name}Variant"] = [
                variant for look in part.looks for variant in look.variants
            ]
            continue
        look = seeded.pick(f"{name} look", part.looks, [variant.weight for variant in part.looks])
        options[f"{name}Variant"] = seeded.pick(f"{name} variant", look.variants)
        tags |= set(look.tags)
        if part.paint is not None:
            options |= _painted(part.paint, seeded)
    return options


def _painted(paint: Paint, seeded: Seeded) -> dict[str, object]:
    """Return the options for a colour; one of two stops becomes a gradient."""
    key = "colour of " + " ".join(paint.options)
    shades = [shade for several in paint.shades.values() for shade in several]
    stops = seeded.pick(key, shades)
    options: dict[str, object] = {}
    for option in paint.options:
        options[f"{option}Color"] = list(stops)
        if len(stops) > 1:
            options[f"{option}ColorFill"] = "linear"
            options[f"{option}ColorOrder"] = "fixed"
            options[f"{option}ColorAngle"] = 90
    return options


def definition_of(name: str) -> dict[str, Any]:
    """Return a style as it is in ``dicebear_styles``.

    Raises:
        NotPossible: There is no such style.
    """
    file = files("dicebear_styles").joinpath(f"{name}.json")
    if not file.is_file():
        raise NotPossible(f"DiceBear has no style {name!r}", hint="see the list at dicebear.com")
    definition = json.loads(file.read_text(encoding="utf-8"))
    assert isinstance(definition, dict)
    return definition


def refuse_unknown(style: StyleRecipe, definition: Mapping[str, object]) -> None:
    """Refuse a part, variant or colour that the style does not have.

    DiceBear itself raises no error: the part would be missing from the picture.

    Raises:
        NotPossible: Names the first one.
    """
    components = definition["components"]
    colours = definition.get("colors", {})
    assert isinstance(components, dict)
    assert isinstance(colours, dict)
    missing = []
    for part in style.parts:
        variants = components.get(part.component, {}).get("variants", {})
        missing += [
            f"{part.component} {variant!r}"
            for look in part.looks
            for variant in look.variants
            if variant not in variants
        ]
    paints = [*style.paints, *(part.paint for part in style.parts if part.paint is not None)]
    missing += [
        f"colour {option!r}"
        for paint in paints
        for option in paint.options
        # A background is drawn behind every style.
        if option not in colours and option != "background"
    ]
    if missing:
        raise NotPossible(
            f"the style {style.name} has no {missing[0]}",
            where=f"{style.name}.toml",
            hint="correct the recipe, or install the dicebear-styles that it was made for",
        )
