"""What takes and restores the backups of one installation."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from smashpass.bootstrap.inspection import media_root
from smashpass.settings import KEY_FILE

if TYPE_CHECKING:
    from smashpass.bootstrap.installation import Installation
    from smashpass.core.operations.backup import BackupManifest
    from smashpass.services.operations.backups.service import BackupService


def backup_service(installation: Installation) -> BackupService:
    """Return the service; opens nothing."""
    from smashpass.services.operations.backups.parts import PictureAccess
    from smashpass.services.operations.backups.service import BackupService
    from smashpass.store.backups import last, restore, take
    from smashpass.store.backups.folder import BackupFolder

    settings, home, media = installation.settings, installation.home, installation.media
    key_is_set = settings.values["secret_key"] is not None

    def parts() -> take.BackedUpParts:
        return take.BackedUpParts(
            engine=installation.engine,
            home=home,
            pictures=PictureAccess(
                files=media.files,
                entity_tag=media.entity_tag,
                read=media.read,
                has=media.has,
                write=media.write,
                tombstones=media.tombstones,
                forbids=media.forbids,
                forbid=media.forbid,
            ),
            key_file="" if key_is_set else KEY_FILE,
            clock=installation.clock,
        )

    def require_writable() -> None:
        installation.require_library()
        installation.require_writable()

    def require_restorable(folder: Path) -> BackupManifest:
        backup = BackupFolder(folder)
        manifest = restore.manifest_of(backup)
        restore.require_restorable(manifest, parts())
        restore.require_same_key(backup, manifest, home / KEY_FILE)
        return manifest

    def sweep_erased() -> int:
        erased = installation.erasures.sweep()
        installation.erasures.erase_decisions()
        return erased

    return BackupService(
        roots=tuple(root for root in (home, media_root(settings)) if root is not None),
        max_age_hours=settings.whole("backup_max_age_hours"),
        require_writable=require_writable,
        lock=_lock,
        take=lambda folder, progress: take.take_backup(BackupFolder(folder), parts(), progress),
        check_files=lambda folder, progress: restore.check_backup(BackupFolder(folder), progress),
        require_restorable=require_restorable,
        put_back=lambda folder, manifest, progress: restore.put_back(
            BackupFolder(folder), manifest, parts(), progress
        ),
        prepare=installation.prepare,
        sweep_erased=sweep_erased,
        take_down_again=lambda by: installation.takedown.repeat_for(media.tombstones(), by=by),
        save_snapshot=installation.build_snapshot,
        has_secret_key=lambda: key_is_set,
        last=lambda: last.last_backup(installation.engine),
        note=lambda backup: last.note_backup(installation.engine, backup),
        trail=lambda: installation.audit,
        clock=installation.clock,
    )


def _lock(folder: Path, is_new: bool) -> AbstractContextManager[None]:
    """Hold the lock of a folder of backups; where nothing can be written, nobody can take one."""
    from smashpass.importing.runs.lock import backup_lock
    from smashpass.store.backups.folder import LOCK, BackupFolder

    if is_new:
        BackupFolder(folder).prepare()
    elif not os.access(folder, os.W_OK):
        return nullcontext()
    return backup_lock(folder / LOCK, "backup" if is_new else "restore or check")
