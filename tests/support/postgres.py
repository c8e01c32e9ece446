"""A real PostgreSQL server for tests: private, short-lived, never the machine's own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg

USER = "smashpass"


def binaries() -> Path | None:
    """The folder of the newest installed server, or None."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *_on_path()]
    complete = [folder for folder in folders if (folder / "initdb").is_file()]
    return max(complete, key=lambda folder: folder.parts, default=None)


def _on_path() -> list[Path]:
    initdb = shutil.which("initdb")
    return [Path(initdb).resolve().parent] if initdb else []


def _as_postgres(command: list[str]) -> list[str]:
    """The server refuses to run as root."""
    if os.geteuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class PostgresServer:
    """One running server. Its data lie in a folder of their own and are gone afterwards."""

    def __init__(
        self,
        bin_folder: Path,
        *,
        memory: str = "32MB",
        primary: PostgresServer | None = None,
        port: int = 0,
    ) -> None:
        """Start a new server, or a standby of ``primary``, at a free port or at ``port``."""
        self._bin = bin_folder
        self._memory = memory
        self._databases = 0
        self.port = port
        # Not below pytest's folder: that one is closed to the server's own user.
        self._folder = Path(tempfile.mkdtemp(prefix="smashpg-"))
        if os.geteuid() == 0:
            shutil.chown(self._folder, "postgres", "postgres")
        self._data = self._folder / "data"
        if primary is None:
            initdb = [str(self._bin / "initdb"), "-D", str(self._data), "-U", USER, "-A", "trust"]
            self._run([*initdb, "--no-sync", "-E", "UTF8", "--locale=C"])
        else:
            copy = [str(self._bin / "pg_basebackup"), "-D", str(self._data), "-R", "--no-sync"]
            source = f"host=127.0.0.1 port={primary.port} user={USER} application_name=standby"
            self._run([*copy, "--checkpoint=fast", "-d", source])
        self.start()

    def _run(self, command: list[str]) -> None:
        subprocess.run(_as_postgres(command), cwd=self._folder, check=True, capture_output=True)

    def start(self) -> None:
        """Start it, at the port it had, if it had one; it answers when this returns."""
        for _ in range(1 if self.port else 3):
            if not self.port:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", 0))
                    self.port = probe.getsockname()[1]
            options = {
                "listen_addresses": "127.0.0.1",
                "port": self.port,
                "unix_socket_directories": self._folder,
                "fsync": "off",  # only here: a lost test database is no loss
                "max_connections": 60,
                "shared_buffers": self._memory,
            }
            command = [str(self._bin / "postgres"), "-D", str(self._data)]
            command += [f"--{name}={value}" for name, value in options.items()]
            with (self._folder / "log").open("ab") as log:
                process = subprocess.Popen(
                    _as_postgres(command), cwd=self._folder, stdout=log, stderr=log
                )
            if self._answers(process):
                self._process = process
                return
            self.port = 0
        raise RuntimeError((self._folder / "log").read_text())

    def kill(self) -> None:
        """End every process of it at once, as a power cut would; its data stay."""
        # Its processes are in one process group only where it was made a group of its own.
        _, *children = self.processes()
        self._process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.wait()

    def processes(self) -> list[int]:
        """Return the ids of its processes, the first one first."""
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return [first, *map(int, children.split())]

    def end(self) -> None:
        """End it in good order, whoever is connected; its data stay."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=60)

    @property
    def socket(self) -> str:
        """Return the path of its socket."""
        return f"{self._folder}/.s.PGSQL.{self.port}"

    def promote(self) -> None:
        """Let a standby take writes; it does when this returns."""
        self._run([str(self._bin / "pg_ctl"), "promote", "-w", "-D", str(self._data)])

    def ask(self, statement: LiteralString, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        with self.connect(database) as connection:
            return connection.execute(statement).fetchall()

    def configure(self, name: str, value: str) -> None:
        """Change a setting while it runs."""
        with self.connect() as connection:
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError):
                self.connect().close()
                return True
            time.sleep(0.05)
        return False

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Return a connection without transactions."""
        address = f"host=127.0.0.1 port={self.port} user={USER} dbname={database}"
        return psycopg.connect(address, autocommit=True)

    def new_database(self, template: str = "template0") -> str:
        """Make a database, empty or a copy of ``template``, and return its URL."""
        self._databases += 1
        name = f"library_{self._databases}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def stop(self) -> None:
        """End the server and remove everything."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once: nothing is to be kept
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def running() -> Iterator[PostgresServer]:
    """Yield a running server; for a session fixture."""
    folder = binaries()
    assert folder is not None
    server = PostgresServer(folder)
    try:
        yield server
    finally:
        server.stop()
