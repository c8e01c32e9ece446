"""``smashpass serve``: gunicorn with the bundled configuration, and the job process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

import click

from smashpass.bootstrap.container import Container, build
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.operations.listener import (
    Address,
    StartupProbe,
    open_listener,
    parse_address,
    url_of,
)
from smashpass.core.errors import SnapshotDamaged, SnapshotIncompatible
from smashpass.processes import at_parents_death, wait_or_kill
from smashpass.settings import load

_RESTART_DELAY_S = 1.0
_POLL_S = 0.2
_END_S = 8.0
"""How long processes may take to end: longer than gunicorn's timeout for its workers."""


@click.command(epilog="Example: smashpass serve --bind 127.0.0.1:8000 --workers 2")
@click.option(
    "--bind",
    type=parse_address,
    metavar="ADDRESS",
    default="127.0.0.1:8000",
    show_default=True,
    help="HOST:PORT, [IPv6]:PORT or unix:PATH; with port 0, any free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="Web processes, each with 8 threads.",
)
@click.option("--check", is_flag=True, help="Only check whether the address can be used.")
def command(bind: Address, workers: int, check: bool) -> int:
    """Serve in the foreground until Ctrl-C or SIGTERM; SIGHUP reloads without losing a request.

    If no rules are active, the bundled rules are published.
    """
    settings = load(os.environ)
    with open_listener(bind) as listener:
        if check:
            if bind.path:
                os.unlink(bind.path)  # noqa: PTH108
            return ExitCode.DONE
        return _prepare(build(settings)) or _ProcessGroup(listener, workers).run()


def _prepare(services: Container) -> int:
    """Prepare the installation for serving; return an exit code."""
    services.check_models()
    services.prepare()
    services.rules.ensure_active()
    back = services.privacy.sweep_restored()
    if back is not None:
        click.echo(f"smashpass: a backup was restored; {back} viewers erased again", err=True)
    services.close()
    try:
        services.maintenance.check_snapshot()
    except (SnapshotDamaged, SnapshotIncompatible) as error:
        # The database is authoritative; after an upgrade the server must still start.
        click.echo(f"smashpass: {error}; rebuilding the snapshot", err=True)
        rebuild = [sys.executable, "-P", "-m", "smashpass", "index", "build"]
        return subprocess.run(rebuild, check=False).returncode  # noqa: S603
    return ExitCode.DONE


class _ProcessGroup:
    """The processes of a server: gunicorn and the job process; the server ends with gunicorn."""

    def __init__(self, listener: socket.socket, workers: int) -> None:
        self._listener = listener
        python = [sys.executable, "-P", "-m"]
        conf = ["-c", "python:smashpass.web.gunicorn_conf"]
        bind = ["--bind", f"fd://{listener.fileno()}"]
        self._web = [*python, "gunicorn", *conf, *bind, "--workers", str(workers)]
        self._jobs = [*python, "smashpass", "jobs"]
        self._stopping = False

    def run(self) -> int:
        """Start both, restart the job process if it ends, stop both; return the exit code."""
        web = _start(self._web, signal.SIGTERM, self._listener.fileno())
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
        probe: StartupProbe | None = StartupProbe(self._listener)
        url = url_of(self._listener)
        # Once gunicorn has ended, no client may wait on our copy of the socket.
        self._listener.close()
        while not self._stopping and web.poll() is None:
            if jobs.poll() is not None and time.monotonic() - started > _RESTART_DELAY_S:
                jobs, started = _start(self._jobs, signal.SIGKILL), time.monotonic()
            if probe is None:
                time.sleep(_POLL_S)
            elif probe.succeeded(_POLL_S):
                click.echo(f"serving on {url}  (Ctrl-C ends)", err=True)
                probe = None
        if probe is not None:
            probe.close()
        for process in (web, jobs):
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + _END_S
        wait_or_kill(jobs, until - time.monotonic())  # unfinished jobs are repeated
        code = wait_or_kill(web, until - time.monotonic())
        return ExitCode.DONE if self._stopping else code or ExitCode.FAILED


def _start(
    command: list[str], at_death: signal.Signals, *inherited: int
) -> subprocess.Popen[bytes]:
    """Start a process that is sent ``at_death`` if this one is killed."""
    # The command is our own, and no threads exist yet that could hold a lock at the fork.
    # With one arena, memory that replaces shared pages reuses freed space: a worker that loaded
    # three new versions of 2,000,000 images has 140 MB of its own instead of 190.
    environment = {"MALLOC_ARENA_MAX": "1", **os.environ}
    return subprocess.Popen(  # noqa: S603
        command, preexec_fn=at_parents_death(at_death), env=environment, pass_fds=inherited
    )
