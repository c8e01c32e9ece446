"""Checking a backup, and putting it back into an installation that has no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine, inspect

from smashpass.core.errors import NotPossible
from smashpass.core.operations.backup import BackupEntry, BackupManifest
from smashpass.core.pictures.picture import LONGEST_SIDE, Size
from smashpass.services.operations.backups.parts import CheckedBackup, PictureAccess, RestoredFiles
from smashpass.store.backups.folder import (
    BackupFolder,
    DamagedFile,
    naming_failures,
    write_durably,
)
from smashpass.store.backups.postgres import put_back_postgres
from smashpass.store.backups.sqlite import put_back_sqlite
from smashpass.store.backups.take import FORBIDDEN, HOME, KEPT_FOLDERS, PICTURES, BackedUpParts
from smashpass.store.engine.database import schema_head
from smashpass.store.engine.failures import place


def manifest_of(folder: BackupFolder) -> BackupManifest:
    """Return what is in a backup.

    Raises:
        NotPossible: There is none, it is damaged, or a later version made it.
    """
    manifest = folder.manifest()
    if manifest is None:
        raise NotPossible(
            "there is no backup",
            where=str(folder.root),
            hint="name the folder that was given to `smashpass backup`",
        )
    if manifest.schema > schema_head():
        raise NotPossible(
            f"the backup is from a newer version: {manifest.program}, schema {manifest.schema}; "
            f"this program knows {schema_head()}",
            where=str(folder.root),
            hint=f"install smashpass {manifest.program}",
        )
    return manifest


def check_backup(folder: BackupFolder, progress: Callable[[int], None]) -> CheckedBackup:
    """Read every file of a backup; return which are damaged. Cost: reads all of it.

    Raises:
        NotPossible: There is no backup, or not even its list of files can be read.
    """
    manifest = manifest_of(folder)
    damaged = []
    try:
        folder.require_intact(manifest.database, "database")
    except DamagedFile as error:
        damaged.append(f"database ({error.where})")
    for number, entry in enumerate(folder.entries(manifest), start=1):
        try:
            folder.require_intact(entry.content, entry.path)
        except DamagedFile as error:
            damaged.append(f"{entry.path} ({error.where})")
        progress(number)
    return CheckedBackup(manifest, tuple(damaged))


def require_restorable(manifest: BackupManifest, parts: BackedUpParts) -> None:
    """Refuse a place that a backup does not fit into.

    Raises:
        NotPossible: The database is of another kind, or not empty.
        DatabaseUnavailable: It does not answer.
    """
    if manifest.kind != parts.kind:
        raise NotPossible(
            f"the backup is of a {manifest.kind} database, and this installation uses {parts.kind}",
            where=place(parts.engine),
            hint="set SMASHPASS_DATABASE_URL to an empty database of that kind",
        )
    if _has_tables(parts.engine):
        raise NotPossible(
            "there is data already; nothing was restored",
            where=place(parts.engine),
            hint="set SMASHPASS_HOME to an empty folder, or SMASHPASS_DATABASE_URL to an empty "
            "database, or move the old one away first",
        )


def require_same_key(folder: BackupFolder, manifest: BackupManifest, key: Path) -> None:
    """Refuse a home whose secret key is another one than that of the backup.

    Raises:
        NotPossible: It is another one.
    """
    if not manifest.has_key or not key.exists():
        return
    for entry in folder.entries(manifest):
        if entry.path != f"{HOME}{key.name}":
            continue
        with naming_failures(key, "read"):
            same = key.read_bytes() == folder.read(entry.content, entry.path)
        if not same:
            raise NotPossible(
                "there is a secret key already, and it is not that of the backup",
                where=str(key),
                hint="move it away: viewers and accounts of the backup need the one in it",
            )
        return


def put_back(
    folder: BackupFolder,
    manifest: BackupManifest,
    parts: BackedUpParts,
    progress: Callable[[int], None],
) -> RestoredFiles:
    """Put a backup back; the database comes last, so whoever is killed can begin again.

    A damaged picture costs itself alone.

    Raises:
        NotPossible: Something cannot be written.
        DamagedFile: The database or a file of the home is damaged; there is no database then.
    """
    folder.require_intact(manifest.database, "database")
    damaged, count = [], 0
    for number, entry in enumerate(folder.entries(manifest), start=1):
        if entry.path.startswith(PICTURES):
            try:
                count += _put_picture(folder, entry, parts.pictures)
            except DamagedFile:
                damaged.append(entry.path)
        elif entry.path == FORBIDDEN:
            for digest in folder.read(entry.content, entry.path).decode().split():
                parts.pictures.forbid(digest)
        else:
            _put_home_file(folder, entry, parts.home)
        progress(number)
    back = put_back_sqlite if manifest.kind == "sqlite" else put_back_postgres
    back(parts.engine, folder.path(manifest.database))
    return RestoredFiles(count, tuple(damaged))


def _put_picture(folder: BackupFolder, entry: BackupEntry, pictures: PictureAccess) -> bool:
    """Write a picture unless it is there or was taken down; tell whether that was done."""
    digest, _, size_text = entry.path.removeprefix(PICTURES).rpartition("-")
    if size_text not in LONGEST_SIDE:
        raise DamagedFile(f"{entry.path} names no picture", where=str(folder.root))
    size: Size = size_text
    if pictures.forbids(digest) or pictures.has(digest, size):
        return False
    content = folder.read(entry.content, entry.path)
    with naming_failures(Path(entry.path), "write"):
        pictures.write(digest, size, content)
    return True


def _put_home_file(folder: BackupFolder, entry: BackupEntry, home: Path) -> None:
    """Write a file of the home."""
    name = entry.path.removeprefix(HOME)
    first, _, rest = name.partition("/")
    if not entry.path.startswith(HOME) or (rest and first not in KEPT_FOLDERS):
        raise DamagedFile(f"{entry.path} belongs nowhere", where=str(folder.root))
    content = folder.read(entry.content, entry.path)
    with naming_failures(home / name, "write"):
        write_durably(home / name, [content])


def _has_tables(engine: Engine) -> bool:
    """Whether there is a database with anything in it; opens no file that is not there."""
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return False
    return bool(inspect(engine).get_table_names())
