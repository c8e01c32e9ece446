"""``smashpass jobs``: the process for work that no request should wait for."""

from __future__ import annotations

import os
import signal
from types import FrameType

import click

from smashpass.bootstrap.container import build
from smashpass.bootstrap.worker import job_runner
from smashpass.logs import configure
from smashpass.settings import load


@click.command(epilog="Example: smashpass jobs")
def command() -> None:
    """Run jobs until SIGTERM: bulk edits, imports, and snapshots when the tail is long.

    `smashpass serve` starts this itself. Several may run; each job runs in one process.
    """
    settings = load(os.environ)
    configure(settings.text("log_level"))
    services = build(settings)
    services.require_library()
    services.require_writable()
    stopping = False

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    job_runner(services).run(lambda: stopping)
