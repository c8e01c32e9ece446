"""Imports that somebody asks for on a page: what is asked, as the job process gets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from smashpass.core.audit import AuditAction
from smashpass.services.importing.credits import Statements
from smashpass.services.trail import Trail

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


class Jobs(Protocol):
    """Work for the job process."""

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, total: int = 0) -> int:
        """Add a job and return its number."""


@dataclass(frozen=True, slots=True)
class AskedImport:
    """One import as somebody asks for it.

    Attributes:
        source: The place of the collection, resolved.
        by: Who asks.
        retry: Number of the run of which only the refused rows are read, None for all rows.
        on_existing: What to do with images that the library knows.
        licence: Stated for rows that state none; the next four likewise.
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
        found = [f"--job={job}"]
        for name, option in _OPTIONS:
            value = getattr(self, name)
            if value:
                found.append(f"{option}={value}")
        if self.no_real_person:
            found.append("--no-real-person")
        if self.retry is not None:
            return [*found, f"--retry={self.retry}"]
        return [*found, "--", self.source]


def request(jobs: Jobs, trail: Trail, asked: AskedImport, *, origin: str) -> int:
    """Leave an import to the job process; return the number of the job.

    Raises:
        BadInput: A statement is not of its form.
    """
    number = jobs.enqueue(KIND, asked.payload(), total=100)
    note_start(trail, asked.source, by=asked.by, origin=origin, job=number, retry=asked.retry)
    return number


def note_start(
    trail: Trail, source: str, *, by: str, origin: str, job: int | None, retry: int | None
) -> None:
    """Put the beginning of an import into the audit trail; ``job`` is None outside of jobs."""
    detail = {"job": job, "retry": retry, "origin": origin}
    trail.append(by, AuditAction.IMPORT_START, source[:MAX_SOURCE], detail)


def of_payload(payload: Mapping[str, Any]) -> AskedImport:
    """Return what a job asks for."""
    return AskedImport(**payload)
