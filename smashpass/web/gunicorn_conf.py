"""How gunicorn runs the server: one process loads the library, the workers that it forks share it.

Nothing that forks badly exists before the fork: the connections of the loading are closed, and
threads are started by the workers.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

# prometheus_client must find it set when it is imported, so it is named here too.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

GARBAGE = 20_000
"""Objects made before the collector looks for circles."""

wsgi_app = "smashpass.web.gunicorn_conf:application()"
worker_class = "smashpass.web.server.worker.BufferingWorker"
threads = 8
worker_connections = 2_000
preload_app = True
keepalive = 15
timeout = 60
graceful_timeout = 6
# What a proxy says of the client is the business of smashpass.web.server.proxies, whoever asks.
forwarded_allow_ips = ""
forwarder_headers = ""
secure_scheme_headers: dict[str, str] = {}
limit_request_line = 8_190  # the most that gunicorn allows
limit_request_fields = 60
# Requests are logged by the application, one line each; gunicorn tells only of its own life.
accesslog = None
loglevel = "warning"
control_socket_disable = True


def application() -> Flask:
    """Return the application, and make the folder in which the workers add up their metrics."""
    os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="smashpass-metrics-")
    from smashpass.web.app import from_environment

    return from_environment()


def when_ready(server: Any) -> None:
    """Load library and rules once, before the first fork."""
    application = server.app.wsgi()
    parts = application.extensions["smashpass"]
    parts.warm()
    application.extensions["keeping_up"].poll()
    # What lives now lives as long as the server: the collector must not touch, and so copy, it.
    gc.collect()
    gc.freeze()
    parts.engine.dispose()


def post_worker_init(worker: Any) -> None:
    """Follow the library from a thread of this worker."""
    # A request makes a thousand objects and hardly ever a circle: looking for circles after every
    # 700 costs a tenth of it.
    gc.set_threshold(GARBAGE)
    application = worker.wsgi
    application.extensions["keeping_up"].start()


def on_exit(server: Any) -> None:  # noqa: ARG001
    """Remove the folder of the metrics."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
