"""May this model be put to use? Three conditions, each with what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.scorer.evaluation.bootstrap import Estimate

MOST_ECE = 0.03
WORST_SLICE = -0.02
"""The lowest difference in AUC to tags only, in any slice."""
WIDEST = 0.02
"""Half the width of a slice's interval up to which its figure alone decides.

An equally good model would then be below ``WORST_SLICE`` by chance in one slice of 40 at most.
"""


@dataclass(frozen=True, slots=True)
class Slice:
    """The test images with one tag.

    Attributes:
        tag: Its name.
        group: Its namespace, or an empty text.
        images: How many test images have it.
        swipes: How often these were swiped.
        model: AUC of the model on them; None where nobody smashed or nobody passed.
        tags_only: AUC of the baseline.
        difference: The first less the second, with its interval.
    """

    tag: str
    group: str
    images: int
    swipes: int
    model: float | None
    tags_only: float | None
    difference: Estimate

    @property
    def is_judged(self) -> bool:
        """Whether there are enough swipes to tell a bad slice from bad luck.

        There are if the interval is narrow, or if all of it is on one side of ``WORST_SLICE``.
        """
        low, high = self.difference.low, self.difference.high
        if low is None or high is None:
            return False
        return high - low <= 2 * WIDEST or low > WORST_SLICE or high < WORST_SLICE

    @property
    def is_worse(self) -> bool:
        """Whether the model is worse here than tags alone, by more than is allowed."""
        value = self.difference.value
        return self.is_judged and value is not None and value < WORST_SLICE


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One condition.

    Attributes:
        name: ``beats_tags``, ``calibrated`` or ``slices``.
        passed: Whether it holds.
        text: One sentence with the figures.
    """

    name: str
    passed: bool
    text: str


def judge(
    difference: Estimate, calibration_error: float, slices: Sequence[Slice]
) -> list[GateCheck]:
    """Return the three conditions; the model passes if all of them do.

    Args:
        difference: AUC of the model less that of tags only, on all test images.
        calibration_error: Of the calibrated scores.
        slices: All slices that are large enough to be looked at.
    """
    return [
        _beats_tags(difference),
        GateCheck(
            "calibrated",
            calibration_error <= MOST_ECE,
            f"The calibration error is {calibration_error:.3f}; at most {MOST_ECE} is allowed.",
        ),
        _slices(slices),
    ]


def _beats_tags(difference: Estimate) -> GateCheck:
    if difference.value is None or difference.low is None or difference.high is None:
        return GateCheck("beats_tags", False, "There are too few swipes to compare AUCs.")
    return GateCheck(
        "beats_tags",
        difference.low > 0,
        f"The AUC is {difference.value:+.3f} from that of tags only, 95 % interval "
        f"{difference.low:+.3f} to {difference.high:+.3f}; all of it must be above 0.",
    )


def _slices(slices: Sequence[Slice]) -> GateCheck:
    judged = sum(part.is_judged for part in slices)
    scope = f"{judged} of {len(slices)} tags have enough swipes to be judged"
    worse = [f"{part.tag} ({part.difference.value:+.3f})" for part in slices if part.is_worse]
    if not worse:
        text = f"No tag's images have an AUC worse than tags only by {-WORST_SLICE}; {scope}."
        return GateCheck("slices", True, text)
    text = f"AUC worse than tags only by more than {-WORST_SLICE} for: {', '.join(worse)}; {scope}."
    return GateCheck("slices", False, text)
