"""When the last backup was taken: a row of the database, so all nodes know of it."""

from __future__ import annotations

import json

from sqlalchemy import Engine, insert, select, update

from smashpass.services.operations.backups.parts import LastBackup
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import meta

_NAME = "last_backup"


def last_backup(engine: Engine) -> LastBackup | None:
    """Return the last backup that was taken; None if none was."""
    with reading(engine) as connection:
        value = connection.scalar(select(meta.c.value).where(meta.c.name == _NAME))
    return None if value is None else LastBackup(**json.loads(value))


def note_backup(engine: Engine, backup: LastBackup) -> None:
    """Keep that a backup was taken."""
    value = json.dumps({"taken_at": backup.taken_at, "folder": backup.folder})
    with writing(engine) as connection:
        statement = update(meta).where(meta.c.name == _NAME).values(value=value)
        if not connection.execute(statement).rowcount:
            connection.execute(insert(meta), {"name": _NAME, "value": value})
