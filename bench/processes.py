"""Processes: a peer that lives in one of its own, and commands whose memory is measured."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bench.timing import Contender

_KIB = 1024


class PeerFailed(Exception):
    """A peer could not do what it was asked for; the text says why."""


class Remote:
    """An object in a child process. Its memory is its own, and time is taken where it works."""

    def __init__(self, factory: str, *args: object) -> None:
        """Start the process and make the object there.

        Args:
            factory: ``module:callable``, which is called with ``args`` in the child.
            *args: Plain values.
        """
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, factory, args), daemon=True)
        self._process.start()
        theirs.close()
        self._receive()

    def call(self, method: str, *args: object) -> object:
        """Call a method of the object and return what it returns."""
        return self._ask("call", method, args)

    def timed(self, method: str, *args: object, twice: bool = True) -> Contender:
        """Make a contender of a method: the seconds it takes in the child.

        ``twice`` calls it once before, as for our own: the turn of another has taken the caches.
        That is lost time where a call takes seconds.
        """

        def run() -> float:
            seconds = self._ask("time" if twice else "time once", method, args)
            assert isinstance(seconds, float)
            return seconds

        return run

    def peak_rss(self) -> int:
        """Return the most memory the child has held, in bytes."""
        rss = self._ask("rss", "", ())
        assert isinstance(rss, int)
        return rss

    def close(self) -> None:
        """End the process."""
        self._ours.close()
        self._process.join(timeout=10)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()

    def _ask(self, kind: str, method: str, args: tuple[object, ...]) -> object:
        self._ours.send((kind, method, args))
        return self._receive()

    def _receive(self) -> object:
        try:
            succeeded, answer = self._ours.recv()
        except EOFError:
            raise PeerFailed("the process of the peer ended") from None
        if not succeeded:
            raise PeerFailed(answer)
        return answer


def _serve(connection: Connection, factory: str, args: tuple[object, ...]) -> None:
    """The child: make the object, then answer until the other end is closed."""
    module, _, name = factory.partition(":")
    served: object = None
    request: tuple[str, str, tuple[object, ...]] = ("make", name, args)
    while True:
        kind, method, arguments = request
        try:
            if kind == "make":
                served = getattr(importlib.import_module(module), method)(*arguments)
                answer: object = None
            elif kind == "rss":
                answer = peak_rss()
            else:
                bound = getattr(served, method)
                if kind == "time":
                    bound(*arguments)
                start = time.perf_counter()
                answer = bound(*arguments)
                if kind in ("time", "time once"):
                    answer = time.perf_counter() - start
            connection.send((True, answer))
        except Exception as error:
            # Whatever it is, it must not be lost with this process: the parent reports it.
            connection.send((False, f"{type(error).__name__}: {error}"))
        try:
            request = connection.recv()
        except EOFError:
            # A peer that is a server of its own has a process to end.
            close = getattr(served, "close", None)
            if close is not None:
                close()
            return


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that has ended. ``peak_rss`` is that of its largest process, in bytes."""

    code: int
    seconds: float
    peak_rss: int
    output: str
    errors: str

    @property
    def complaint(self) -> str:
        """The last line that it wrote, preferably to standard error: what went wrong."""
        lines = (self.errors.strip() or self.output.strip() or "nothing was said").splitlines()
        return lines[-1]


# Linux counts the memory of the process that starts a command as the command's own peak, so a small
# one has to start it.
_LAUNCHER = """
import os, sys
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, file=file)
"""


def run(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    entered: bytes = b"",
) -> Finished:
    """Run a command to its end and measure it; its output goes through files in ``folder``.

    ``entered`` is its standard input.
    """
    folder.mkdir(parents=True, exist_ok=True)
    output, errors, usage = (folder / f"command.{end}" for end in ("out", "err", "usage"))
    with output.open("wb") as out, errors.open("wb") as err:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-S", "-c", _LAUNCHER, str(usage), *command],
            input=entered,
            stdout=out,
            stderr=err,
            env={**os.environ, **(environment or {})},
            check=True,
        )
        seconds = time.perf_counter() - start
    code, peak = map(int, usage.read_text().split())
    return Finished(
        code,
        seconds,
        peak * _KIB,
        output.read_text(encoding="utf-8", errors="replace"),
        errors.read_text(encoding="utf-8", errors="replace"),
    )


def python(*arguments: str) -> list[str]:
    """Return the command that runs this Python with ``arguments``."""
    return [sys.executable, *arguments]


def smashpass(*arguments: str) -> list[str]:
    """Return the command line ``smashpass …`` of this environment."""
    return [str(Path(sys.executable).with_name("smashpass")), *arguments]


def peak_rss() -> int:
    """Return the most memory this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB
