"""What else the database keeps, as plain values: runs, revisions, jobs, viewers, swipes, audit.

Times (``at``, ``…_at``) are microseconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.pace import NO_PACE, Limits, Pace, limits_of
from smashpass.core.rules.tree import Verdict

RunState = Literal["running", "done", "failed", "interrupted"]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Run:
    """One import. ``position`` is where reading goes on; ``refused`` includes ``quarantined``."""

    id: int
    source: str
    options: Mapping[str, Any]
    state: RunState
    position: int
    added: int
    changed: int
    unchanged: int
    refused: int
    quarantined: int
    started_at: int
    ended_at: int | None = None
    error: str = ""

    @property
    def read(self) -> int:
        """Rows read so far: each was added, changed, unchanged or refused."""
        return self.added + self.changed + self.unchanged + self.refused


@dataclass(frozen=True, slots=True)
class Revision:
    """A published set of trees. ``files`` maps path to text, and is empty in lists."""

    number: int
    sha256: str
    by: str
    reason: str
    at: int
    active: bool
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Slots:
    """Which revisions decide, by number, 0 for none; the canary for ``percent`` of viewers."""

    active: int
    canary: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Decisions that the active revision and a canary both made.

    Attributes:
        compared: How many.
        to_smash: Those that the canary turns to smash.
        to_pass: Those that it turns to pass.
        moved: Those with the same verdict from another leaf.
        unsure: Those that say nothing: drawn ones, and such as lack a scorer's number.
        sample: Some that differ: ``image``, ``tree``, ``before`` and ``after``.
    """

    compared: int = 0
    to_smash: int = 0
    to_pass: int = 0
    moved: int = 0
    unsure: int = 0
    sample: tuple[Mapping[str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The counts as the command line and the admin API give them."""
        return {
            "compared": self.compared,
            "flips": {"to_smash": self.to_smash, "to_pass": self.to_pass},
            "moved": self.moved,
            "unsure": self.unsure,
            "sample": [dict(each) for each in self.sample],
        }


@dataclass(frozen=True, slots=True)
class Canary:
    """A revision beside the active one, for ``percent`` of viewers; 0: it only counts."""

    number: int
    sha256: str
    percent: int
    by: str
    reason: str
    at: int
    counts: Compared

    def as_json(self) -> dict[str, object]:
        """The canary as the command line and the admin API give it."""
        return {
            "revision": self.sha256,
            "percent": self.percent,
            "by": self.by,
            "reason": self.reason,
            **self.counts.as_json(),
        }


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the job process. ``change`` is the log entry it made, if it made one."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    state: JobState
    done: int = 0
    total: int = 0
    attempts: int = 0
    holder: str = ""
    lease_until: int = 0
    change: int | None = None
    error: str = ""
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One security-relevant act: who did what to what, from where; chained by ``sha256``."""

    id: int
    at: int
    actor: str
    action: str
    target: str
    detail: Mapping[str, Any]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who swipes. ``id`` is internal; ``name`` is the opaque text that the outside knows.

    Attributes:
        reminder: Whether they asked for breaks, None if they said nothing.
        daily_minutes: The limit of a day that they set, None without one.
        minor_minutes: That of viewers under 18 who set none.
    """

    id: int
    name: str
    age_band: str
    created_at: int
    reminder: bool | None = None
    daily_minutes: int | None = None
    minor_minutes: int | None = None

    @property
    def limits(self) -> Limits:
        """What holds for them."""
        return limits_of(self.age_band, self.reminder, self.daily_minutes, self.minor_minutes)


@dataclass(frozen=True, slots=True)
class Swipe:
    """One swipe as a client sent it, with what the app itself would have said.

    Attributes:
        id: The client's own, unique per viewer.
        at: When the viewer swiped, by the client's clock.
        app_verdict: Verdict of the default tree at that moment, None if there was none.
        revision: Number of the revision that said so.
        undone: Whether it was taken back.
    """

    id: str
    image: Ordinal
    verdict: Verdict
    at: int
    app_verdict: Verdict | None = None
    revision: int | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch of swipes; ``conflicts`` are places in the batch, from 0.

    ``pace`` is that of the viewer afterwards, where it is measured.
    """

    accepted: int
    duplicates: int
    conflicts: tuple[int, ...] = ()
    pace: Pace = NO_PACE


@dataclass(frozen=True, slots=True)
class Standing:
    """The verdicts of a viewer that stand: one per image."""

    smashed: ImageSet = EMPTY
    passed: ImageSet = EMPTY

    @property
    def seen(self) -> ImageSet:
        """Every image that the viewer has swiped and not taken back."""
        return self.smashed | self.passed


@dataclass(frozen=True, slots=True)
class News:
    """A viewer, and the swipes after some number.

    Attributes:
        viewer: Who it is.
        number: Of the last swipe or undo.
        swiped: The verdicts after the number that was asked for.
        plain: Whether these tell everything: each is the only one on its image, and none was an
            undo. Else all swipes have to be read again.
        pace: How the viewer has been swiping, where it is measured.
    """

    viewer: Viewer
    number: int
    swiped: Standing
    plain: bool
    pace: Pace = NO_PACE
