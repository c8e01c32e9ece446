"""More requests than the threads can answer: some are refused at once, none waits long."""

from __future__ import annotations

import http.client
import json
import shutil
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from smashpass.web.server.backlog import PATIENCE_S, PROBES, Backlog
from tests.support.servers import Server, free_port, until

WAITING = 40
"""More than the threads of all workers: each begins to wait for the database."""

VIEWER = json.dumps({"age_band": "18+"})


@pytest.fixture
def server(template: Path, tmp_path: Path):
    home = tmp_path / "home"
    shutil.copytree(template, home)
    server = Server(home, free_port()).wait()
    yield server
    server.close()


class Client(threading.Thread):
    """One request that writes to the database, on a connection of its own."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._port = server.port
        self.status = 0
        self.retry_after: str | None = None
        self.body: dict[str, object] = {}
        self.seconds = 0.0
        self.start()

    def run(self) -> None:
        began = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", "/api/v1/viewers", VIEWER, headers)
            answer = connection.getresponse()
            self.body = json.loads(answer.read())
        self.status, self.retry_after = answer.status, answer.headers["Retry-After"]
        self.seconds = time.monotonic() - began


def one_more(server: Server, clients: list[Client], seconds: float) -> Client:
    """A further request, which joins the others if it is not answered in time."""
    client = Client(server)
    client.join(seconds)
    clients.append(client)
    return client


def shed(server: Server) -> float:
    lines = server.ask("GET", "/metrics").splitlines()
    counts = [line for line in lines if line.startswith("smashpass_requests_shed_total ")]
    return sum(float(line.split()[-1]) for line in counts)


def test_what_cannot_be_answered_soon_is_refused_at_once_and_all_is_well_afterwards(server):
    assert shed(server) == 0
    with closing(sqlite3.connect(server.home / "smashpass.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        waiting = [Client(server) for _ in range(WAITING)]
        # Which worker takes a connection is up to the system, so several are tried.
        until("refused", lambda: one_more(server, waiting, 0.2).status == 503, 4)
        last = waiting[-1]
        database.execute("ROLLBACK")
    for client in waiting:
        client.join(30)
    assert last.seconds < 0.2
    assert last.retry_after in ("1", "2", "3")
    assert last.body["code"] == "overloaded"
    # Those who waited were answered, or refused like the last one: nobody was left without.
    assert {client.status for client in waiting} <= {201, 503}
    assert sum(client.status == 201 for client in waiting) >= 8
    until("no longer refused", lambda: one_more(server, [], 30).status == 201)
    assert shed(server) >= 1


def test_a_backlog_is_overdue_once_its_oldest_request_has_waited(monkeypatch):
    now = 100.0
    monkeypatch.setattr("smashpass.web.server.backlog.time.monotonic", lambda: now)
    backlog = Backlog()
    assert not backlog.is_overdue()
    backlog.add()
    now += PATIENCE_S
    backlog.add()
    assert not backlog.is_overdue()
    now += 0.01
    assert backlog.is_overdue()
    backlog.take()
    assert not backlog.is_overdue()
    backlog.take()
    assert not backlog.is_overdue()


def test_probes_are_never_refused(server):
    """They wait for a thread like everything else, but are not turned away."""
    with closing(sqlite3.connect(server.home / "smashpass.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        waiting = [Client(server) for _ in range(WAITING)]
        until("refused", lambda: one_more(server, waiting, 0.2).status == 503, 4)
        with ThreadPoolExecutor(len(PROBES)) as pool:
            paths = [probe.decode().split()[1] for probe in PROBES]
            answers = [pool.submit(server.ask, "GET", path) for path in paths]
            until("asked", lambda: all(answer.running() or answer.done() for answer in answers))
            database.execute("ROLLBACK")
        assert all(answer.result() for answer in answers)
    for client in waiting:
        client.join(30)
