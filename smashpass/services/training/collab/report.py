"""What a training of collaborative filtering found, and whether the model is good enough."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

FORMAT = "smashpass-collab/1"
LEAST_EARLIER = 10
"""Swipes that a viewer must have for anything to be said of their taste."""
LEAST_VIEWERS = 30
"""Viewers with later swipes of both kinds, below which nothing is concluded."""


@dataclass(frozen=True, slots=True)
class Lead:
    """By how much collaborative filtering is better than something simpler.

    Attributes:
        value: Difference of the mean AUC within viewers.
        low: Lower end of the interval that holds 95 % of its values, viewers drawn anew.
        high: Upper end.
    """

    value: float
    low: float
    high: float

    @property
    def is_certain(self) -> bool:
        """Whether the whole interval is above 0."""
        return self.low > 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well later swipes were foreseen from earlier ones.

    Attributes:
        viewers: Viewers with later swipes of both kinds.
        swipes: Later swipes of these.
        auc: Predictor (``collab``, ``popularity``, ``tags``) → mean AUC within viewers.
        over_popularity: Lead of ``collab``.
        over_tags: Lead of ``collab``.
    """

    viewers: int
    swipes: int
    auc: dict[str, float]
    over_popularity: Lead
    over_tags: Lead


@dataclass(frozen=True, slots=True)
class CollabReport:
    """What the last training found.

    Attributes:
        at: When it was, in microseconds since 1970.
        viewers: Viewers that were learnt from.
        images: Images with swipes.
        swipes: Swipes of these.
        width: Numbers in a vector; 0 where nothing was trained.
        seconds: How long it took.
        evaluation: The test on later swipes; None where there were too few of them.
        is_forced: Whether it is in use in spite of the test.
        version: Of the model in use; "" if it stays off.
    """

    at: int
    viewers: int
    images: int
    swipes: int
    width: int = 0
    seconds: float = 0.0
    evaluation: Evaluation | None = None
    is_forced: bool = False
    version: str = ""

    @property
    def is_good_enough(self) -> bool:
        """Whether it beats popularity and tags, both intervals being above 0."""
        test = self.evaluation
        return test is not None and test.over_popularity.is_certain and test.over_tags.is_certain

    def as_text(self) -> str:
        """Describe the result in one line for an operator."""
        test = self.evaluation
        if test is None:
            return (
                "off: too few swipes to tell whether it would be of use "
                f"({self.swipes:,} swipes of {self.viewers:,} viewers)"
            )
        figures = ", ".join(f"{name} {value:.3f}" for name, value in test.auc.items())
        measured = f"AUC within {test.viewers:,} viewers: {figures}"
        if self.is_good_enough:
            state = f"in use: version {self.version}"
        else:
            short = " and ".join(
                _shortfall(name, lead)
                for name, lead in (("popularity", test.over_popularity), ("tags", test.over_tags))
                if not lead.is_certain
            )
            state = f"in use by force: version {self.version}" if self.version else "off"
            state += f", as it {short}"
        return f"{state}; {measured}"

    def as_json(self) -> dict[str, object]:
        """Return all of it for a program."""
        state = {"in_use": bool(self.version), "is_good_enough": self.is_good_enough}
        return {"format": FORMAT, **asdict(self), **state, "text": self.as_text()}


def read_report(document: Any) -> CollabReport:
    """Return a report that ``as_json`` wrote.

    Raises:
        KeyError: Something is missing.
        TypeError: Something is of another type.
        ValueError: It has another format.
    """
    if document["format"] != FORMAT:
        raise ValueError(f"the format is {document['format']!r}, not {FORMAT!r}")
    values = {name: document[name] for name in CollabReport.__dataclass_fields__}
    if (test := values["evaluation"]) is not None:
        leads = {name: Lead(**test[name]) for name in ("over_popularity", "over_tags")}
        values["evaluation"] = Evaluation(**{**test, **leads})
    return CollabReport(**values)


def _shortfall(name: str, lead: Lead) -> str:
    interval = f"95 % interval {lead.low:+.3f} to {lead.high:+.3f}"
    if lead.value < 0:
        return f"lost to {name} by {-lead.value:.3f} ({interval})"
    return f"did not clearly beat {name}: {lead.value:+.3f} ({interval})"
