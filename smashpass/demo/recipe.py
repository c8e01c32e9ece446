"""The recipe of the demo library as values: its styles, and the mapping to tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smashpass.core.library.credit import Credit
from smashpass.core.tags.names import namespace_of


@dataclass(frozen=True, slots=True)
class Appearance:
    """Variants of a part that are called the same.

    Attributes:
        tags: What a picture with one of them is tagged with.
        variants: Their names in the style.
        weight: How often one of them is drawn, against the other looks of the part.
        painted: Whether the paint of the part is seen on it: a bald head shows no hair colour.
    """

    tags: tuple[str, ...]
    variants: tuple[str, ...]
    weight: float
    painted: bool = True


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour that is drawn from a palette.

    Attributes:
        options: The colours of the style that get it, the first of which is read back.
        namespace: The namespace of its tag; "" for a colour that is not tagged.
        shades: Name of a colour → its shades; a shade of two stops is a gradient.
    """

    options: tuple[str, ...]
    namespace: str
    shades: Mapping[str, tuple[tuple[str, ...], ...]]

    def name_of(self, stops: tuple[str, ...]) -> str | None:
        """Return the name of a shade, None if it is none of this paint."""
        return next((name for name, shades in self.shades.items() if stops in shades), None)


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a style, such as its hair.

    Attributes:
        reads: Where the drawn variants are read back; several where a style draws the component
            more than once. DiceBear then chooses each.
        chance: How often it is drawn at all, from 0 to 1.
        unless: It is never drawn on a picture that has one of these tags.
    """

    component: str
    looks: tuple[Appearance, ...]
    reads: tuple[str, ...]
    chance: float = 1.0
    unless: frozenset[str] = frozenset()
    paint: Paint | None = None

    def look_of(self, variant: str) -> Appearance | None:
        """Return the look that a variant belongs to, None if the recipe has no such variant."""
        return next((look for look in self.looks if variant in look.variants), None)


@dataclass(frozen=True, slots=True)
class StyleRecipe:
    """How pictures of one style are made and described.

    Attributes:
        name: The style as DiceBear calls it.
        noun: The subject of a picture, with which its label begins.
        medium: What an image generator is asked for instead of the style, such as ``Pixel art``.
        weight: How often the style is drawn, against the other styles.
        tags: What all its pictures are tagged with.
        fixed: Options that are the same in all its pictures.
        paints: Colours that belong to no part.
        parts: In the order in which they are drawn; what ``unless`` names comes before.
    """

    name: str
    noun: str
    medium: str
    weight: float
    tags: tuple[str, ...]
    credit: Credit
    fixed: Mapping[str, object]
    paints: tuple[Paint, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """How tags are put into words.

    Attributes:
        before: Namespaces whose value stands before the noun.
        having: What comes after "with": namespaces, joined by ``+`` where their values stand
            together, → a phrase with ``{}`` for the values.
        then: The same for what comes after that, between commas.
        words: Single tags whose words are not made from their name.
    """

    before: tuple[str, ...]
    having: Mapping[str, str]
    then: Mapping[str, str]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recipe:
    """All styles, and what they share.

    Attributes:
        styles: Each style of picture.
        hides: Tag → the namespaces of which nothing is seen beside it.
        categories: Namespace, or tag without one → its category.
        wording: How tags are put into words.
    """

    styles: tuple[StyleRecipe, ...]
    hides: Mapping[str, tuple[str, ...]]
    categories: Mapping[str, str]
    wording: Wording
    _by_name: dict[str, StyleRecipe] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Remember the styles by name."""
        object.__setattr__(self, "_by_name", {style.name: style for style in self.styles})

    def style(self, name: str) -> StyleRecipe:
        """Return one style."""
        return self._by_name[name]

    def category_of(self, tag: str) -> str:
        """Return the category of a tag, "" for one that the recipe does not draw."""
        return self.categories.get(namespace_of(tag) or tag, "")
