"""The attributes that every tree may read without declaring them."""

from __future__ import annotations

from collections.abc import Mapping

from smashpass.core.rules.tree import Attribute

BUILT_IN: Mapping[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("image.width", "integer", 1),
        Attribute("image.height", "integer", 1),
        Attribute("image.tag_count", "integer", 0),
        Attribute("image.smash_rate", "number", 0, 1),
        Attribute("image.swipes", "integer", 0),
        Attribute("image.age_days", "number", 0),
        Attribute("viewer.swipes", "integer", 0),
        Attribute("viewer.smash_rate", "number", 0, 1),
        Attribute("viewer.taste", "number", 0, 1),
        Attribute("query.terms", "integer", 0),
        Attribute("query.matched", "integer", 0),
    )
}


def is_image(attribute: str) -> bool:
    """Whether an attribute is a number of the library."""
    return attribute.startswith("image.")


def is_plugin(attribute: str) -> bool:
    """Whether an attribute is a scorer's number."""
    return attribute.startswith("plugin.")
