"""Notices: reports about images, and the decisions on them.

Times are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Literal

HOUR = 3_600_000_000
TIME_TO_DECIDE = 48 * HOUR
"""From a notice, or an appeal, to the decision about it."""
CLAIM = HOUR // 2
"""How long a claim keeps others from deciding; it ends by itself if it is left behind."""

NoticeKind = Literal["illegal", "person", "minor", "rights", "other"]
NoticeState = Literal["open", "decided", "appealed", "closed"]
Outcome = Literal["keep", "hide", "takedown", "wrong"]

KINDS: Mapping[NoticeKind, str] = {
    "illegal": "against the law",
    "person": "shows a real person",
    "minor": "shows somebody who looks under age",
    "rights": "made or owned by somebody else",
    "other": "something else",
}
OUTCOMES: Mapping[Outcome, str] = {
    "keep": "the image stays as it is",
    "hide": "the image is not shown any more",
    "takedown": "the picture was removed for good, wherever it was shown",
    "wrong": "the picture was removed wrongly; its files are gone and cannot be brought back here",
}


@dataclass(frozen=True, slots=True)
class Statement:
    """The statement of reasons of a decision: the facts, and the law or rule applied."""

    facts: str
    ground: str


@dataclass(frozen=True, slots=True)
class NoticeDecision:
    """A decision on a notice. ``change`` is the log entry it made, if it made one."""

    outcome: Outcome
    statement: Statement
    by: str
    at: int
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One case.

    Attributes:
        id: The key of the case: that of its entry in the audit trail.
        token: The unguessable part of the public address of the case.
        image: The public id of the image.
        due_at: When the next decision is due; of decided cases when it was.
        claimed_by: The person working on it, "" for nobody.
        first: The decision, None as long as there is none.
        appeal: What whoever has the address said against it, "" for nothing.
        second: The decision about the appeal.
        reference: The number of the case for people, such as ``N-2026-0042``; never used again.
    """

    id: int
    token: str
    at: int
    image: str
    kind: NoticeKind
    text: str
    contact: str
    state: NoticeState
    due_at: int
    claimed_by: str = ""
    claimed_at: int = 0
    first: NoticeDecision | None = None
    appeal: str = ""
    appealed_at: int = 0
    second: NoticeDecision | None = None
    reference: str = ""

    @property
    def waiting(self) -> bool:
        """Whether a decision is due."""
        return self.state in ("open", "appealed")

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The possible decisions: after a takedown the picture is gone, whatever an appeal says."""
        if self.state == "open":
            return ("keep", "hide", "takedown")
        if self.state == "appealed" and self.first is not None:
            gone = self.first.outcome == "takedown"
            return ("takedown", "wrong") if gone else ("keep", "hide", "takedown")
        return ()

    @property
    def last(self) -> NoticeDecision | None:
        """The current decision."""
        return self.second or self.first

    def holder(self, now: int) -> str:
        """Return who works on it at ``now``, "" for nobody: claims expire."""
        return self.claimed_by if self.claimed_at > now - CLAIM else ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Outcomes of the notices of a year; ``median_hours`` from notice to decision, if any."""

    notices: int
    waiting: int
    median_hours: float | None
    kept: int
    hidden: int
    taken_down: int
    appeals: int
    changed_by_appeal: int


def figures(cases: Iterable[Notice]) -> Figures:
    """Count the outcomes of cases; the last decision of each counts."""
    notices = list(cases)
    decided = [notice for notice in notices if notice.first is not None and notice.last is not None]
    hours = [(notice.first.at - notice.at) / HOUR for notice in decided if notice.first is not None]
    outcomes = Counter(notice.last.outcome for notice in decided if notice.last is not None)
    appealed = [notice for notice in notices if notice.appealed_at]
    changed = [
        notice
        for notice in appealed
        if notice.first is not None
        and notice.second is not None
        and notice.first.outcome != notice.second.outcome
    ]
    return Figures(
        notices=len(notices),
        waiting=sum(notice.waiting for notice in notices),
        median_hours=round(median(hours), 1) if hours else None,
        kept=outcomes["keep"],
        hidden=outcomes["hide"],
        taken_down=outcomes["takedown"] + outcomes["wrong"],
        appeals=len(appealed),
        changed_by_appeal=len(changed),
    )


def year_of(at: int) -> int:
    """Return the year of a moment, in UTC."""
    return datetime.fromtimestamp(at // 1_000_000, UTC).year


def case_reference(year: int, number: int) -> str:
    """Return the reference of the case with a running number within its year."""
    return f"N-{year}-{number:04d}"


def clock(due_at: int, now: int) -> str:
    """Return how much time is left, in words; rounded so that it never promises too much."""
    left = due_at - now
    if left >= 0:
        return f"{_length(left)} left"
    return f"overdue by {_length(-left)}"


def _length(span: int) -> str:
    """Return a length of time in hours, below two hours in minutes, from four days on in days."""
    minutes = span // (HOUR // 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 96 else f"{hours // 24} days"
