"""Which tags are true of a picture: read from the options that DiceBear actually used.

DiceBear silently accepts a variant that a style lacks, and draws nothing in its place. So only the
resolved options prove anything, not the requested ones.
"""

from __future__ import annotations

from collections.abc import Mapping

from smashpass.core.errors import NotPossible
from smashpass.core.tags.names import namespace_of
from smashpass.demo.recipe import Paint, Recipe, StyleRecipe


def tags_of(recipe: Recipe, style: StyleRecipe, resolved: Mapping[str, object]) -> tuple[str, ...]:
    """Return the tags of a picture from its resolved options.

    Raises:
        NotPossible: It holds a variant or a colour that the recipe has no words for.
    """
    tags = dict.fromkeys(style.tags)
    for paint in style.paints:
        tags |= dict.fromkeys(_colour(style, paint, resolved))
    for part in style.parts:
        for component in part.reads:
            variant = resolved.get(f"{component}Variant")
            if variant is None:
                continue
            look = part.look_of(str(variant))
            if look is None:
                raise _unknown(style, f"{component} {variant!r}")
            tags |= dict.fromkeys(look.tags)
            if part.paint is not None and look.painted:
                tags |= dict.fromkeys(_colour(style, part.paint, resolved))
    hidden = {space for tag in tags for space in recipe.hides.get(tag, ())}
    return tuple(tag for tag in tags if namespace_of(tag) not in hidden)


def _colour(style: StyleRecipe, paint: Paint, resolved: Mapping[str, object]) -> tuple[str, ...]:
    """Return the tag of a paint, if it has one."""
    option = f"{paint.options[0]}Color"
    stops = resolved.get(option)
    if not paint.namespace or stops is None:
        return ()
    assert isinstance(stops, list)
    name = paint.name_of(tuple(stops))
    if name is None:
        raise _unknown(style, f"{option} {' '.join(stops)}")
    return (f"{paint.namespace}:{name}",)


def _unknown(style: StyleRecipe, drawn: str) -> NotPossible:
    """Return the error for a drawing that does not match the recipe."""
    return NotPossible(
        f"DiceBear drew {drawn}, which the recipe does not know",
        where=f"{style.name}.toml",
        hint="install the version of dicebear-styles that the recipe was made for",
    )
