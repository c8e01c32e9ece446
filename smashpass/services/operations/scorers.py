"""The scorers of an installation: where they come from, how they fare, and how far they are."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smashpass.core.errors import NotPossible
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ScoreStore
from smashpass.services.scoring.ports import (
    InstalledPlugin,
    ProvidedScorer,
    Scorer,
    ScorerHealth,
)

HEALTH_S = 2.0
"""Seconds that a scorer has to say how it fares."""

_GRACE_S = 0.5
"""Seconds more, for one that looks up a name or has been started just now."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ScoresInUse:
    """The scores of one scorer that decide at present.

    Attributes:
        source: Which model version gave them.
        left: Servable images with a picture that it has not scored.
        pictured: Servable images with a picture.
    """

    source: ModelVersion
    left: int
    pictured: int

    @property
    def percent(self) -> float:
        """The share of the images that is scored; 100 if there are no images."""
        return 100.0 * (1 - self.left / self.pictured) if self.pictured else 100.0


@dataclass(frozen=True, slots=True)
class ScorerReport:
    """What an operator may know of a scorer.

    Attributes:
        provided: The scorer and its plugin.
        health: How it fares; None if it has no health check.
        in_use: Its scores that decide at present; None if there are none.
    """

    provided: ProvidedScorer
    health: ScorerHealth | None
    in_use: ScoresInUse | None

    @property
    def name(self) -> str:
        """What decisions call it."""
        return self.provided.scorer.name

    @property
    def model(self) -> str:
        """The model that it asks; "" if it names none."""
        return str(getattr(self.provided.scorer, "model", ""))

    @property
    def version(self) -> str:
        """Of what it says of itself, else of the scores in use; "" if neither is known."""
        in_use = self.in_use.source.version if self.in_use is not None else ""
        return self.provided.scorer.version or in_use

    @property
    def attributes(self) -> tuple[str, ...] | None:
        """The attributes it fills; None for all that no other scorer fills."""
        attributes = self.provided.scorer.attributes
        return None if attributes is None else tuple(sorted(attributes))

    @property
    def needs(self) -> tuple[str, ...] | None:
        """What it looks at; None if it does not say."""
        needs = getattr(self.provided.scorer, "needs", None)
        return None if needs is None else tuple(needs)


class ScorerService:
    """Says which scorers there are and how they fare; asks them about no picture."""

    def __init__(
        self,
        *,
        provided: Callable[[], Sequence[ProvidedScorer]],
        installed: Callable[[], Sequence[InstalledPlugin]],
        enabled: Sequence[str],
        store: Callable[[], ScoreStore],
        require_library: Callable[[], None],
    ) -> None:
        """Create the service.

        Args:
            provided: Returns the scorers of this installation.
            installed: Returns all installed plugins.
            enabled: The names of those that the operator wants.
            store: Returns where scores are kept.
            require_library: Raises NotPossible if there is no database yet.
        """
        self._provided, self._installed, self._enabled = provided, installed, enabled
        self._store, self._require_library = store, require_library

    def reports(self) -> list[ScorerReport]:
        """Return what is known of each scorer, after about two seconds at the latest.

        Raises:
            BadSetting: The address of the model server or the list of plugins is wrong.
            NotPossible: A plugin cannot be used.
            DatabaseUnavailable: The database does not answer.
        """
        provided = self._provided()
        if not provided:
            return []
        healths = health_of([one.scorer for one in provided])
        in_use = self._in_use()
        return [
            ScorerReport(one, health, in_use.get(one.scorer.name))
            for one, health in zip(provided, healths, strict=True)
        ]

    def not_enabled(self) -> list[InstalledPlugin]:
        """Return the plugins that are installed and not named in the settings."""
        return [plugin for plugin in self._installed() if plugin.name not in self._enabled]

    def _in_use(self) -> dict[str, ScoresInUse]:
        """Return the scores in use, by scorer; none where there is no library yet."""
        try:
            self._require_library()
        except NotPossible:
            return {}
        store = self._store()
        pictured = store.count_pictured()
        return {
            stored.source.scorer: ScoresInUse(
                stored.source, store.count_unscored(stored.source), pictured
            )
            for stored in store.versions()
            if stored.serving
        }


def health_of(scorers: Sequence[Scorer], seconds: float = HEALTH_S) -> list[ScorerHealth | None]:
    """Ask scorers at the same time how they fare; None for those without a health check.

    Args:
        scorers: The scorers.
        seconds: What each has; one that takes longer is reported as not reachable.
    """
    answers: list[list[ScorerHealth]] = [[] for _ in scorers]
    threads: list[threading.Thread | None] = []
    for scorer, answer in zip(scorers, answers, strict=True):
        thread = None
        if callable(getattr(scorer, "health", None)):
            thread = threading.Thread(
                target=_ask_health, args=(scorer, seconds, answer), daemon=True
            )
            thread.start()
        threads.append(thread)
    until = time.monotonic() + seconds + _GRACE_S
    healths: list[ScorerHealth | None] = []
    for thread, answer in zip(threads, answers, strict=True):
        if thread is None:
            healths.append(None)
            continue
        thread.join(max(0.0, until - time.monotonic()))
        late = ScorerHealth(False, f"it did not say how it fares within {seconds:g} s")
        healths.append(answer[0] if answer else late)
    return healths


def _ask_health(scorer: Scorer, seconds: float, answer: list[ScorerHealth]) -> None:
    """Ask one scorer, on a thread of its own; whatever it does, there is an answer."""
    try:
        health = getattr(scorer, "health")(seconds)  # noqa: B009 - scorers may have none
    except Exception as error:  # a stranger's code
        _log.exception("the health check of scorer %s failed", scorer.name)
        summary = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        answer.append(ScorerHealth(False, f"its health check failed: {summary}"))
        return
    if isinstance(health, ScorerHealth):
        answer.append(health)
    else:
        answer.append(ScorerHealth(False, "its health check returns no ScorerHealth"))
