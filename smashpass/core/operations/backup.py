"""A backup as values: what is in it, where each file came from, and how that is written down."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

FORMAT = 1
"""Changes when a backup could no longer be read as before."""

DatabaseKind = Literal["sqlite", "postgresql"]

_SHA256 = re.compile(r"[0-9a-f]{64}")


class BadRecord(ValueError):
    """A record of a backup does not have the required form."""


@dataclass(frozen=True, slots=True)
class StoredContent:
    """The content of a file of a backup: its length in bytes, and its SHA-256 in hex digits.

    Raises:
        BadRecord: It is neither.
    """

    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        """Refuse what could lead out of the folder of a backup."""
        if self.bytes < 0 or not _SHA256.fullmatch(self.sha256):
            raise BadRecord("a file has no length and SHA-256")


@dataclass(frozen=True, slots=True)
class BackupEntry:
    """One file of a backup.

    Attributes:
        path: Where it belongs: ``pictures/SHA256-SIZE`` or a path below the home.
        tag: By which a later backup knows that the file of the installation is still the same.
        content: Its content.
    """

    path: str
    tag: str
    content: StoredContent

    def as_json(self) -> dict[str, object]:
        """The entry as a line of the list of files."""
        return {"path": self.path, "tag": self.tag, **asdict(self.content)}

    @classmethod
    def from_json(cls, record: object) -> BackupEntry:
        """Read a line of the list of files.

        Raises:
            BadRecord: It does not have the required form.
        """
        if not isinstance(record, Mapping):
            raise BadRecord("a line is not an object")
        path, tag = record.get("path"), record.get("tag")
        if not isinstance(path, str) or not isinstance(tag, str) or not _is_below(path):
            raise BadRecord("a line names no file")
        return cls(path, tag, content_from(record))


@dataclass(frozen=True, slots=True)
class BackupCounts:
    """What the database of a backup holds."""

    images: int
    viewers: int
    swipes: int


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What a backup says of itself.

    Attributes:
        program: Version of smashpass that made it.
        schema: Last migration of its database.
        taken_at: Moment before which everything that was confirmed is in it; microseconds.
        library: Which library it is of: the same for all backups of an installation.
        kind: The kind of database.
        has_key: Whether the secret key is among the files; otherwise a setting has it.
        database: The copy of the database.
        files: The list of all other files, a line each.
        file_count: How many lines it has.
        file_bytes: How many bytes those files have together.
        counts: What the database holds.
    """

    program: str
    schema: str
    taken_at: int
    library: str
    kind: DatabaseKind
    has_key: bool
    database: StoredContent
    files: StoredContent
    file_count: int
    file_bytes: int
    counts: BackupCounts

    def as_json(self) -> dict[str, object]:
        """The manifest as its file holds it."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_json(cls, record: object) -> BackupManifest:
        """Read a manifest.

        Raises:
            BadRecord: It does not have the required form, or is of another format.
        """
        if not isinstance(record, Mapping) or record.get("format") != FORMAT:
            raise BadRecord(f"not the manifest of a backup of format {FORMAT}")
        counts = record.get("counts")
        if not isinstance(counts, Mapping):
            raise BadRecord("the manifest has no counts")
        if record.get("kind") not in get_args(DatabaseKind):
            raise BadRecord("the manifest names an unknown kind of database")
        return cls(
            program=_text(record, "program"),
            schema=_text(record, "schema"),
            taken_at=_number(record, "taken_at"),
            library=_text(record, "library"),
            kind=record["kind"],
            has_key=record.get("has_key") is True,
            database=content_from(record.get("database")),
            files=content_from(record.get("files")),
            file_count=_number(record, "file_count"),
            file_bytes=_number(record, "file_bytes"),
            counts=BackupCounts(*(_number(counts, name) for name in BackupCounts.__slots__)),
        )


def content_from(record: object) -> StoredContent:
    """Read a length and a SHA-256.

    Raises:
        BadRecord: They are not there.
    """
    if not isinstance(record, Mapping):
        raise BadRecord("a file has no length and SHA-256")
    return StoredContent(_number(record, "bytes"), _text(record, "sha256"))


def _is_below(path: str) -> bool:
    """Whether a relative path stays below the folder that it begins in."""
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value:
        raise BadRecord(f"a record has no {name}")
    return value


def _number(record: Mapping[str, Any], name: str) -> int:
    value = record.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadRecord(f"a record has no {name}")
    return value
