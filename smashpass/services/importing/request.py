"""Imports requested on a page, in the form that the job process gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from smashpass.core.library.stored import OnExisting, RowCounts
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.run import Run
from smashpass.services.importing.rows.credits import Statements
from smashpass.services.ports.operations import AuditTrail

KIND = "import"
MAX_SOURCE = 1_000
"""Characters of the place of a collection that the audit trail keeps."""

_OPTIONS = (
    ("on_existing", "--on-existing"),
    ("licence", "--licence"),
    ("collection", "--source"),
    ("digital_source_type", "--digital-source-type"),
    ("depicts", "--depicts"),
)


@dataclass(frozen=True, slots=True)
class AskedImport:
    """One requested import.

    Attributes:
        source: The place of the collection, resolved.
        by: Who asks.
        retry: Number of the run of which only the refused rows are read, None for all rows.
        on_existing: What to do with images that the library knows.
        licence: Licence for rows that state none; so are the next four fields.
        collection: The name of the collection.
        digital_source_type: The IPTC term.
        no_real_person: Whether no real person is shown.
        depicts: What the images show.
    """

    source: str
    by: str
    retry: int | None = None
    on_existing: str = ""
    licence: str = ""
    collection: str = ""
    digital_source_type: str = ""
    no_real_person: bool = False
    depicts: str = ""

    def payload(self) -> dict[str, Any]:
        """Return it as a job keeps it.

        Raises:
            BadInput: A statement is not of its form.
        """
        Statements(
            self.licence,
            self.collection,
            self.digital_source_type,
            self.no_real_person,
            self.depicts,
        ).check()
        return asdict(self)

    def arguments(self, job: int) -> list[str]:
        """Return the arguments of ``smashpass import`` that do it as a job."""
        arguments = [f"--job={job}"]
        for name, option in _OPTIONS:
            value = getattr(self, name)
            if value:
                arguments.append(f"{option}={value}")
        if self.no_real_person:
            arguments.append("--no-real-person")
        if self.retry is not None:
            return [*arguments, f"--retry={self.retry}"]
        return [*arguments, "--", self.source]


def note_start(
    trail: AuditTrail, source: str, *, by: str, origin: str, job: int | None, retry: int | None
) -> None:
    """Put the beginning of an import into the audit trail; ``job`` is None outside of jobs."""
    detail = {"job": job, "retry": retry, "origin": origin}
    trail.append(by, AuditAction.IMPORT_START, source[:MAX_SOURCE], detail)


def of_payload(payload: Mapping[str, Any]) -> AskedImport:
    """Return what a job asks for."""
    return AskedImport(**payload)


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
        reading: The options of the reader.
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


def options_of_retry(
    run: Run, media: MediaChoice, on_existing: OnExisting | None, statements: Statements
) -> ImportOptions:
    """Return the options of a run for its refused rows; what is stated now takes precedence."""
    earlier = Statements(**run.options["statements"])
    return ImportOptions(
        on_existing or run.options["on_existing"],
        Statements(
            statements.licence or earlier.licence,
            statements.source or earlier.source,
            statements.digital_source_type or earlier.digital_source_type,
            statements.no_real_person or earlier.no_real_person,
            statements.depicts or earlier.depicts,
        ),
        media,
        run.id,
        run.options.get("tag_map", ""),
        run.options.get("reading", {}),
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of all rows of a run; ``refused`` includes ``quarantined``.

    ``read`` is always the sum of the four. ``run`` is None for a dry run. ``resumed_at`` is how
    many of the rows an earlier process had read. ``hidden`` and ``shown`` are images that left the
    collection, and that are in it again; these are not rows. ``new_tags`` are the
    tag names that the library did not know. ``passed_over`` are the pictures
    of kinds that are not read, ending → count; these are not rows either. ``tag_knowledge`` counts
    what the collection knows of its tags; ``offered`` is the file with what a person may take over.
    ``dropped_tags`` is how many illegal tags were left out. ``scored`` are the pictures that got
    scores; None if no scorer is configured.
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
    scored: int | None = None

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
