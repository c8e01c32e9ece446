"""Reads the recipe from the TOML files of a folder, and refuses what cannot be drawn."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smashpass.core.errors import BadInput, BadTag, NotFound
from smashpass.core.library.credit import Credit
from smashpass.core.tags.names import normalise
from smashpass.demo.recipe import Appearance, Paint, Part, Recipe, StyleRecipe, Wording

SHARED = "recipe.toml"
"""Palettes, wording and what hides what; every other file is one style."""

Palettes = Mapping[str, Mapping[str, tuple[tuple[str, ...], ...]]]


def load_recipe(folder: Path) -> Recipe:
    """Return the recipe in a folder.

    Raises:
        NotFound: There is none.
        BadInput: A file is malformed; the message names it and the mistake.
    """
    if not (folder / SHARED).is_file():
        raise NotFound("there is no recipe", where=str(folder / SHARED))
    shared = _read(folder / SHARED)
    palettes = {
        name: {word: tuple(tuple(shade.split()) for shade in shades) for word, shades in of.items()}
        for name, of in shared["palettes"].items()
    }
    words = shared["wording"]
    files = sorted(path for path in folder.glob("*.toml") if path.name != SHARED)
    return Recipe(
        styles=tuple(_style(path, palettes) for path in files),
        hides={tag: tuple(spaces) for tag, spaces in shared["hides"].items()},
        categories={
            name: category for category, names in shared["categories"].items() for name in names
        },
        wording=Wording(tuple(words["before"]), words["having"], words["then"], words["words"]),
    )


def _read(path: Path) -> dict[str, Any]:
    """Return the content of a file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"not valid TOML: {error}", where=str(path)) from error


def _style(path: Path, palettes: Palettes) -> StyleRecipe:
    """Return the style that a file describes."""
    table = _read(path)
    try:
        credit = table["credit"]
        style = StyleRecipe(
            name=path.stem,
            noun=table["noun"],
            medium=table["medium"],
            weight=float(table["weight"]),
            tags=_tags(table["tags"]),
            credit=Credit(
                source=credit["source"],
                licence=credit["licence"],
                digital_source_type=credit["digital_source_type"],
                real_person=False,
                depicts=table["depicts"],
                author=credit["author"],
            ),
            fixed=table.get("fixed", {}),
            paints=tuple(_paint(entry, palettes) for entry in table.get("paint", ())),
            parts=tuple(_part(entry, palettes) for entry in table["part"]),
        )
    except KeyError as error:
        raise BadInput(f"{error.args[0]!r} is missing or unknown", where=str(path)) from error
    except BadTag as error:
        raise BadInput(str(error), where=str(path)) from error
    _refuse_twice(path, (part.component for part in style.parts), "part")
    for part in style.parts:
        _refuse_twice(path, (name for look in part.looks for name in look.variants), "variant")
    return style


def _part(table: Mapping[str, Any], palettes: Palettes) -> Part:
    """Return a part of a style."""
    return Part(
        component=table["name"],
        looks=tuple(_look(entry) for entry in table["looks"]),
        reads=tuple(table.get("reads", table["name"]).split()),
        chance=float(table.get("chance", 1)),
        unless=frozenset(_tags(table.get("unless", ""))),
        paint=_paint(table["paint"], palettes) if "paint" in table else None,
    )


def _look(table: Mapping[str, Any]) -> Appearance:
    """Return a look; without a weight, each of its variants is as likely as any other."""
    variants = tuple(table["variants"].split())
    return Appearance(
        tags=_tags(table.get("tags", "")),
        variants=variants,
        weight=float(table.get("weight", len(variants))),
        painted=table.get("painted", True),
    )


def _paint(table: Mapping[str, Any], palettes: Palettes) -> Paint:
    """Return a paint: a palette, or those of its colours that are named."""
    palette = palettes[table["palette"]]
    names = table.get("only", list(palette))
    return Paint(
        options=tuple(table["options"].split()),
        namespace=table.get("as", ""),
        shades={name: palette[name] for name in names},
    )


def _tags(text: str) -> tuple[str, ...]:
    """Return the tags in a text, which must be written as they are stored."""
    names = tuple(text.split())
    for name in names:
        if normalise(name) != name:
            raise BadTag(f"the tag {name!r} is not written as it is stored", hint=normalise(name))
    return names


def _refuse_twice(path: Path, names: Iterable[str], kind: str) -> None:
    """Refuse duplicate names: only one of them would count."""
    earlier: set[str] = set()
    for name in names:
        if name in earlier:
            raise BadInput(f"the {kind} {name!r} occurs twice", where=str(path))
        earlier.add(name)
