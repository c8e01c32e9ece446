"""Servers in processes of their own: started, waited for, measured, killed."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.processes import PeerFailed, python, smashpass

HOST = "127.0.0.1"
WORKERS = 2
_PATIENCE_S = 60.0


class Server:
    """A running server and the group of processes it is made of."""

    def __init__(self, command: Sequence[str], port: int, environment: Mapping[str, str]) -> None:
        self.address = (HOST, port)
        self.log = Path(environment["SERVER_LOG"])
        self._log = self.log.open("ab")
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )

    def wait_for(self, path: str) -> float:
        """Wait until ``path`` is answered with 200; return the seconds that took."""
        began = time.perf_counter()
        while time.perf_counter() - began < _PATIENCE_S:
            with suppress(OSError, http.client.HTTPException):
                if self.ask("GET", path)[0] == 200:
                    return time.perf_counter() - began
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise PeerFailed(f"no answer to {path}: {self.log.read_text()[-300:]}")

    def ask(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        """Return status and JSON body (None if it is none) of one request."""
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            data = None
            if body is not None:
                data = json.dumps(body)
                headers["Content-Type"] = "application/json"
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, None

    def processes(self) -> list[int]:
        """Return the ids of all processes of the server, the first one first."""
        return session_of(self.process.pid)

    def workers(self) -> list[int]:
        """Return the ids of the workers: the children of the process that loaded the library.

        Waits until there are as many as there should be.
        """
        began = time.perf_counter()
        while time.perf_counter() - began < _PATIENCE_S:
            parents: dict[int, int] = {}
            for process in self.processes():
                with suppress(OSError):
                    if b"gunicorn" in Path(f"/proc/{process}/cmdline").read_bytes():
                        text = Path(f"/proc/{process}/stat").read_text()
                        parents[process] = int(text.rpartition(")")[2].split()[1])
            workers = [process for process, parent in parents.items() if parent in parents]
            if len(workers) >= WORKERS:
                return workers
            time.sleep(0.02)
        raise PeerFailed(f"no {WORKERS} workers: {self.log.read_text()[-300:]}")

    def kill(self) -> None:
        """Kill every process at once, as a power cut would."""
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end; kill it if it does not."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        self._log.close()


def session_of(leader: int) -> list[int]:
    """Return the ids of all processes of a session, the first one first."""
    process_ids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == leader:
                    process_ids.append(int(entry.name))
    return sorted(process_ids)


def memory(process: int) -> dict[str, int]:
    """Return the memory of a process in bytes.

    ``Rss``; ``Pss``; ``Private``, pages of this process alone; and ``Dirty``, those of them that
    are no file's and so cannot be dropped.
    """
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    sizes = {name: 1024 * int(size) for name, size in re.findall(r"(\w+):\s+(\d+) kB", text)}
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    dirty = sizes["Private_Dirty"]
    return {"Rss": sizes["Rss"], "Pss": sizes["Pss"], "Private": private, "Dirty": dirty}


@contextmanager
def serving(
    home: Path, workers: int = WORKERS, settings: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run ``smashpass serve`` on an installation, with further settings."""
    port = free_port()
    command = smashpass("serve", "--bind", f"{HOST}:{port}", "--workers", str(workers))
    environment = {"SMASHPASS_HOME": str(home), "SERVER_LOG": str(home.parent / "server.log")}
    server = Server(command, port, {**environment, **(settings or {})})
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def bare(folder: Path, size: int, threads: int, workers: int = WORKERS) -> Iterator[Server]:
    """Run the bare app, whose answers have ``size`` bytes, as smashpass is run."""
    settings = {"BARE_BYTES": str(size)}
    with gunicorn("bench.bare:app", folder / "bare.log", settings, threads, workers) as server:
        server.wait_for("/deck")
        yield server


@contextmanager
def gunicorn(
    app: str, log: Path, settings: Mapping[str, str], threads: int, workers: int = WORKERS
) -> Iterator[Server]:
    """Run an app of this folder, ``module:name``, as smashpass is run."""
    port = free_port()
    command = python(
        *("-m", "gunicorn", app, "--bind", f"{HOST}:{port}", "--preload"),
        *("--workers", str(workers), "--worker-class", "gthread", "--threads", str(threads)),
    )
    environment = {**settings, "SERVER_LOG": str(log)}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path[1:]])
    server = Server(command, port, environment)
    try:
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])
