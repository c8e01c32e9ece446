"""Taking a backup: the database at one moment, then every file beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine

from smashpass import __version__
from smashpass.clock import Clock
from smashpass.core.errors import NotFound, NotPossible
from smashpass.core.operations.backup import (
    BackupCounts,
    BackupEntry,
    BackupManifest,
    DatabaseKind,
    StoredContent,
)
from smashpass.services.operations.backups.parts import PictureAccess, TakenBackup
from smashpass.store.backups.folder import BackupFolder, DamagedFile, DiskFull, naming_failures
from smashpass.store.backups.postgres import dump_postgres
from smashpass.store.backups.sqlite import copy_sqlite
from smashpass.store.engine.database import id_key, schema_version

FORBIDDEN, HOME, PICTURES = "forbidden", "home/", "pictures/"
"""What the paths of a backup begin with: in this order they are listed and put back."""

KEPT_FOLDERS = ("decisions", "runs")
"""Folders of the home that nothing else could bring back: decision log and import reports."""


@dataclass(frozen=True, slots=True)
class BackedUpParts:
    """What an installation is made of, for a backup.

    Attributes:
        engine: The database.
        home: The folder of everything else.
        pictures: The picture files.
        key_file: Name of the secret key below the home; "" if a setting has it.
        clock: Gives microseconds since 1970.
    """

    engine: Engine
    home: Path
    pictures: PictureAccess
    key_file: str
    clock: Clock

    @property
    def kind(self) -> DatabaseKind:
        """The kind of database."""
        return "sqlite" if self.engine.dialect.name == "sqlite" else "postgresql"

    @property
    def library(self) -> str:
        """Which library it is: the same for all backups of it, and after each restore."""
        return sha256(id_key(self.engine)).hexdigest()[:16]


def take_backup(
    folder: BackupFolder, parts: BackedUpParts, progress: Callable[[int], None]
) -> TakenBackup:
    """Take a backup into a folder that is prepared and locked.

    The database comes first, so every picture that it names was on disk before it was listed.
    Cost: the database is copied whole; files that the backup has are only looked up.

    Args:
        folder: Where to.
        parts: What of.
        progress: Is called with the number of files that were seen.

    Raises:
        NotPossible: It cannot be done; the backup before is still there.
    """
    folder.clear_unfinished()
    previous = _previous(folder)
    if previous is not None and previous.library != parts.library:
        raise NotPossible(
            "the folder holds the backup of another library",
            where=str(folder.root),
            hint="name another folder for this one",
        )
    try:
        manifest = _copy(folder, parts, previous, progress)
    except DiskFull:
        folder.clear_unfinished()
        if previous is not None:
            folder.remove_unused(previous)  # as full as it was before, and no fuller
        raise
    removed = folder.remove_unused(manifest)
    return TakenBackup(manifest, folder.copied_files, folder.copied_bytes, removed)


def _copy(
    folder: BackupFolder,
    parts: BackedUpParts,
    previous: BackupManifest | None,
    progress: Callable[[int], None],
) -> BackupManifest:
    """Copy what the folder does not have, and let the new manifest take its place."""
    taken_at = parts.clock()
    counts: list[BackupCounts] = []
    copy = copy_sqlite if parts.kind == "sqlite" else dump_postgres
    database = folder.put_written(lambda path: counts.append(copy(parts.engine, path)))
    listing = _FileWalk(folder, previous, progress)
    files = folder.put_entries(listing.entries(parts))
    manifest = BackupManifest(
        program=__version__,
        schema=schema_version(parts.engine) or "",
        taken_at=taken_at,
        library=parts.library,
        kind=parts.kind,
        has_key=bool(parts.key_file),
        database=database,
        files=files,
        file_count=listing.count,
        file_bytes=listing.bytes,
        counts=counts[0],
    )
    folder.replace_manifest(manifest)
    return manifest


def _previous(folder: BackupFolder) -> BackupManifest | None:
    """Return the last backup if it is of use; one that is damaged is written anew."""
    try:
        manifest = folder.manifest()
        if manifest is not None:
            folder.require_intact(manifest.files, "list of files")
    except DamagedFile:
        return None
    return manifest


class _FileWalk:
    """Goes through the files of an installation beside those of the last backup, both in order."""

    def __init__(
        self,
        folder: BackupFolder,
        previous: BackupManifest | None,
        progress: Callable[[int], None],
    ) -> None:
        self._folder = folder
        self._progress = progress
        self._previous = iter(()) if previous is None else folder.entries(previous)
        self._next: BackupEntry | None = next(self._previous, None)
        self._last_path = ""
        self.count = self.bytes = 0

    def entries(self, parts: BackedUpParts) -> Iterator[BackupEntry]:
        """Yield all files; those that the folder does not have are copied."""
        digests = "".join(f"{digest}\n" for digest in parts.pictures.tombstones())
        forbidden = self._folder.put(digests.encode())
        yield self._counted(BackupEntry(FORBIDDEN, "", forbidden))
        for name in _home_files(parts):
            if entry := self._home_file(parts.home, name):
                yield self._counted(entry)
        for digest, size in parts.pictures.files():
            try:
                path, tag = f"{PICTURES}{digest}-{size}", parts.pictures.entity_tag(digest, size)
                content = self._same(path, tag)
                if content is None:
                    content = self._folder.put(parts.pictures.read(digest, size))
            except FileNotFoundError:  # taken down just now
                continue
            yield self._counted(BackupEntry(path, tag, content))

    def _home_file(self, home: Path, name: str) -> BackupEntry | None:
        """Return a file of the home; None if it was removed just now."""
        path = f"{HOME}{name}"
        try:
            with naming_failures(home / name, "read"), (home / name).open("rb") as file:
                status = (home / name).stat()
                tag = f"{status.st_size:x}-{status.st_ino:x}-{status.st_ctime_ns:x}"
                content = self._same(path, tag) or self._folder.put_file(file)
        except NotFound:
            return None
        return BackupEntry(path, tag, content)

    def _same(self, path: str, tag: str) -> StoredContent | None:
        """Return the content in the last backup, if the file is the same and still there."""
        while self._next is not None and self._next.path < path:
            self._next = next(self._previous, None)
        before = self._next
        if before is None or (before.path, before.tag) != (path, tag):
            return None
        return before.content if self._folder.has(before.content) else None

    def _counted(self, entry: BackupEntry) -> BackupEntry:
        if entry.path <= self._last_path:
            raise RuntimeError(f"files must be listed in ascending order: {entry.path}")
        self._last_path = entry.path
        self.count += 1
        self.bytes += entry.content.bytes
        self._progress(self.count)
        return entry


def _home_files(parts: BackedUpParts) -> list[str]:
    """Return the files of the home to be kept, relative to it, in order."""
    names = [parts.key_file] if parts.key_file and (parts.home / parts.key_file).exists() else []
    for folder in KEPT_FOLDERS:
        with naming_failures(parts.home / folder, "read"):
            paths = [path for path in (parts.home / folder).rglob("*") if path.is_file()]
        names += [path.relative_to(parts.home).as_posix() for path in paths]
    return sorted(names)
