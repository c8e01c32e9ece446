"""The scores that decisions need: kept ones at once, others asked for in the background.

A scorer is asked only about images whose path reaches one of its numbers. A deck waits for what is
not known at most until its deadline, and not at all where no answer can be expected by then. What
is not there is missing, and the tree's ``on_missing`` decides.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.library.score_column import ScoreColumn
from smashpass.core.rules.attributes import is_plugin, of_scorer
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import NO_SCORER
from smashpass.services.ports.scoring import ScoreStore
from smashpass.services.scoring.cache import KnownScore
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.collector import (
    CALL_S,
    WAITING_DECKS,
    QueuedImage,
    ScoreCollector,
)
from smashpass.services.scoring.items import item_of
from smashpass.services.scoring.measures import ScoringMeasures
from smashpass.services.scoring.planner import Planner
from smashpass.services.scoring.ports import NO_HISTORY, NO_PICTURE, NO_VALUE, Item, PictureBytes
from smashpass.services.scoring.scores import ImageToScore, Origin, Scores, decide_images
from smashpass.services.training.collab.dealing import (
    COLLAB,
    NO_COLLAB,
    CollabScores,
    SwipeHistory,
)

NO_COLUMNS: Mapping[str, ScoreColumn] = {}


class Scoring:
    """The scores of this process. Made before a fork or after it: it starts no thread.

    Attributes:
        scorers: Whom it asks.
    """

    def __init__(
        self,
        scorers: Sequence[GuardedScorer],
        pictures: PictureBytes,
        *,
        deadline_s: float,
        store: ScoreStore | None = None,
        wait: bool = True,
        call_s: float = CALL_S,
        collab: CollabScores = NO_COLLAB,
    ) -> None:
        """Create the service.

        Args:
            scorers: Whom to ask.
            pictures: Reads the files of pictures.
            deadline_s: Seconds that a deck waits for all scorers together.
            store: Keeps scores for good; None keeps them in memory only.
            wait: Whether decks wait at all.
            call_s: Seconds after which a call is given up.
            collab: Gives ``plugin.collab``; no scorer does while it has a model.
        """
        self.scorers = list(scorers)
        self._collectors = [
            ScoreCollector(
                scorer,
                store,
                lambda name, number=number: self._scorer_for(name) == number,  # type: ignore[misc]
                call_s=call_s,
            )
            for number, scorer in enumerate(self.scorers)
        ]
        self._pictures = pictures
        self._collab = collab
        self._deadline_s = deadline_s if wait else 0.0
        self._waiting = threading.BoundedSemaphore(WAITING_DECKS)
        self._planner = Planner()
        self._measures = ScoringMeasures()

    @property
    def collab_version(self) -> str:
        """The version of the model of collaborative filtering in use; "" without one."""
        factors = self._collab.factors
        return "" if factors is None else factors.version

    def listen(self, measures: ScoringMeasures) -> None:
        """Tell ``measures`` of calls and of decisions from now on."""
        self._measures = measures
        for collector in self._collectors:
            collector.listen(measures)

    def decisions(
        self,
        compiled: CompiledTree,
        images: Sequence[ImageToScore],
        *,
        revision: str,
        viewer: str,
        columns: Mapping[str, ScoreColumn] = NO_COLUMNS,
        wait: bool = True,
        history: SwipeHistory | None = None,
    ) -> list[Decision]:
        """Decide images, with what the scorers say of them where the tree asks for it.

        Never fails because of a scorer.
        """
        scores = self.collect(compiled, images, columns, wait=wait, history=history)
        return decide_images(compiled, images, scores, revision=revision, viewer=viewer)

    def collect(
        self,
        compiled: CompiledTree,
        images: Sequence[ImageToScore],
        columns: Mapping[str, ScoreColumn] = NO_COLUMNS,
        *,
        wait: bool = True,
        history: SwipeHistory | None = None,
    ) -> list[Scores]:
        """Return the numbers that the paths of ``images`` read, each image's in its place.

        Numbers decide where a path goes on, so it may reach another scorer's only after the
        first one has answered: as many rounds as there are scorers, within one deadline.

        Args:
            compiled: The tree; one that asks for no scorer's number costs nothing.
            images: The images.
            columns: The scores of the library version that the images are from.
            wait: Whether the caller has the time to wait; if not, what is unknown is missing.
            history: What the viewer swiped; None without one who has suggestions.
        """
        scores = [Scores() for _ in images]
        if not compiled.asks_plugins:
            return scores
        self._take_collab(compiled, images, scores, history)
        for image, image_scores in zip(images, scores, strict=True):
            _take_kept(compiled, image, image_scores, columns)
        until = time.monotonic() + (self._deadline_s if wait else 0.0)
        asked_scorers: list[set[int]] = [set() for _ in images]
        open_places: Iterable[int] = range(len(images))
        while rounds := self._round(compiled, images, scores, asked_scorers, open_places):
            self._ask(compiled, rounds, images, scores, until)
            open_places = [place for places in rounds.values() for place in places]
        return scores

    def ask_ahead(
        self,
        compiled: CompiledTree,
        index: Index,
        images: Callable[[], Sequence[ImageToScore]],
    ) -> None:
        """Have the scores of images asked for that a viewer will meet soon; returns at once.

        Args:
            compiled: The tree that will decide them.
            index: The library version they are from.
            images: Finds them; called by a thread in the background, if at all.
        """
        if any(
            self._scorer_for(name) is not None and not _is_full(name, index)
            for name in compiled.plugins
        ):
            self._planner.add(lambda: self._queue_soon(compiled, images(), index.scores))

    def probe(self) -> None:
        """Have all scorers looked at in the background; the log says early what is wrong."""
        for scorer in self.scorers:
            self._planner.add(scorer.probe)

    def count(self, decisions: Iterable[Decision]) -> None:
        """Note how decisions that somebody gets to see came about."""
        for decision in decisions:
            if decision.engine == "rules-fallback":
                self._measures.fallback(str(decision.fallback))
            elif decision.engine == "model" and decision.model is not None:
                self._measures.score_used(str(decision.model["source"]))

    def item(self, compiled: CompiledTree, image: ImageToScore) -> Item:
        """Return an image as scorers see it."""
        sha256 = image.picture.sha256 if image.picture is not None else ""
        names = compiled.lowered.vocabulary.names
        return item_of(image.image, sha256, image.facts.tags, names, self._pictures)

    def _take_collab(
        self,
        compiled: CompiledTree,
        images: Sequence[ImageToScore],
        scores: Sequence[Scores],
        history: SwipeHistory | None,
    ) -> None:
        """Add what collaborative filtering says of images for a viewer, if it is in use."""
        factors = self._collab.factors if COLLAB in compiled.plugins else None
        if factors is None:
            return
        started = time.perf_counter()
        viewer = self._collab.viewer(factors, history)
        if viewer is None:
            for image, image_scores in zip(images, scores, strict=True):
                if COLLAB not in image.recorded:
                    image_scores.fallbacks[COLLAB] = NO_HISTORY
            return
        values = factors.scores(viewer, [image.ordinal or Ordinal(0) for image in images])
        ms = (time.perf_counter() - started) * 1_000
        source = ModelVersion("collab", "", factors.version, "")
        attribute = of_scorer(COLLAB, compiled.tree.attributes)
        for image, image_scores, value in zip(images, scores, values, strict=True):
            if COLLAB in image.recorded:
                continue
            if value is None:
                image_scores.fallbacks[COLLAB] = NO_VALUE
            else:
                image_scores.take(attribute, value, source, "live", ms)

    def _queue_soon(
        self,
        compiled: CompiledTree,
        images: Sequence[ImageToScore],
        columns: Mapping[str, ScoreColumn],
    ) -> None:
        """Queue what the paths of images read first and nobody in this process knows."""
        scores = [Scores() for _ in images]
        for image, image_scores in zip(images, scores, strict=True):
            _take_kept(compiled, image, image_scores, columns)
        asked_scorers: list[set[int]] = [set() for _ in images]
        rounds = self._round(compiled, images, scores, asked_scorers, range(len(images)))
        for number, places in rounds.items():
            collector = self._collectors[number]
            items = [self.item(compiled, images[place]) for place in places]
            unknown = [item for item in items if item.sha256 and collector.known(item) is None]
            if unknown:
                collector.ask(unknown, now=False)

    def _round(
        self,
        compiled: CompiledTree,
        images: Sequence[ImageToScore],
        scores: Sequence[Scores],
        asked_scorers: Sequence[set[int]],
        places: Iterable[int],
    ) -> dict[int, list[int]]:
        """Return the scorers (by number) to be asked next, each with the places of its images."""
        rounds: dict[int, list[int]] = {}
        for place in places:
            number = self._next(compiled, images[place], scores[place], asked_scorers[place])
            if number is not None:
                asked_scorers[place].add(number)
                rounds.setdefault(number, []).append(place)
        return rounds

    def _next(
        self, compiled: CompiledTree, image: ImageToScore, scores: Scores, asked_scorers: set[int]
    ) -> int | None:
        """Return the number of the scorer that has to be asked next about an image.

        None once the path reads only what is known or known to be missing.
        """
        if all(name in scores.values or name in scores.fallbacks for name in compiled.plugins):
            return None
        _, read = compiled.reached(scores.applied(image.facts))
        for name in read:
            if not is_plugin(name) or name in scores.values or name in scores.fallbacks:
                continue
            if image.facts.value(name) is not None:
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
        if not is_plugin(name) or (name == COLLAB and self._collab.factors is not None):
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
        asked: list[tuple[int, list[int], list[QueuedImage]]] = []
        for number, places in rounds.items():
            collector = self._collectors[number]
            unknown_places: list[int] = []
            items: list[Item] = []
            for place in places:
                item = self.item(compiled, images[place])
                score = collector.known(item)
                if score is None:
                    unknown_places.append(place)
                    items.append(item)
                else:
                    self._fill(compiled, scores[place], score, number, "store")
            if items:
                asked.append((number, unknown_places, collector.ask(items, now=True)))
        for number, places, queued in asked:
            late = self._collectors[number].wait(
                queued, until, self._waiting, at_most_s=self._deadline_s
            )
            for place, image in zip(places, queued, strict=True):
                if image.done.is_set() and image.score is not None:
                    origin: Origin = "live" if image.is_live else "store"
                    self._fill(compiled, scores[place], image.score, number, origin, image.ms)
                    continue
                reason = (image.reason if image.done.is_set() else late) or NO_VALUE
                scores[place].fallbacks.update(
                    (name, reason) for name in compiled.plugins if self._scorer_for(name) == number
                )

    def _fill(
        self,
        compiled: CompiledTree,
        scores: Scores,
        score: KnownScore,
        number: int,
        origin: Origin,
        ms: float = 0.0,
    ) -> None:
        """Add what one scorer said of one image, as far as it is the one to say it."""
        for name, value in score.values.items():
            if self._scorer_for(name) == number:
                scores.take(
                    of_scorer(name, compiled.tree.attributes), value, score.source, origin, ms
                )


def _take_kept(
    compiled: CompiledTree,
    image: ImageToScore,
    scores: Scores,
    columns: Mapping[str, ScoreColumn],
) -> None:
    """Add the scores of the library version, where no other number is recorded."""
    ordinal = image.ordinal
    if ordinal is None:
        return
    for name in compiled.plugins:
        column = columns.get(name)
        if column is None or name in image.recorded or ordinal not in column.known:
            continue
        if name in scores.values or name in scores.fallbacks:
            continue
        value = column.value(ordinal)
        if value is None:
            scores.fallbacks[name] = NO_PICTURE if image.picture is None else NO_VALUE
        else:
            scores.take(of_scorer(name, compiled.tree.attributes), value, column.source, "store")


def _is_full(name: str, index: Index) -> bool:
    """Whether the scores of all images that may be served are known."""
    column = index.scores.get(name)
    return column is not None and index.live <= column.known
