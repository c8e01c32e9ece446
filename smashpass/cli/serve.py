"""``smashpass serve``: gunicorn with the shipped configuration, and the job process beside it."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

import click

from smashpass.bootstrap import Installation
from smashpass.core.errors import SnapshotDamaged, SnapshotIncompatible
from smashpass.settings import load

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_AGAIN_S = 1.0
_POLL_S = 0.2
_END_S = 8.0
"""How long processes may take to end: more than gunicorn gives its workers."""


@click.command(epilog="Example: smashpass serve --bind 127.0.0.1:8000 --workers 2")
@click.option(
    "--bind", default="127.0.0.1:8000", show_default=True, help="HOST:PORT, or unix:PATH."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Processes that answer; each has 8 threads.",
)
def command(bind: str, workers: int) -> int:
    """Serve in the foreground until Ctrl-C or SIGTERM; SIGHUP reloads without a lost request.

    Where no rules are active, those that come with the program are published.
    """
    installation = Installation(load(os.environ))
    installation.prepare()
    installation.ensure_active_rules()
    if installation.erased.restored():
        back = installation.erased.sweep()
        click.echo(f"smashpass: a backup was restored; {back} viewers erased again", err=True)
    installation.engine.dispose()
    try:
        installation.snapshots.check_newest()
    except (SnapshotDamaged, SnapshotIncompatible) as error:
        # The database is the truth; after an upgrade a server starts all the same.
        click.echo(f"smashpass: {error}; the snapshot is made anew", err=True)
        build = [sys.executable, "-P", "-m", "smashpass", "index", "build"]
        code = subprocess.run(build, check=False).returncode  # noqa: S603
        if code:
            return code
    return _Family(bind, workers).run()


class _Family:
    """The processes of a server: gunicorn, without which there is none, and the job process."""

    def __init__(self, bind: str, workers: int) -> None:
        self._bind = bind
        python = [sys.executable, "-P", "-m"]
        conf = ["-c", "python:smashpass.web.gunicorn_conf"]
        self._web = [*python, "gunicorn", *conf, "--bind", bind, "--workers", str(workers)]
        self._jobs = [*python, "smashpass", "jobs"]
        self._stopping = False

    def run(self) -> int:
        """Start both, keep the job process running, end both; return the exit code."""
        web = _start(self._web, signal.SIGTERM)
        jobs = _start(self._jobs, signal.SIGKILL)
        started = time.monotonic()

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stopping = True

        def reload(_number: int, _frame: FrameType | None) -> None:
            web.send_signal(signal.SIGHUP)
            jobs.terminate()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        signal.signal(signal.SIGHUP, reload)
        if not self._bind.startswith("unix:"):
            click.echo(f"serving on http://{self._bind}  (Ctrl-C ends)", err=True)
        while not self._stopping and web.poll() is None:
            if jobs.poll() is not None and time.monotonic() - started > _AGAIN_S:
                jobs, started = _start(self._jobs, signal.SIGKILL), time.monotonic()
            time.sleep(_POLL_S)
        for process in (web, jobs):
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + _END_S
        _end(jobs, until)
        code = _end(web, until)
        return 0 if self._stopping else code or 1


def _end(process: subprocess.Popen[bytes], until: float) -> int:
    """Wait for a process; kill it if it takes too long: what a job did not finish is done again."""
    try:
        return process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _start(command: list[str], at_death: signal.Signals) -> subprocess.Popen[bytes]:
    """Start a process that is sent ``at_death`` if this one is killed."""
    libc = ctypes.CDLL(None, use_errno=True)

    def end_with_parent() -> None:
        libc.prctl(_DIE_WITH_PARENT, at_death)

    # The command is our own, and there are no threads yet that could hold a lock at the fork.
    # With one arena, what replaces shared memory goes where something was freed: of a worker that
    # met three new versions of 2,000,000 images, 140 MB are its own instead of 190.
    environment = {"MALLOC_ARENA_MAX": "1", **os.environ}
    return subprocess.Popen(command, preexec_fn=end_with_parent, env=environment)  # noqa: S603
