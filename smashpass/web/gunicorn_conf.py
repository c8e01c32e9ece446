"""Gunicorn configuration: one process loads the library, and its forked workers share it.

Nothing that is unsafe to fork exists before the fork: connections used for loading are closed,
and threads are started by the workers.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smashpass.web.server.handover import Handover

if TYPE_CHECKING:
    from flask import Flask

# Repeated here, because prometheus_client must find it set when it is imported.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

GARBAGE = 20_000
"""Allocations between garbage collections."""

wsgi_app = "smashpass.web.gunicorn_conf:application()"
worker_class = "smashpass.web.server.worker.BufferingWorker"
threads = 8
worker_connections = 2_000
preload_app = True
keepalive = 15
timeout = 60
graceful_timeout = 6
# Proxy headers are handled by smashpass.web.server.proxies only.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
limit_request_line = 8_190  # the maximum that gunicorn allows
limit_request_fields = 60
# The application logs requests, one line each; gunicorn logs only its own lifecycle.
accesslog = None
loglevel = "warning"
control_socket_disable = True


def application() -> Flask:
    """Return the application, and create the folder in which workers aggregate metrics."""
    os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="smashpass-metrics-")
    from smashpass.web.app import from_environment

    return from_environment()


def pre_fork(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Bring library and rules up to date, so that the worker shares them with this process.

    The first ones find them loaded a moment ago; for the successor of a worker it takes up to a
    second, in which the others answer.
    """
    application = server.app.wsgi()
    services = application.extensions["smashpass"]
    services.warm()
    application.extensions["keeping_up"].poll()
    # Workers keep this index when they follow the library: to free what they share with this
    # process would write on its pages, and so copy them.
    application.extensions["index at the fork"] = services.library.index
    # This process answers nobody and follows no more: its library version is none of a worker.
    _forget_gauges_of(os.getpid())
    # Current objects live as long as the worker: a collection would touch, and so copy, them.
    gc.collect()
    gc.freeze()
    services.close()


def post_worker_init(worker: Any) -> None:
    """Follow the library from a thread of this worker, and have a look at the scorers."""
    # A request allocates a thousand objects and hardly any cycles: collecting after every 700
    # would cost a tenth of its time.
    gc.set_threshold(GARBAGE)
    application = worker.wsgi
    refresher = application.extensions["keeping_up"]
    folder = os.environ.get(FOLDER_VARIABLE)
    if worker.cfg.workers > 1 and folder:
        worker.handover = Handover(Path(folder), refresher.version)
    refresher.start()
    services = application.extensions["smashpass"]
    services.traffic.start()
    services.decisions.probe_scorers()


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Store what this worker counted since the last minute."""
    worker.wsgi.extensions["smashpass"].traffic.save()


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001
    """Forget the state of a worker that ended; its counts stay."""
    _forget_gauges_of(worker.pid)


def _forget_gauges_of(pid: int) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:  # noqa: ARG001
    """Remove the metrics folder."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
