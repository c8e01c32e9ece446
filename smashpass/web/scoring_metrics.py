"""What Prometheus and the overview show of asking scorers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from smashpass.services.scoring.measures import ScoringMeasures


@dataclass(frozen=True, slots=True)
class ScoringFigures:
    """Counts since the start of the server, of all its processes.

    Attributes:
        calls: By scorer, then by outcome (``ok``, or why a call failed).
        scores: Decisions that rest on a score, by where it came from: ``store`` or ``live``.
        fallbacks: Decisions that had to do without a score, by reason.
        seconds: By scorer, how long all its calls took together, failed ones included.
        images: By scorer, how many images its calls were about.
        unsaved: Pictures whose scores could not be stored.
        open_breakers: Scorers that some process leaves alone at present.
    """

    calls: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    scores: Mapping[str, int] = field(default_factory=dict)
    fallbacks: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    images: Mapping[str, int] = field(default_factory=dict)
    unsaved: int = 0
    open_breakers: tuple[str, ...] = ()


class ScoringMetrics(ScoringMeasures):
    """Counts what this process asks of scorers, and what it decides with their scores."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add the metrics to a registry."""
        self._calls = Counter(
            "smashpass_scorer_calls", "Calls of scorers", ["scorer", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "smashpass_scorer_call_seconds",
            "Duration of calls of scorers, failed ones included",
            ["scorer"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0),
            registry=registry,
        )
        self._batch = Histogram(
            "smashpass_scorer_batch_images",
            "Images in a call",
            ["scorer"],
            buckets=(1, 2, 4, 8, 16, 32),
            registry=registry,
        )
        self._scores = Counter(
            "smashpass_scores",
            "Decisions that rest on a score, by where it came from",
            ["source"],
            registry=registry,
        )
        self._fallbacks = Counter(
            "smashpass_score_fallbacks",
            "Decisions without a score that the tree asks for, by reason",
            ["reason"],
            registry=registry,
        )
        self._unsaved = Counter(
            "smashpass_scores_unsaved",
            "Pictures whose scores could not be stored",
            registry=registry,
        )
        self._breaker = Gauge(
            "smashpass_scorer_breaker_open",
            "1 while a scorer is left alone after failures",
            ["scorer"],
            registry=registry,
            multiprocess_mode="livemax",
        )

    def call(self, scorer: str, outcome: str, seconds: float, images: int) -> None:
        """Count one call."""
        self._calls.labels(scorer, outcome).inc()
        self._seconds.labels(scorer).observe(seconds)
        self._batch.labels(scorer).observe(images)

    def score_used(self, source: str) -> None:
        """Count a decision that rests on a score."""
        self._scores.labels(source).inc()

    def fallback(self, reason: str) -> None:
        """Count a decision without a score that its tree asks for."""
        self._fallbacks.labels(reason).inc()

    def unsaved(self, pictures: int) -> None:
        """Count pictures whose scores could not be stored."""
        self._unsaved.inc(pictures)

    def breaker(self, scorer: str, *, is_open: bool) -> None:
        """Show whether a scorer is left alone."""
        self._breaker.labels(scorer).set(float(is_open))


def scoring_figures(registry: CollectorRegistry) -> ScoringFigures:
    """Return the counts in a registry, which may be that of all processes."""
    calls: dict[str, dict[str, int]] = {}
    scores: dict[str, int] = {}
    fallbacks: dict[str, int] = {}
    seconds: dict[str, float] = {}
    images: dict[str, int] = {}
    unsaved = 0
    open_breakers: set[str] = set()
    for family in registry.collect():
        for sample in family.samples:
            labels, value = sample.labels, int(sample.value)
            match sample.name:
                case "smashpass_scorer_calls_total":
                    outcomes = calls.setdefault(labels["scorer"], {})
                    outcomes[labels["outcome"]] = outcomes.get(labels["outcome"], 0) + value
                case "smashpass_scores_total":
                    scores[labels["source"]] = scores.get(labels["source"], 0) + value
                case "smashpass_score_fallbacks_total":
                    fallbacks[labels["reason"]] = fallbacks.get(labels["reason"], 0) + value
                case "smashpass_scorer_call_seconds_sum":
                    scorer = labels["scorer"]
                    seconds[scorer] = seconds.get(scorer, 0.0) + sample.value
                case "smashpass_scorer_batch_images_sum":
                    images[labels["scorer"]] = images.get(labels["scorer"], 0) + value
                case "smashpass_scores_unsaved_total":
                    unsaved += value
                case "smashpass_scorer_breaker_open" if value:
                    open_breakers.add(labels["scorer"])
    return ScoringFigures(
        calls, scores, fallbacks, seconds, images, unsaved, tuple(sorted(open_breakers))
    )
