"""The models on the overview: who is asked, what came of it, and how much is scored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _

from smashpass.core.library.index import Index
from smashpass.services.scoring import ports as reasons
from smashpass.services.scoring.ports import ProvidedScorer
from smashpass.web.scoring_metrics import ScoringFigures

_OK = "ok"
_WORDS = {
    _OK: lazy_gettext("answered"),
    reasons.TIMEOUT: lazy_gettext("no answer in time"),
    reasons.UNREACHABLE: lazy_gettext("not reachable"),
    reasons.BAD_ANSWER: lazy_gettext("unusable answer"),
    reasons.INCOMPATIBLE: lazy_gettext("takes no pictures"),
    reasons.BREAKER_OPEN: lazy_gettext("paused after failures"),
    reasons.BUSY: lazy_gettext("too many questions at once"),
    reasons.FAILED: lazy_gettext("error in the scorer"),
    reasons.NO_PICTURE: lazy_gettext("image without a picture"),
    reasons.NO_VALUE: lazy_gettext("no value from the model"),
    reasons.PENDING: lazy_gettext("still being scored"),
    reasons.OUT_OF_RANGE: lazy_gettext("number out of range"),
    "no_scorer": lazy_gettext("no scorer fills it"),
    "live": lazy_gettext("live"),
    "store": lazy_gettext("stored"),
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
        failures: Why calls did not, with how many, the most frequent first.
        cost: What its calls cost: time, and images asked about; "" before the first.
        coverage: By attribute.
    """

    name: str
    state: str
    is_left_alone: bool
    answered: int
    failures: str
    cost: str
    coverage: tuple[ScoredShare, ...]


def scorer_row(provided: ProvidedScorer, figures: ScoringFigures, index: Index) -> ScorerRow:
    """Return what the overview shows of a scorer."""
    scorer = provided.scorer
    calls = figures.calls.get(scorer.name, {})
    is_left_alone = scorer.name in figures.open_breakers
    if is_left_alone:
        state = _("paused after failures")
    else:
        state = _("asked normally") if calls else _("not asked since start")
    failures = {outcome: number for outcome, number in calls.items() if outcome != _OK}
    return ScorerRow(
        name=f"{scorer.name} {getattr(scorer, 'model', '')}".rstrip(),
        state=state,
        is_left_alone=is_left_alone,
        answered=calls.get(_OK, 0),
        failures=in_words(failures),
        cost=_cost(figures.seconds.get(scorer.name, 0.0), figures.images.get(scorer.name, 0)),
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


def _cost(seconds: float, images: int) -> str:
    """Say how long the calls of a scorer took, for how many images."""
    if not images:
        return ""
    return str(
        _(
            "%(seconds)s s for %(images)s images, %(each)s ms an image",
            seconds=format_decimal(round(seconds, 1)),
            images=format_decimal(images),
            each=format_decimal(round(1_000 * seconds / images, 1)),
        )
    )


def in_words(counts: Mapping[str, int]) -> str:
    """Return counts by outcome or reason as a text for people, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(
        f"{_WORDS.get(name, name.replace('_', ' '))} {format_decimal(number)}"
        for name, number in ordered
    ) or _("none")
