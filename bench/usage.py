"""What a server's processes and files take while it is under load."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.servers import Server, memory

SAMPLES = 60


@dataclass(frozen=True, slots=True)
class Usage:
    """What the server's processes and files took up to a moment.

    Attributes:
        at: Seconds of the clock of the schedule.
        cpu: Seconds of processor time since it started.
        nginx_cpu: The same of nginx.
        memory: Bytes, pages shared by processes counted once.
        disk: Bytes of the database and its log.
    """

    at: float
    cpu: float
    nginx_cpu: float
    memory: int
    disk: int


class Sampler:
    """Looks at the processes every few seconds, beside the load."""

    def __init__(self, server: Server, nginx_id: int, home: Path, seconds: float) -> None:
        self.samples: list[Usage] = []
        self._server, self._nginx_id, self._home = server, nginx_id, home
        self._apart_s = seconds / SAMPLES
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self.samples.append(self._sample())
            if self._ending.wait(self._apart_s):
                self.samples.append(self._sample())
                return

    def _sample(self) -> Usage:
        processes = self._server.processes()
        children = Path(f"/proc/{self._nginx_id}/task/{self._nginx_id}/children").read_text()
        return Usage(
            perf_counter(),
            sum(map(cpu_seconds, processes)),
            sum(map(cpu_seconds, map(int, children.split()))),
            sum(memory(process)["Pss"] for process in processes),
            _database_bytes(self._home),
        )


def cpu_seconds(process: int) -> float:
    """Return the processor time that a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _database_bytes(home: Path) -> int:
    return sum(path.stat().st_size for path in home.glob("smashpass.db*"))
