"""Deciding for every door alike: single images, what was decided before, and how people agree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from orjson import dumps

from smashpass.core.errors import RulesInvalid
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.pictures.picture import Picture
from smashpass.core.rules.decision import Decision
from smashpass.core.values import Value
from smashpass.services.decisions.batch import Count, DecidedImage
from smashpass.services.decisions.counts import DecisionCounts, count_decisions
from smashpass.services.decisions.recorder import Recorder
from smashpass.services.decisions.replay import ReplayedDecision, replay
from smashpass.services.ports.library import ChangeLog
from smashpass.services.rules.book import RuleBook, decide_tags
from smashpass.services.rules.live import LiveRules
from smashpass.services.rules.publish import Publisher
from smashpass.services.rules.sets import LoadTexts
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.scoring.collect import Scoring
from smashpass.services.scoring.measures import ScoringMeasures
from smashpass.services.scoring.scores import ImageToScore, decide_images
from smashpass.services.training.collab.dealing import SwipeHistory
from smashpass.services.vocabulary.history import PastVocabularies

_BOOKS = 8
"""Revisions that a replay keeps read."""

Replayer = Callable[[Iterable[str]], Iterator[ReplayedDecision]]
"""Decides the records of one log file again; BadInput for a line that is none."""


class DecisionService:
    """Decides images by the active rules, and answers what was decided before."""

    def __init__(
        self,
        *,
        rules: LiveRules,
        library: LiveLibrary,
        scoring: Callable[[], Scoring],
        picture_of: Callable[[Index, Ordinal], Picture | None],
        recorder: Callable[[], Recorder],
        publisher: Publisher,
        load: LoadTexts,
        changes: ChangeLog,
        last_figures: Callable[[], dict[str, Any] | None],
        newest_records: Callable[[], Iterable[bytes]],
    ) -> None:
        """Keep what decides and what was recorded.

        Args:
            rules: The rules that this process decides by.
            library: The images.
            scoring: Returns what asks the scorers; plugins are loaded with the first decision.
            picture_of: Returns the picture of an image.
            recorder: Returns what takes notes of decisions.
            publisher: Finds the revisions that replays decide by.
            load: Reads rule files.
            changes: The change log, for the tags as they were.
            last_figures: Returns the figures of the nightly job.
            newest_records: Reads the end of the decision log.
        """
        self._rules = rules
        self._library = library
        self._scoring = scoring
        self._picture_of = picture_of
        self._recorder = recorder
        self._publisher = publisher
        self._load = load
        self._changes = changes
        self._last_figures = last_figures
        self._newest_records = newest_records

    def count_with(self, count: Count) -> None:
        """Let somebody watch how many decisions are logged, dropped, compared and different."""
        self._recorder().count = count

    def listen_to_scoring(self, measures: ScoringMeasures) -> None:
        """Let somebody watch what is asked of scorers, and what came of it."""
        self._scoring().listen(measures)

    def probe_scorers(self) -> None:
        """Have the scorers looked at in the background; the log says what is wrong with one."""
        self._scoring().probe()

    def decide(
        self,
        ordinal: Ordinal,
        image: str,
        values: Mapping[str, Value],
        *,
        tree: str | None = None,
        viewer: str = "",
        explain: bool = False,
        record: bool = False,
        history: SwipeHistory | None = None,
    ) -> Decision:
        """Decide one image of the library.

        Args:
            ordinal: Which image.
            image: Its public id; part of what a lottery is drawn from.
            values: Attributes that are not the library's.
            tree: Id of the tree; None takes the one labelled ``default``.
            viewer: Name of the viewer, who may be among those that a canary decides for.
            explain: Whether path and flips are wanted.
            record: Whether the decision is noted for the log and the canary's counts.
            history: What the viewer swiped; None without one who has suggestions.

        Raises:
            NoDefaultTree: No tree is named, and none is labelled so.
            NotPossible: No rules are published.
            UnknownTree: There is no such tree.
        """
        index = self._library.index
        book = self._rules.book_of(viewer, tree)
        deciding_tree = book.find(tree)
        compiled = book.compiled(deciding_tree, index.vocabulary)
        picture = self._picture_of(index, ordinal) if compiled.asks_plugins else None
        subjects = [ImageToScore(image, index.facts(ordinal, values), picture, ordinal, values)]
        scoring = self._scoring()
        scores = scoring.collect(compiled, subjects, index.scores, history=history)
        (decision,) = decide_images(
            compiled, subjects, scores, revision=book.revision, viewer=viewer, explain=explain
        )
        scoring.count([decision])
        if record and (recorder := self._recorder()).enabled:
            numbers = scores[0] if compiled.asks_plugins else None
            written = dumps(decision.as_json())
            decided_images = [DecidedImage(ordinal, image, written, numbers)]
            recorder.note(index, book, deciding_tree.id, viewer, values, decided_images)
        return decision

    def decide_tags(
        self,
        tags: Collection[str],
        values: Mapping[str, Value],
        *,
        tree: str | None = None,
        viewer: str = "",
        explain: bool = False,
    ) -> Decision:
        """Decide an image that need not exist, as :func:`decide_tags`; otherwise as :meth:`decide`.

        Raises:
            BadTag: A text is not a valid tag name.
        """
        return decide_tags(
            self._rules.book_of(viewer, tree),
            self._library.index.vocabulary,
            tags,
            values,
            tree=tree,
            viewer=viewer,
            explain=explain,
        )

    def counts(self, revision: str) -> DecisionCounts:
        """Count how the newest recorded decisions of a revision ended."""
        return count_decisions(self._newest_records(), revision)

    def figures(self) -> dict[str, Any] | None:
        """Return the figures of people beside rules as of the last night; None before the first."""
        return self._last_figures()

    def replayer(self) -> Replayer:
        """Return what decides log files again, each record by the rules and tags of its time."""
        index = self._library.index
        vocabularies = PastVocabularies(self._changes, index.vocabulary, index.version)

        @lru_cache(maxsize=_BOOKS)
        def book_of(sha256: str) -> RuleBook:
            revision = self._publisher.find(sha256)
            rules = self._load(revision.files)
            if rules.errors:
                raise RulesInvalid(rules.problems)
            return RuleBook.of(revision.sha256, rules.trees, revision.number)

        return lambda lines: replay(lines, book_of, vocabularies.at)
