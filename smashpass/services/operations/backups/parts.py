"""What backups are taken of and what comes of it, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from smashpass.core.operations.backup import BackupManifest
from smashpass.core.pictures.picture import Size


@dataclass(frozen=True, slots=True)
class PictureAccess:
    """Picture files by the SHA-256 of their original and their size, wherever they lie.

    Attributes:
        files: Yields all of them, in ascending order of both.
        entity_tag: Returns a text that changes when a file is written again.
        read: Returns a file; FileNotFoundError if it is not there.
        has: Whether a file is there.
        write: Writes a file; it is on disk afterwards.
        tombstones: Yields the digests of everything that was taken down.
        forbids: Whether a digest is among them.
        forbid: Adds a digest to them.
    """

    files: Callable[[], Iterator[tuple[str, Size]]]
    entity_tag: Callable[[str, Size], str]
    read: Callable[[str, Size], bytes]
    has: Callable[[str, Size], bool]
    write: Callable[[str, Size, bytes], None]
    tombstones: Callable[[], Iterator[str]]
    forbids: Callable[[str], bool]
    forbid: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class TakenBackup:
    """A backup that was taken.

    Attributes:
        manifest: What is in it.
        copied_files: How many files the folder did not have yet, the database among them.
        copied_bytes: Their length.
        removed_files: How many files it no longer needs, and are gone.
    """

    manifest: BackupManifest
    copied_files: int
    copied_bytes: int
    removed_files: int


@dataclass(frozen=True, slots=True)
class CheckedBackup:
    """A backup whose files were all read, and which of them are damaged or missing."""

    manifest: BackupManifest
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestoredFiles:
    """What was put back: pictures that were not there, and those that could not be."""

    pictures: int
    damaged: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestoredBackup:
    """A backup that was restored.

    Attributes:
        manifest: What was in it.
        files: What was put back; None if nothing was to be.
        erased: Viewers who were erased after the backup, and are gone again.
        taken_down: Images whose picture was taken down after it, and are out of sight again.
        needs_secret_key: Whether SMASHPASS_SECRET_KEY must be set as it was before serving.
    """

    manifest: BackupManifest
    files: RestoredFiles | None
    erased: int
    taken_down: int
    needs_secret_key: bool


@dataclass(frozen=True, slots=True)
class LastBackup:
    """When the newest backup was taken (microseconds since 1970), and into which folder."""

    taken_at: int
    folder: str
