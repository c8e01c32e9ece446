"""From the tags of a recipe to the prompt for an image generator.

A prompt is text and nothing else: no picture is ever sent, so no face can be put onto another. It
names nobody, and says of each person that they are invented and grown up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from smashpass.core.errors import BadInput
from smashpass.core.library.credit import Depicts
from smashpass.core.protection.under_age import UnderAgeTerms
from smashpass.demo.drawing import Artist
from smashpass.demo.labels import label_of
from smashpass.demo.recipe import Recipe, StyleRecipe, Wording
from smashpass.demo.seeded import Seeded

_SEEDS = 2**31
_PLAIN = "Plain picture, no text, no logo, no watermark."
_FIXED = {
    "adult": "One person, who is invented, resembles nobody real, is clearly a grown adult of "
    f"about 30, and fully dressed. {_PLAIN}",
    "creature": f"No people. {_PLAIN}",
    "object": f"No people. {_PLAIN}",
}
"""What a picture depicts → the words at the end of its prompt."""


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """What a generator is asked for.

    Attributes:
        number: Of the picture, from 0.
        name: Unique in the folder.
        prompt: The whole text.
        seed: For the generator, from 0 to 2³¹ - 1.
        tags: What the prompt asks for. Nobody has verified that the picture shows it.
        label: The same as a sentence.
    """

    number: int
    name: str
    prompt: str
    seed: int
    tags: tuple[str, ...]
    label: str
    depicts: Depicts


class PromptWriter:
    """Writes the prompts of a recipe."""

    def __init__(self, artist: Artist, terms: UnderAgeTerms) -> None:
        """Keep what is needed.

        Raises:
            BadInput: The recipe has a word that says, or may say, that somebody is under age.
        """
        for text, style in _texts(artist.recipe):
            _refuse_under_age(terms, text, f"{style.name}.toml")
        self._artist = artist
        self._terms = terms
        wording = artist.recipe.wording
        background = {"background": "on a plain {} background"}
        self._wording: Wording = replace(wording, then={**wording.then, **background})

    def order(self, seed: int, number: int) -> PictureOrder:
        """Return the order for picture ``number`` of a seed. Cost: a few milliseconds.

        Raises:
            BadInput: Its prompt says, or may say, that somebody is under age.
        """
        drawing = self._artist.draw(seed, number)
        style = drawing.style
        depicts = style.credit.depicts
        noun = "fictional adult" if depicts == "adult" else style.noun
        subject = label_of(self._wording, noun, drawing.tags)
        subject = subject[0].lower() + subject[1:]
        article = "an" if subject[0] in "aeiou" else "a"
        prompt = f"{style.medium} of {article} {subject}. {_FIXED[depicts]}"
        name = f"{style.name}-{seed}-{number:06}"
        for text in (prompt, *drawing.tags):
            _refuse_under_age(self._terms, text, name)
        image_seed = int(Seeded(f"{seed}/{number}").number("generator") * _SEEDS)
        return PictureOrder(number, name, prompt, image_seed, drawing.tags, drawing.label, depicts)


def _texts(recipe: Recipe) -> Iterator[tuple[str, StyleRecipe]]:
    """Yield the words from which prompts are made."""
    for style in recipe.styles:
        yield style.noun, style
        yield style.medium, style
        for tag in (*style.tags, *(tag for part in style.parts for look in part.looks
                                   for tag in look.tags)):  # fmt: skip
            yield tag, style
            yield recipe.wording.words.get(tag, ""), style


def _refuse_under_age(terms: UnderAgeTerms, text: str, where: str) -> None:
    """Refuse a text with a term of under age, even one that has another meaning too."""
    if terms.severity_of_text(text):
        raise BadInput(
            f"{text[:80]!a} may say that somebody under age is shown",
            where=where,
            hint="no such picture is asked for; take the word out of the recipe",
        )
