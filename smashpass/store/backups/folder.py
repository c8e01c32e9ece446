"""The folder of a backup: ``objects/ab/SHA256``, and ``manifest.json``, which is written last.

A file is named by its content, so it is written once, never changed, and every backup that has it
shares it. What a manifest names stays until another one has taken its place: whoever is killed
leaves the backup before.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from smashpass.core.errors import NotFound, NotPossible
from smashpass.core.operations.backup import (
    BackupEntry,
    BackupManifest,
    BadRecord,
    StoredContent,
)
from smashpass.durable import make_folder, sync_folder

MANIFEST = "manifest.json"
LOCK = "backup.lock"
_OBJECTS, _UNFINISHED = "objects", "unfinished"
_OURS = frozenset({MANIFEST, LOCK, _OBJECTS, _UNFINISHED})
_CHUNK = 1 << 20


class DamagedFile(NotPossible):
    """A file of a backup is missing, or does not hold what was written to it."""

    code = "backup_damaged"


class DiskFull(NotPossible):
    """There is no room for a file."""

    code = "disk_full"

    def __init__(self, place: Path) -> None:
        """Say where."""
        super().__init__(
            "the disk is full", where=str(place), hint="free some disk space, and run it again"
        )


class BackupFolder:
    """Files by their content, and the manifest.

    Attributes:
        copied_files: How many files were written that were not there.
        copied_bytes: Their length.
    """

    def __init__(self, root: Path) -> None:
        """Use a folder; nothing is opened or made."""
        self.root = root
        self.copied_files = self.copied_bytes = 0
        self._unsynced: set[Path] = set()

    def prepare(self) -> None:
        """Make the folder for the first backup.

        Raises:
            NotPossible: It cannot be made or written, or holds something else.
        """
        with naming_failures(self.root, "write"):
            if not self.root.parent.is_dir():
                raise NotPossible(
                    "there is no such folder to make the backup in",
                    where=str(self.root.parent),
                    hint="make it, or mount the disk of the backups",
                )
            self.root.mkdir(mode=0o700, exist_ok=True)
            foreign = sorted({path.name for path in self.root.iterdir()} - _OURS)
            if foreign:
                raise NotPossible(
                    f"the folder holds something else than a backup: {foreign[0]!r}",
                    where=str(self.root),
                    hint="name an empty folder, or one that is not there yet",
                )
            for name in (_OBJECTS, _UNFINISHED):
                (self.root / name).mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.root)
            sync_folder(self.root.parent)

    def clear_unfinished(self) -> None:
        """Remove what a killed backup left half written; the caller holds the lock."""
        with naming_failures(self.root, "write"):
            for path in (self.root / _UNFINISHED).iterdir():
                path.unlink()

    def manifest(self) -> BackupManifest | None:
        """Return the manifest, None if no backup was ever completed.

        Raises:
            NotPossible: It cannot be read.
            DamagedFile: It does not have the required form.
        """
        path = self.root / MANIFEST
        try:
            with naming_failures(path, "read"):
                return BackupManifest.from_json(json.loads(path.read_bytes()))
        except NotFound:
            return None
        except ValueError as error:
            text = str(error) if isinstance(error, BadRecord) else "the manifest is not JSON"
            raise DamagedFile(
                text, where=str(path), hint="use another backup, or the smashpass that made it"
            ) from error

    def has(self, content: StoredContent) -> bool:
        """Whether a file is there in its full length; its content is not read."""
        try:
            return self.path(content).stat().st_size == content.bytes
        except FileNotFoundError:
            return False

    def put(self, content: bytes) -> StoredContent:
        """Keep a file of which the content is at hand."""
        return self.put_written(lambda path: _write(path, [content]))

    def put_file(self, source: BinaryIO) -> StoredContent:
        """Keep a file up to the length that it has now, whoever may be appending to it."""
        left = os.fstat(source.fileno()).st_size

        def chunks() -> Iterator[bytes]:
            nonlocal left
            while left > 0 and (chunk := source.read(min(left, _CHUNK))):
                left -= len(chunk)
                yield chunk

        return self.put_written(lambda path: _write(path, chunks()))

    def put_written(self, write: Callable[[Path], None]) -> StoredContent:
        """Keep a file that ``write`` makes at a path.

        Raises:
            NotPossible: The folder cannot be written, or its disk is full.
        """
        unfinished = self.root / _UNFINISHED / f"{os.getpid()}"
        with naming_failures(self.root, "write"):
            write(unfinished)
            content = _content_of(unfinished)
            target = self.path(content)
            # Also where a backup that was killed put it, which had not flushed the folder yet.
            self._unsynced.add(target.parent)
            if self.has(content):
                unfinished.unlink()
                return content
            target.parent.mkdir(mode=0o700, exist_ok=True)
            unfinished.chmod(0o600)
            _sync(unfinished)
            unfinished.replace(target)
        self.copied_files += 1
        self.copied_bytes += content.bytes
        return content

    def put_entries(self, entries: Iterable[BackupEntry]) -> StoredContent:
        """Keep the list of the files of a backup, which may be made while it is written."""
        list_path = self.root / _UNFINISHED / "files"

        def lines() -> Iterator[bytes]:
            for entry in entries:
                yield json.dumps(entry.as_json(), separators=(",", ":")).encode() + b"\n"

        with naming_failures(self.root, "write"):
            _write(list_path, lines())
        with list_path.open("rb") as written:
            content = self.put_file(written)
        list_path.unlink()
        return content

    def replace_manifest(self, manifest: BackupManifest) -> None:
        """Let a manifest take the place of the one before, once all it names is on disk."""
        with naming_failures(self.root, "write"):
            for folder in (self.root / _OBJECTS, *self._unsynced):
                sync_folder(folder)
            self._unsynced.clear()
            beside = self.root / _UNFINISHED / MANIFEST
            _write(beside, [json.dumps(manifest.as_json(), indent=1).encode() + b"\n"])
            beside.chmod(0o600)
            _sync(beside)
            beside.replace(self.root / MANIFEST)
            sync_folder(self.root)

    def remove_unused(self, manifest: BackupManifest) -> int:
        """Remove all files that a manifest does not name; return how many.

        Memory: 8 bytes for each file of the backup.
        """
        used = array("Q", (_short(content) for content in self._named(manifest)))
        used = array("Q", sorted(used))
        removed = 0
        with naming_failures(self.root, "write"):
            for folder in sorted((self.root / _OBJECTS).iterdir()):
                before = removed
                for path in folder.iterdir():
                    # 64 bits are enough: were two alike, a file would stay that nobody needs.
                    short = int(path.name[:16], 16)
                    place = bisect_left(used, short)
                    if place == len(used) or used[place] != short:
                        path.unlink()
                        removed += 1
                if removed != before:
                    sync_folder(folder)
        return removed

    def _named(self, manifest: BackupManifest) -> Iterator[StoredContent]:
        yield manifest.database
        yield manifest.files
        for entry in self.entries(manifest):
            yield entry.content

    def entries(self, manifest: BackupManifest) -> Iterator[BackupEntry]:
        """Yield the files of a backup in ascending order of their paths.

        Raises:
            DamagedFile: The list of them is damaged.
        """
        self.require_intact(manifest.files, "list of files")
        with self.path(manifest.files).open("rb") as lines:
            for line in lines:
                yield BackupEntry.from_json(json.loads(line))

    def require_intact(self, content: StoredContent, name: str) -> None:
        """Read a file whole, and refuse one that does not hold what was written to it.

        Raises:
            DamagedFile: It is missing or damaged; ``name`` says what it is.
        """
        path = self.path(content)
        try:
            with naming_failures(path, "read"):
                intact = _content_of(path) == content
        except NotFound:
            intact = False
        if not intact:
            raise DamagedFile(
                f"the backup is damaged: {name}",
                where=str(path),
                hint="use another backup; `smashpass restore DIR --check` names all damaged files",
            )

    def read(self, content: StoredContent, name: str) -> bytes:
        """Return a file that fits into memory.

        Raises:
            DamagedFile: It is missing or damaged.
        """
        self.require_intact(content, name)
        return self.path(content).read_bytes()

    def path(self, content: StoredContent) -> Path:
        """Return where a file lies or would lie."""
        return self.root / _OBJECTS / content.sha256[:2] / content.sha256


@contextmanager
def naming_failures(place: Path, what: str) -> Iterator[None]:
    """Turn failures of the operating system into an error that a person can act on.

    Raises:
        NotFound: There is no such file or folder.
        DiskFull: There is no room for it.
        NotPossible: It cannot be read or written.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound(
            "there is no such file or folder", where=str(error.filename or place)
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(place) from error
        raise NotPossible(
            f"cannot {what} it: {error.strerror or error}",
            where=str(error.filename or place),
            hint="check the owner and the mode of the folder, and whether its disk is mounted",
        ) from error


def write_durably(target: Path, chunks: Iterable[bytes]) -> None:
    """Write a file for its owner alone; it is on disk afterwards, or does not exist at all."""
    make_folder(target.parent)
    beside = target.with_name(f"{target.name}.{os.getpid()}.restored")
    _write(beside, chunks)
    beside.chmod(0o600)
    _sync(beside)
    beside.replace(target)
    sync_folder(target.parent)


def chunks_of(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, a mebibyte at a time."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)


def _content_of(path: Path) -> StoredContent:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return StoredContent(os.fstat(file.fileno()).st_size, digest.hexdigest())


def _short(content: StoredContent) -> int:
    return int(content.sha256[:16], 16)


def _sync(path: Path) -> None:
    """Flush a file to disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
