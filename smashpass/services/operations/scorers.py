"""The scorers of an installation: where they come from, how they fare, and how far they are."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from smashpass.core.errors import NotPossible
from smashpass.core.explore.vectors import EXACT_UP_TO
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.operations import AuditTrail, JobQueue
from smashpass.services.scoring import job
from smashpass.services.scoring.ports import (
    InstalledPlugin,
    ProvidedScorer,
    Scorer,
    ScorerHealth,
)
from smashpass.services.scoring.service import ScoreService, ScoreStatus

HEALTH_S = 2.0
"""Seconds that a scorer has to say how it fares."""

_GRACE_S = 0.5
"""Seconds more, for one that looks up a name or has been started just now."""

ENOUGH_PERCENT = 99.0
"""Share of the pictures below which an operator is told to fill."""

NO_MODEL = "no model is configured"
IN_MEMORY = "looks at tags, so its scores are kept in memory only"
_FILL = "run: smashpass scores fill"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found, and whether an operator should look at it."""

    text: str
    is_warning: bool = False


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
        scores: Callable[[], ScoreService],
        jobs: JobQueue,
        trail: AuditTrail,
        require_library: Callable[[], None],
    ) -> None:
        """Create the service.

        Args:
            provided: Returns the scorers of this installation.
            installed: Returns all installed plugins.
            enabled: The names of those that the operator wants.
            scores: Returns what fills the store of scores.
            jobs: The queue of the job process.
            trail: The audit trail.
            require_library: Raises NotPossible if there is no database yet.
        """
        self._provided, self._installed, self._enabled = provided, installed, enabled
        self._scores, self._require_library = scores, require_library
        self._jobs, self._trail = jobs, trail

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

    def configured(self) -> Sequence[ProvidedScorer]:
        """Return the scorers of this installation; asks none of them anything."""
        return self._provided()

    def request_fill(self, *, by: str, origin: str) -> int:
        """Let the job process ask the scorers about all that has no score; return the job.

        Raises:
            NotPossible: No scorer is configured.
            Conflict: Such a job has not ended yet.
        """
        return job.request(self._scores(), self._jobs, self._trail, by=by, origin=origin)

    def not_enabled(self) -> list[InstalledPlugin]:
        """Return the plugins that are installed and not named in the settings."""
        return [plugin for plugin in self._installed() if plugin.name not in self._enabled]

    def _in_use(self) -> dict[str, ScoresInUse]:
        """Return the scores in use, by scorer; none where there is no library yet."""
        try:
            self._require_library()
        except NotPossible:
            return {}
        status = self._scores().status()
        return {
            version.stored.source.scorer: ScoresInUse(
                version.stored.source, version.left, status.pictured
            )
            for version in status.versions
            if version.stored.serving
        }

    def check_scorers(self) -> CheckResult:
        """Ask the scorers how they are; one that does not answer is worth a warning.

        Raises:
            BadSetting: The address of the model server or the list of plugins is wrong.
            NotPossible: A plugin cannot be used.
        """
        scorers = [provided.scorer for provided in self._provided()]
        if not scorers:
            return CheckResult(NO_MODEL)
        healths = health_of(scorers)
        texts = [
            f"{_label(scorer)}: {health_text(health)}"
            for scorer, health in zip(scorers, healths, strict=True)
        ]
        is_worrying = any(health is not None and health.problem for health in healths)
        if is_worrying:
            texts.append("until that is mended, rules decide without what is missing")
        return CheckResult("; ".join(texts), is_worrying)

    def check_scores(self) -> CheckResult:
        """Say how far the scores are; warns of what an operator should look at.

        Raises:
            BadSetting: The address of the model server or the list of plugins is wrong.
            NotPossible: A plugin cannot be used.
            DatabaseUnavailable: The database does not answer.
        """
        provided = self._provided()
        if not provided:
            return CheckResult(NO_MODEL)
        status = self._scores().status()
        findings = [_coverage(one.scorer, status) for one in provided]
        if status.generation != (status.file_generation or 0):
            text = (
                f"the columns are of generation {status.file_generation or 0:,}, the scores of "
                f"{status.generation:,}; is the job process running?"
            )
            findings.append(CheckResult(text, is_warning=True))
        most = max((one.stored.embeddings for one in status.versions), default=0)
        if text := missing_for_embeddings(most):
            findings.append(CheckResult(text, is_warning=True))
        is_worrying = any(finding.is_warning for finding in findings)
        return CheckResult("; ".join(finding.text for finding in findings), is_worrying)


def missing_for_embeddings(count: int) -> str:
    """Return what is not installed and would be of use for embeddings; "" if nothing."""
    hint = "pip install 'smashpass[similar]'"
    if count and find_spec("numpy") is None:
        return f"{count:,} embeddings are not used, as numpy is not installed; {hint}"
    if count > EXACT_UP_TO and find_spec("faiss") is None:
        return f"all {count:,} embeddings are compared, as faiss is not installed; {hint}"
    return ""


def health_text(health: ScorerHealth | None) -> str:
    """Describe in one line how a scorer fares."""
    if health is None:
        return "no health check"
    if not health.reachable:
        return f"not reachable: {health.problem}"
    parts = ["reachable"]
    if health.server:
        parts.append(f"{health.server} {health.server_version}".rstrip())
        parts.append("pictures as binary" if health.binary else "pictures as JSON")
    if health.versions:
        parts.append(f"model versions {' and '.join(health.versions)}")
    if health.fills:
        parts.append(f"fills {' and '.join(health.fills)}")
    text = ", ".join(parts)
    return f"{text}, but {health.problem}" if health.problem else text


def looks_at_tags(scorer: Scorer) -> bool:
    """Tell whether a scorer declares that it looks at tags; its scores are not kept."""
    return "tags" in (getattr(scorer, "needs", None) or ())


def _coverage(scorer: Scorer, status: ScoreStatus) -> CheckResult:
    """Say how far the scores of one scorer are, and whether a newer version waits."""
    if looks_at_tags(scorer):
        return CheckResult(f"{_label(scorer)}: {IN_MEMORY}")
    versions = [one for one in status.versions if one.stored.source.scorer == scorer.name]
    serving = next((one for one in versions if one.stored.serving), None)
    if serving is None:
        return CheckResult(f"{_label(scorer)}: no scores yet; {_FILL}", is_warning=True)
    percent = status.coverage(serving)
    text = f"{_source_text(serving.stored.source)}: {percent:.1f} % of {status.pictured:,} pictures"
    waiting = [one for one in versions if one.stored.first_at > serving.stored.first_at]
    for one in waiting:
        text += f", {_source_text(one.stored.source)} waits at {status.coverage(one):.1f} %"
    is_behind = percent < ENOUGH_PERCENT or bool(waiting)
    return CheckResult(f"{text}; {_FILL}" if is_behind else text, is_behind)


def _label(scorer: Scorer) -> str:
    return f"{scorer.name} {getattr(scorer, 'model', '')}".rstrip()


def _source_text(source: ModelVersion) -> str:
    return " ".join(part for part in (source.scorer, source.model, source.version) if part)


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
