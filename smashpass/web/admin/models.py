"""The models on the overview: who is asked, what came of it, and how much is scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smashpass.core.library.index import Index
from smashpass.services.scoring import ports as reasons
from smashpass.services.scoring.ports import ProvidedScorer
from smashpass.web.scoring_metrics import ScoringFigures

_OK = "ok"
_WORDS = {
    _OK: "answered",
    reasons.TIMEOUT: "no answer in time",
    reasons.UNREACHABLE: "not reachable",
    reasons.BAD_ANSWER: "unusable answer",
    reasons.INCOMPATIBLE: "takes no pictures",
    reasons.BREAKER_OPEN: "paused after failures",
    reasons.BUSY: "too many questions at once",
    reasons.FAILED: "error in the scorer",
    reasons.NO_PICTURE: "image without a picture",
    reasons.NO_VALUE: "no value from the model",
    reasons.PENDING: "still being scored",
    reasons.OUT_OF_RANGE: "number out of range",
    "no_scorer": "no scorer fills it",
    "live": "live",
    "store": "stored",
}


@dataclass(frozen=True, slots=True)
class ScoredShare:
    """One attribute: whose scores are in use, and the percentage of images that is known."""

    attribute: str
    version: str
    percent: float


@dataclass(frozen=True, slots=True)
class ScorerRow:
    """One scorer, as the overview shows it.

    Attributes:
        name: Of the scorer, with that of its model.
        state: Whether it is asked, in words.
        is_left_alone: Whether some process leaves it alone after failures.
        answered: Calls that went well.
        failures: Calls that did not, in words → how many, the most frequent first.
        coverage: By attribute.
    """

    name: str
    state: str
    is_left_alone: bool
    answered: int
    failures: Mapping[str, int]
    coverage: tuple[ScoredShare, ...]


def scorer_row(provided: ProvidedScorer, figures: ScoringFigures, index: Index) -> ScorerRow:
    """Return what the overview shows of a scorer."""
    scorer = provided.scorer
    calls = figures.calls.get(scorer.name, {})
    is_left_alone = scorer.name in figures.open_breakers
    if is_left_alone:
        state = "paused after failures"
    else:
        state = "asked normally" if calls else "not asked since start"
    failures = {outcome: number for outcome, number in calls.items() if outcome != _OK}
    return ScorerRow(
        name=f"{scorer.name} {getattr(scorer, 'model', '')}".rstrip(),
        state=state,
        is_left_alone=is_left_alone,
        answered=calls.get(_OK, 0),
        failures=in_words(failures),
        coverage=tuple(
            ScoredShare(
                name,
                column.source.version,
                100 * index.live.intersection_cardinality(column.known) / max(1, len(index.live)),
            )
            for name, column in sorted(index.scores.items())
            if column.source.scorer == scorer.name
        ),
    )


def in_words(counts: Mapping[str, int]) -> dict[str, int]:
    """Return counts by outcome or reason under words for people, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {_WORDS.get(name, name.replace("_", " ")): number for name, number in ordered}
