"""The scorers' numbers for the images of a deck, and the decisions that rest on them.

A scorer is asked only about images whose path reaches one of its numbers, about all of them at
once, and all asking together has one deadline. What is not there by then is missing, and the
tree's ``on_missing`` decides.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from smashpass.core.library.facts import Facts
from smashpass.core.pictures.picture import Picture
from smashpass.core.rules.attributes import fits, has_type, is_number, is_plugin, of_scorer
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import NO_SCORER, decide
from smashpass.core.values import Value
from smashpass.services.scoring.client import GuardedScorer, PendingScore
from smashpass.services.scoring.ports import (
    BAD_ANSWER,
    NO_PICTURE,
    NO_VALUE,
    OUT_OF_RANGE,
    Item,
    PictureBytes,
    Scorer,
    Values,
)

MIME = "image/webp"


@dataclass(frozen=True, slots=True)
class ImageToScore:
    """An image to be decided.

    Attributes:
        image: Its public id; "" for a made-up one.
        facts: What the tree may read. Scorers' numbers that it gives, as recorded ones do, are
            taken as they are, and nobody is asked for them.
        picture: Its picture, None if it has none.
    """

    image: str
    facts: Facts
    picture: Picture | None = None


@dataclass(slots=True)
class Scores:
    """The scorers' numbers for one image, in the form that ``decide`` takes.

    Attributes:
        values: Attribute → number, truth value or text.
        models: Attribute → who gave it: ``name``, ``version``, ``score``, ``ms``.
        fallbacks: Attribute → why there is no value.
    """

    values: dict[str, Value] = field(default_factory=dict)
    models: dict[str, Mapping[str, object]] = field(default_factory=dict)
    fallbacks: dict[str, str] = field(default_factory=dict)

    def applied(self, facts: Facts) -> Facts:
        """Return ``facts`` with these numbers, where they do not give one themselves."""
        beyond, values = facts.value, self.values

        def value(name: str) -> Value | None:
            own_value = beyond(name)
            return values.get(name) if own_value is None else own_value

        return replace(facts, value=value)


class Scoring:
    """Asks the scorers of this process. Made before a fork or after it: it starts no thread."""

    def __init__(
        self, scorers: Sequence[Scorer], pictures: PictureBytes, *, deadline_s: float
    ) -> None:
        """Create the service; a deck waits ``deadline_s`` for all scorers together."""
        self.scorers = [GuardedScorer(scorer) for scorer in scorers]
        self._pictures = pictures
        self._deadline_s = deadline_s

    def decisions(
        self,
        compiled: CompiledTree,
        images: Sequence[ImageToScore],
        *,
        revision: str,
        viewer: str,
        explain: bool = False,
    ) -> list[Decision]:
        """Decide images, with what the scorers say of them where the tree asks for it.

        Waits at most the deadline, and not at all for a tree that asks for no scorer's number.
        Never fails because of a scorer.
        """
        scores = self.collect(compiled, images)
        return decide_images(
            compiled, images, scores, revision=revision, viewer=viewer, explain=explain
        )

    def collect(self, compiled: CompiledTree, images: Sequence[ImageToScore]) -> list[Scores]:
        """Return the numbers that the paths of ``images`` read, each image's in its place.

        Numbers decide where a path goes on, so it may reach another scorer's only after the
        first one has answered: as many rounds as there are scorers, within one deadline.
        """
        scores = [Scores() for _ in images]
        if not compiled.asks_plugins:
            return scores
        until = time.monotonic() + self._deadline_s
        asked_scorers: list[set[int]] = [set() for _ in images]
        open_ones = list(range(len(images)))
        while open_ones:
            rounds: dict[int, list[int]] = {}
            for place in open_ones:
                number = self._next(
                    compiled, images[place].facts, scores[place], asked_scorers[place]
                )
                if number is not None:
                    asked_scorers[place].add(number)
                    rounds.setdefault(number, []).append(place)
            self._ask(compiled, rounds, images, scores, until)
            open_ones = [place for places in rounds.values() for place in places]
        return scores

    def _next(
        self, compiled: CompiledTree, facts: Facts, scores: Scores, asked_scorers: set[int]
    ) -> int | None:
        """Return the number of the scorer that has to be asked next about an image.

        None once the path reads only what is known or known to be missing.
        """
        _, read = compiled.reached(scores.applied(facts))
        for name in read:
            if not is_plugin(name) or name in scores.values or name in scores.fallbacks:
                continue
            if facts.value(name) is not None:
                continue
            number = self._scorer_for(name)
            if number is None:
                scores.fallbacks[name] = NO_SCORER
            elif number in asked_scorers:
                scores.fallbacks[name] = NO_VALUE
            else:
                return number
        return None

    def _scorer_for(self, name: str) -> int | None:
        """Return the number of the scorer for an attribute: one that names it, else any."""
        anything = None
        if not is_plugin(name):
            return None
        for number, scorer in enumerate(self.scorers):
            if scorer.attributes is None:
                anything = number
            elif name in scorer.attributes:
                return number
        return anything

    def _ask(
        self,
        compiled: CompiledTree,
        rounds: Mapping[int, Sequence[int]],
        images: Sequence[ImageToScore],
        scores: Sequence[Scores],
        until: float,
    ) -> None:
        """Fill in what scorers (by number) say of images (by place); all scorers at once."""
        calls: list[tuple[int, PendingScore, list[int]]] = []
        for number, places in rounds.items():
            scorer = self.scorers[number]
            unknown: list[tuple[int, Item]] = []
            for place in places:
                item = self._item(compiled, images[place])
                values = scorer.cached(item)
                if values is None:
                    unknown.append((place, item))
                else:
                    self._fill(compiled, scores[place], values, number, scorer.version, 0.0)
            if unknown:
                call = scorer.ask([item for _, item in unknown], until)
                calls.append((number, call, [place for place, _ in unknown]))
        for number, call, places in calls:
            values_of, reason = self.scorers[number].wait(call)
            for place, item, item_values in zip(places, call.items, values_of, strict=True):
                if item_values is not None:
                    self._fill(compiled, scores[place], item_values, number, call.version, call.ms)
                    continue
                why = reason or (NO_VALUE if item.sha256 else NO_PICTURE)
                scores[place].fallbacks.update(
                    (name, why) for name in compiled.attributes if self._scorer_for(name) == number
                )

    def _fill(
        self,
        compiled: CompiledTree,
        scores: Scores,
        values: Values,
        number: int,
        version: str,
        ms: float,
    ) -> None:
        """Add what one scorer said of one image, as far as it is the one to say it.

        A value that does not fit the tree's declaration is missing.
        """
        for name, value in values.items():
            if self._scorer_for(name) != number:
                continue
            attribute = of_scorer(name, compiled.tree.attributes)
            if value is None or not fits(value, attribute):
                of_type = value is not None and has_type(value, attribute)
                scores.fallbacks[name] = OUT_OF_RANGE if of_type else BAD_ANSWER
            else:
                scores.values[name] = float(value) if is_number(value) else value
                scores.models[name] = {
                    "name": self.scorers[number].name,
                    "version": version,
                    "score": value,
                    "ms": round(ms, 1),
                }

    def _item(self, compiled: CompiledTree, image: ImageToScore) -> Item:
        """Return an image as scorers see it."""
        names = compiled.lowered.vocabulary.names
        tags = tuple(sorted(names[tag] for tag in image.facts.tags))
        if image.picture is None:
            return Item(image.image, "", "", tags, bytes)
        sha256, pictures = image.picture.sha256, self._pictures
        return Item(image.image, sha256, MIME, tags, lambda: pictures(sha256))


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
