"""The document of ``/transparency``: how decisions are made at present, and what is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

from smashpass.clock import Clock
from smashpass.core.errors import DatabaseUnavailable, NotPossible
from smashpass.core.operations.notice import HOUR, figures
from smashpass.core.pictures.source_types import describe_source_type
from smashpass.core.rules.tree import DEFAULT_LABEL
from smashpass.services.ports.operations import NoticeStore
from smashpass.services.ports.rules import RevisionStore
from smashpass.services.privacy.retention import RetentionRule
from smashpass.services.privacy.transparency import (
    ORDER,
    changes,
    describe_tree,
    for_minors,
    history_used,
    kept,
    models,
)
from smashpass.services.rules.book import RuleBook
from smashpass.services.rules.live import LiveRules
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.scoring.collect import Scoring
from smashpass.services.scoring.ports import Item
from smashpass.services.tagging.screening import under_age_terms

_YEAR = 365 * 24 * HOUR


@dataclass(frozen=True, slots=True)
class DisclosedSettings:
    """The settings that are told to everybody.

    Attributes:
        operator: Who runs this, if they say so.
        contact: How to reach them.
        age_gate: Whether viewers are asked for their age.
        deny_tags: Tags that are not shown here.
        added_terms: Under-age terms beyond those that come with the program.
        decision_log_percent: Share of the decisions that are logged.
        scorer_deadline_ms: How long models are waited for.
        scorer_wait: Whether they are waited for.
        minor_daily_minutes: Daily limit of those under age who set none.
    """

    operator: str | None
    contact: str | None
    age_gate: str | None
    deny_tags: Sequence[str]
    added_terms: Sequence[str]
    decision_log_percent: int
    scorer_deadline_ms: int
    scorer_wait: str
    minor_daily_minutes: int


class TransparencyService:
    """Tells how decisions are made, from what runs."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        rules: LiveRules,
        scoring: Callable[[], Scoring],
        notices: NoticeStore,
        revisions: RevisionStore,
        source_types: Callable[[int], Mapping[str, int]],
        stored: Sequence[tuple[str, bool]],
        retention: Callable[[], Sequence[RetentionRule]],
        settings: DisclosedSettings,
        clock: Clock,
    ) -> None:
        """Keep what is told about.

        Args:
            library: The index of this process.
            rules: The rules that decide.
            scoring: Returns the scorers; they are loaded when first asked for.
            notices: What people reported.
            revisions: The published rules.
            source_types: Counts images by how they came to be, at a library version.
            stored: What the tables keep about viewers, and whether it measures a body.
            retention: Returns what is kept, and how long.
            settings: What is told of the settings.
            clock: Gives microseconds since 1970.
        """
        self._library = library
        self._rules = rules
        self._scoring = scoring
        self._notices = notices
        self._revisions = revisions
        self._source_types = source_types
        self._stored = stored
        self._retention = retention
        self._settings = settings
        self._clock = clock

    def document(self) -> dict[str, object]:
        """Return the document; members are null where the database is unavailable."""
        try:
            book = self._rules.book
        except NotPossible:
            book = None
        index, canary, settings = self._library.index, self._rules.canary, self._settings
        stored = [what for what, _ in self._stored]
        logged = settings.decision_log_percent
        log = [f"{logged} % of the decisions made for you"] if logged else []
        biometric = [what for what, measures_body in self._stored if measures_body]
        return {
            "decides": "decision trees written by people, published with a reason and kept "
            "permanently",
            "revision": None if book is None else book.revision,
            "canary": None
            if canary is None
            else {"revision": canary.book.revision, "percent": canary.percent},
            "trees": [] if book is None else self._trees(book),
            "models": models(self._scoring().scorers, index),
            "collab": self._scoring().collab_version or None,
            "library": {
                "images": len(index.live),
                "version": index.version,
                "licences": dict(index.facet_values("licence")),
                "sources": dict(index.facet_values("source")),
            },
            "kept_about_you": "; ".join([*stored, *log]),
            "stored": stored,
            "biometrics": "; ".join(biometric) or "none",
            "models_are_shown": [*Item.SHOWN],
            "operator": {"name": settings.operator, "contact": settings.contact},
            "order": ORDER,
            "deny_tags": [*settings.deny_tags],
            "under_age_terms": {
                "shipped": len(under_age_terms()),
                "added": [*settings.added_terms],
            },
            "history": None if book is None else history_used(book, self._attributes(book)),
            "source_types": self._images_by_source_type(index.version),
            "retention": kept(self._retention()),
            "settings": {
                "age_gate": settings.age_gate,
                "decision_log_percent": settings.decision_log_percent,
                "scorer_deadline_ms": settings.scorer_deadline_ms,
                "scorer_wait": settings.scorer_wait,
            },
            "minors": for_minors(settings.minor_daily_minutes),
            "changes": self._changes(),
            "notices": self._notice_figures(),
        }

    def _trees(self, book: RuleBook) -> list[dict[str, object]]:
        vocabulary = self._library.index.vocabulary
        return [
            {
                "id": tree.id,
                "title": tree.title,
                "description": tree.description,
                "labels": list(tree.labels),
                "default": DEFAULT_LABEL in tree.labels,
                "asks_a_model": book.compiled(tree, vocabulary).asks_plugins,
                "words": describe_tree(tree),
            }
            for tree in book.trees.values()
        ]

    def _attributes(self, book: RuleBook) -> dict[str, tuple[str, ...]]:
        """Return the attributes that each tree reads."""
        vocabulary = self._library.index.vocabulary
        return {
            tree.id: tuple(book.compiled(tree, vocabulary).attributes)
            for tree in book.trees.values()
        }

    def _images_by_source_type(self, version: int) -> list[dict[str, object]] | None:
        try:
            counts = self._source_types(version)
        except DatabaseUnavailable:
            return None
        return [
            {"type": name, "said": describe_source_type(name), "images": images}
            for name, images in counts.items()
        ]

    def _changes(self) -> list[dict[str, object]] | None:
        try:
            return list(changes(self._revisions.list()))
        except DatabaseUnavailable:
            return None

    def _notice_figures(self) -> dict[str, object] | None:
        try:
            cases = self._notices.since(self._clock() - _YEAR)
        except DatabaseUnavailable:
            return None
        return {"months": 12, **asdict(figures(cases))}
