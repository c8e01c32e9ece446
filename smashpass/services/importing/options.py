"""What was asked of an import, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from smashpass.core.library import OnExisting, RowCounts
from smashpass.core.records import Run
from smashpass.services.importing.credits import Statements

MediaChoice = Literal["copy", "link", "none"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What holds for a whole run.

    Attributes:
        on_existing: What to do with images that the library knows.
        statements: What is stated for rows that do not say it themselves.
        media: What to do with pictures; ``none`` leaves them where they are.
        retry: Number of a run of which only the refused rows are read; None for all rows.
        tag_map: The text of the file that renames tags; kept, so that a retry renames alike.
        reading: How the reader was told to read.
    """

    on_existing: OnExisting = "skip"
    statements: Statements = field(default_factory=Statements)
    media: MediaChoice = "none"
    retry: int | None = None
    tag_map: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return them as they are kept with the run."""
        return {
            "on_existing": self.on_existing,
            "statements": asdict(self.statements),
            "media": self.media,
            "retry": self.retry,
            "tag_map": self.tag_map,
            "reading": dict(self.reading),
        }


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of all rows of a run; ``refused`` includes ``quarantined``.

    ``read`` is always the sum of the four. ``run`` is None for a dry run. ``resumed_at`` is how
    many of the rows an earlier process had read. ``hidden`` and ``shown`` are images that left the
    collection, and that are in it again; they are no rows. ``new_tags`` are the
    tag names that the library did not know. ``passed_over`` are the pictures
    of kinds that are not read, ending → count; they are no rows either. ``tag_knowledge`` counts
    what the collection knows of its tags; ``offered`` is the file with what a person may take over.
    ``dropped_tags`` is how many illegal tags were left out.
    """

    run: int | None
    added: int
    changed: int
    unchanged: int
    refused: int
    quarantined: int
    resumed_at: int = 0
    hidden: int = 0
    shown: int = 0
    new_tags: tuple[str, ...] = ()
    passed_over: Mapping[str, int] = field(default_factory=dict)
    dropped_tags: int = 0
    tag_knowledge: Mapping[str, int] = field(default_factory=dict)
    offered: str = ""

    @property
    def read(self) -> int:
        """How many rows were read."""
        return self.added + self.changed + self.unchanged + self.refused

    @classmethod
    def of_run(cls, run: Run, resumed_at: int) -> Summary:
        """Return the summary of a run as it is kept."""
        return cls(
            run.id,
            run.added,
            run.changed,
            run.unchanged,
            run.refused,
            run.quarantined,
            resumed_at,
        )

    @classmethod
    def of_counts(cls, counts: RowCounts, refused: int) -> Summary:
        """Return the summary of a dry run; ``refused`` are the rows that would not be stored."""
        return cls(
            None,
            counts.added,
            counts.changed,
            counts.unchanged,
            refused + counts.quarantined,
            counts.quarantined,
        )
