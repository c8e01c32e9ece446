"""Dumps of a PostgreSQL database by pg_dump, and putting one back by pg_restore."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, func, select

from smashpass.core.errors import NotPossible
from smashpass.core.operations.backup import BackupCounts
from smashpass.processes import at_parents_death
from smashpass.store.engine.database import reading
from smashpass.store.engine.failures import place
from smashpass.store.engine.tables import image, swipe, viewer

_SHOWN = 300


def dump_postgres(engine: Engine, target: Path) -> BackupCounts:
    """Dump the database as it is at one moment, while others go on writing; return its counts.

    Raises:
        NotPossible: pg_dump is not installed, or fails.
        DatabaseUnavailable: The server does not answer.
    """
    program = _program("pg_dump")
    with reading(engine) as connection:
        snapshot = connection.scalar(select(func.pg_export_snapshot()))
        numbers = [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (image, viewer, swipe)
        ]
        options = ["--format=custom", f"--snapshot={snapshot}", f"--file={target}"]
        _run(engine, program, options)
    return BackupCounts(*numbers)


def put_back_postgres(engine: Engine, source: Path) -> None:
    """Fill an empty database with a dump, or leave it empty.

    Raises:
        NotPossible: pg_restore is not installed, or fails.
    """
    program = _program("pg_restore")
    _run(engine, program, ["--single-transaction", "--exit-on-error"], str(source))
    engine.dispose()


def _program(name: str) -> str:
    """Return the path of a program of PostgreSQL.

    Raises:
        NotPossible: It is not there.
    """
    path = shutil.which(name)
    if path is None:
        raise NotPossible(
            f"{name} is not on PATH",
            hint="install the client programs of the server's version of PostgreSQL "
            "(Debian: postgresql-client)",
        )
    return path


def _run(engine: Engine, program: str, options: Sequence[str], *arguments: str) -> None:
    """Run a program on the database; the password is not among its arguments, which all may read.

    Raises:
        NotPossible: It fails; says how.
    """
    url = engine.url.set(drivername="postgresql")
    password = url.password or url.query.get("password")
    url = url.set(password=None).difference_update_query(["password"])
    command = [program, "--no-owner", "--no-privileges", *options]
    command += [f"--dbname={url.render_as_string()}", *arguments]
    environment = dict(os.environ)
    if isinstance(password, str):
        environment["PGPASSWORD"] = password
    ended = subprocess.run(  # noqa: S603 - no shell, and a program of PostgreSQL
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        preexec_fn=at_parents_death(signal.SIGKILL),
    )
    if ended.returncode:
        lines = [line for line in ended.stderr.splitlines() if line.strip()]
        text = " ".join(lines[:2])[:_SHOWN] or f"exit status {ended.returncode}"
        raise NotPossible(
            f"{Path(program).name} failed: {text}",
            where=place(engine),
            hint="check its version, the space on the disk, and the rights of the database user",
        )
