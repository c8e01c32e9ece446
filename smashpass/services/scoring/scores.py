"""The scores of images that are to be decided, and the decisions that rest on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from smashpass.core.imageset import Ordinal
from smashpass.core.library.facts import Facts
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.pictures.picture import Picture
from smashpass.core.rules.attributes import fits, has_type, is_number
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.rules.tree import Attribute
from smashpass.core.values import Value
from smashpass.services.scoring.ports import BAD_ANSWER, OUT_OF_RANGE

Origin = Literal["store", "live"]
"""Whether a score was kept from before, or asked for when the decision was made."""


@dataclass(frozen=True, slots=True)
class ImageToScore:
    """An image to be decided.

    Attributes:
        image: Its public id; "" for a made-up one.
        facts: What the tree may read. Scorers' numbers that it gives, as recorded ones do, are
            taken as they are, and nobody is asked for them.
        picture: Its picture, None if it has none.
        ordinal: Its place in the library; None for a made-up one.
        recorded: The attributes that go before the scores that are kept.
    """

    image: str
    facts: Facts
    picture: Picture | None = None
    ordinal: Ordinal | None = None
    recorded: Collection[str] = ()


@dataclass(slots=True)
class Scores:
    """The scorers' numbers for one image, in the form that ``decide`` takes.

    Attributes:
        values: Attribute → number, truth value or text.
        models: Attribute → who gave it: ``name``, ``version``, ``score``, ``ms``, ``source``
            and, where the scorer names one, ``model``.
        fallbacks: Attribute → why there is no value.
    """

    values: dict[str, Value] = field(default_factory=dict)
    models: dict[str, Mapping[str, object]] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)

    def take(
        self,
        attribute: Attribute,
        value: Value | None,
        version: ModelVersion,
        origin: Origin,
        ms: float = 0.0,
    ) -> None:
        """Add what a scorer said; a value that does not fit the declaration is missing.

        Args:
            attribute: As the tree declares it.
            value: What was said; None for something that cannot be read.
            version: What said so.
            origin: Whether it had been kept.
            ms: How long it took.
        """
        name = attribute.name
        if value is None or not fits(value, attribute):
            of_type = value is not None and has_type(value, attribute)
            self.fallbacks[name] = OUT_OF_RANGE if of_type else BAD_ANSWER
        else:
            self.values[name] = float(value) if is_number(value) else value
            model = {"name": version.scorer, "version": version.version}
            if version.model:
                model["model"] = version.model
            self.models[name] = {**model, "score": value, "ms": round(ms, 1), "source": origin}

    def applied(self, facts: Facts) -> Facts:
        """Return ``facts`` with these numbers, and without those that are no use."""
        beyond, values, fallbacks = facts.value, self.values, self.fallbacks

        def value(name: str) -> Value | None:
            if name in values:
                return values[name]
            return None if name in fallbacks else beyond(name)

        return replace(facts, value=value)


def decide_images(
    compiled: CompiledTree,
    images: Sequence[ImageToScore],
    scores: Sequence[Scores],
    *,
    revision: str,
    viewer: str,
    explain: bool = False,
) -> list[Decision]:
    """Decide images with numbers that were collected."""
    return [
        decide(
            compiled,
            image_scores.applied(image.facts) if compiled.asks_plugins else image.facts,
            revision=revision,
            viewer=viewer,
            image=image.image,
            explain=explain,
            models=image_scores.models,
            fallbacks=image_scores.fallbacks,
        )
        for image, image_scores in zip(images, scores, strict=True)
    ]
