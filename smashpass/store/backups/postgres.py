"""Dumps of a PostgreSQL database by pg_dump, and putting one back by pg_restore."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from smashpass.core.errors import NotPossible
from smashpass.core.operations.backup import BackupCounts
from smashpass.processes import at_parents_death
from smashpass.store.engine.database import reading
from smashpass.store.engine.failures import place, pool_failures
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
        _run(connection, program, options)
    return BackupCounts(*numbers)


def put_back_postgres(engine: Engine, source: Path) -> None:
    """Fill an empty database with a dump, or leave it empty.

    Raises:
        NotPossible: pg_restore is not installed, or fails.
    """
    program = _program("pg_restore")
    with pool_failures(engine), engine.connect() as connection:
        _run(connection, program, ["--single-transaction", "--exit-on-error"], str(source))
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


def _run(connection: Connection, program: str, options: Sequence[str], *arguments: str) -> None:
    """Run a program on the database, and on the same server where an address names several.

    The password is not among its arguments, which everybody on the machine may read.

    Raises:
        NotPossible: It fails; says how.
    """
    from psycopg import Connection as Driver
    from psycopg.conninfo import make_conninfo

    driver = connection.connection.driver_connection
    assert isinstance(driver, Driver)
    # What the address says, for that is what older versions of libpq than ours know too.
    url = connection.engine.url
    parameters = {name: value for name, value in url.query.items() if isinstance(value, str)}
    parameters |= url.translate_connect_args(username="user", database="dbname")
    for name in ("password", "hostaddr"):
        parameters.pop(name, None)
    parameters |= {"host": driver.info.host, "port": str(driver.info.port)}
    command = [program, "--no-owner", "--no-privileges", *options]
    command += [f"--dbname={make_conninfo(**parameters)}", *arguments]
    environment = dict(os.environ)
    if driver.info.password:
        environment["PGPASSWORD"] = driver.info.password
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
            where=place(connection.engine),
            hint="check its version, the space on the disk, and the rights of the database user",
        )
