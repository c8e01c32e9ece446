"""Backups: they are taken, checked, restored, and missed when they get old."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from smashpass.clock import Clock
from smashpass.core.errors import NotPossible
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.backup import BackupManifest
from smashpass.services.operations.backups.parts import (
    CheckedBackup,
    LastBackup,
    RestoredBackup,
    RestoredFiles,
    TakenBackup,
)
from smashpass.services.operations.scorers import CheckResult
from smashpass.services.ports.operations import AuditTrail

Progress = Callable[[int], None]
"""Is called with the number of files that were seen."""

_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class BackupService:
    """Takes and restores backups.

    Attributes:
        roots: Folders of the installation, which no backup may lie in or around.
        max_age_hours: Age from which on a backup is warned of.
        require_writable: Raises NotPossible if there is no library, or it is read-only.
        lock: Holds the lock of a folder of backups; makes the folder for a new backup.
        take: Takes a backup.
        check_files: Reads a backup whole.
        require_restorable: Returns what is in a backup that may be restored here.
        put_back: Puts a backup back.
        prepare: Brings the schema up to date.
        sweep_erased: Erases who was erased since; returns how many viewers.
        take_down_again: Takes down what was taken down since; returns how many images.
        save_snapshot: Makes the snapshot, which backups leave out.
        has_secret_key: Whether there is a secret key after restoring.
        last: Returns the last backup.
        note: Keeps which is the last backup.
        trail: The audit trail.
        clock: Gives microseconds since 1970.
    """

    roots: tuple[Path, ...]
    max_age_hours: int
    require_writable: Callable[[], None]
    lock: Callable[[Path, bool], AbstractContextManager[None]]
    take: Callable[[Path, Progress], TakenBackup]
    check_files: Callable[[Path, Progress], CheckedBackup]
    require_restorable: Callable[[Path], BackupManifest]
    put_back: Callable[[Path, BackupManifest, Progress], RestoredFiles]
    prepare: Callable[[], None]
    sweep_erased: Callable[[], int]
    take_down_again: Callable[[str], int]
    save_snapshot: Callable[[], object]
    has_secret_key: Callable[[], bool]
    last: Callable[[], LastBackup | None]
    note: Callable[[LastBackup], None]
    trail: Callable[[], AuditTrail]
    clock: Clock

    def back_up(self, folder: Path, *, by: str, progress: Progress) -> TakenBackup:
        """Take a backup into a folder, which may have earlier ones of the same library.

        Raises:
            NotPossible: It cannot be taken; the one before is still there.
            Busy: Another backup is being taken into it.
        """
        self.require_writable()
        folder = folder.absolute()
        self._require_apart(folder)
        with self.lock(folder, True):
            backup = self.take(folder, progress)
        self.note(LastBackup(backup.manifest.taken_at, str(folder)))
        detail = {"files": backup.manifest.file_count, "copied": backup.copied_files}
        self.trail().append(by, AuditAction.BACKUP_TAKE, str(folder), detail)
        return backup

    def check(self, folder: Path, *, progress: Progress) -> CheckedBackup:
        """Read every file of a backup, and compare it with what was written.

        Raises:
            NotPossible: There is no backup.
            Busy: A backup is being taken into the folder.
        """
        with self.lock(folder.absolute(), False):
            return self.check_files(folder.absolute(), progress)

    def restore(
        self, folder: Path, *, by: str, dry_run: bool, progress: Progress
    ) -> RestoredBackup:
        """Put a backup back, bring its schema up to date, and erase who was erased since.

        Args:
            folder: Where the backup is.
            by: Who does it, for the audit trail.
            dry_run: Only find out whether it can be done; no picture is read.
            progress: Is told how far it is.

        Raises:
            NotPossible: There is no backup, it does not fit, or there is data already.
            Busy: A backup is being taken into the folder.
        """
        folder = folder.absolute()
        self._require_apart(folder)
        with self.lock(folder, False):
            manifest = self.require_restorable(folder)
            if dry_run:
                return RestoredBackup(manifest, None, 0, 0, self._needs_secret_key(manifest))
            files = self.put_back(folder, manifest, progress)
        self.prepare()
        erased, taken_down = self.sweep_erased(), self.take_down_again(by)
        self.save_snapshot()
        self.note(LastBackup(manifest.taken_at, str(folder)))
        detail = {"taken_at": manifest.taken_at, "damaged": len(files.damaged), "erased": erased}
        self.trail().append(by, AuditAction.BACKUP_RESTORE, str(folder), detail)
        needs_key = self._needs_secret_key(manifest)
        return RestoredBackup(manifest, files, erased, taken_down, needs_key)

    def age_s(self) -> float | None:
        """Return the age of the last backup in seconds; None if none was taken."""
        last = self.last()
        return None if last is None else (self.clock() - last.taken_at) / 1_000_000

    def check_age(self) -> CheckResult:
        """Warn if no backup was taken, or none for too long."""
        last = self.last()
        if last is None:
            return CheckResult("none was taken; run: smashpass backup DIR", is_warning=True)
        hours = (self.clock() - last.taken_at) // _HOUR_US
        taken = datetime.fromtimestamp(last.taken_at // 1_000_000, UTC)
        text = f"{taken:%Y-%m-%dT%H:%M:%SZ} in {last.folder}"
        if hours >= self.max_age_hours:
            return CheckResult(f"the last one is {hours:,} hours old: {text}", is_warning=True)
        return CheckResult(text)

    def _require_apart(self, folder: Path) -> None:
        """Refuse a folder that is part of the installation, or has it as a part.

        Raises:
            NotPossible: It is.
        """
        place = folder.resolve()
        for root in (root.resolve() for root in self.roots):
            if place.is_relative_to(root) or root.is_relative_to(place):
                raise NotPossible(
                    "the folder of the backup and that of the installation are not apart",
                    where=str(folder),
                    hint="name a folder on another disk",
                )

    def _needs_secret_key(self, manifest: BackupManifest) -> bool:
        return not manifest.has_key and not self.has_secret_key()
