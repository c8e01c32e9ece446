"""The server as it is run: two workers and a job process under ``smashpass serve``."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.settings import load
from tests.support.servers import Server, free_port, until

Start = Callable[[], Server]


@pytest.fixture(scope="module")
def start(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts servers over one home, on one port."""
    home = tmp_path_factory.mktemp("server") / "home"
    shutil.copytree(template, home)
    port, started = free_port(), []

    def made() -> Server:
        started.append(Server(home, port))
        return started[-1]

    yield made
    for server in started:
        server.close()


@pytest.fixture(scope="module")
def running(start: Start) -> Server:
    """A server for tests that leave it running."""
    return start().wait()


@pytest.fixture
def parts(running: Server) -> Iterator[Installation]:
    """Another process's view of the same home."""
    opened = Installation(load({"SMASHPASS_HOME": str(running.home)}))
    yield opened
    opened.engine.dispose()


def _decks(server: Server, query: str) -> list[Any]:
    """Ask eight times at once, again and again, so that both workers answer."""
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(server.ask, "GET", f"/api/v1/deck?q={query}&n=1") for _ in range(40)]
        return [future.result() for future in futures]


def test_the_metrics_are_those_of_all_workers(running: Server) -> None:
    name = 'smashpass_requests_total{route="/api/v1/tags",status="200"} '
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: running.ask("GET", "/api/v1/tags"), range(30)))
    for _ in range(4):
        text = running.ask("GET", "/metrics")
        (line,) = [line_read for line_read in text.splitlines() if line_read.startswith(name)]
        assert float(line.removeprefix(name)) == 30


def test_only_workers_say_which_library_version_they_answer_from(running: Server) -> None:
    reading = re.compile(r'^smashpass_worker_library_version\{pid="(\d+)"\} (\S+)$', re.MULTILINE)
    deadline = time.monotonic() + 20
    while True:
        versions = dict(reading.findall(running.ask("GET", "/metrics")))
        assert len(versions) <= 2
        # A worker that has just started has not looked yet.
        if len(versions) == 2 and len({*versions.values()}) == 1:
            break
        assert time.monotonic() < deadline, versions
        time.sleep(0.05)


def test_an_edit_of_another_process_shows_in_both_workers_within_a_second(
    running: Server, parts: Installation
) -> None:
    assert {answer["deck"]["matched"] for answer in _decks(running, "crown")} == {1}
    crown = parts.catalogue.vocabulary().find("crown")
    assert crown is not None
    parts.catalogue.apply_tag_edit(ImageSet([20]), add=[crown], by="t", origin="t", reason="t")
    edited = time.monotonic()
    time.sleep(0.6)
    matched = [answer["deck"]["matched"] for answer in _decks(running, "crown")[:8]]
    assert time.monotonic() - edited < 3
    assert matched == [2] * 8


def test_a_killed_job_process_is_started_again_and_works(
    running: Server, parts: Installation
) -> None:
    (before,) = running.kind("smashpass jobs")
    os.kill(before, signal.SIGKILL)
    until("another job process", lambda: running.kind("smashpass jobs") - {before})
    wish = {"query": "glasses", "add": ["seen-by-job"], "remove": [], "by": "ann", "reason": "why"}
    number = parts.jobs.enqueue("bulk_tags", wish)
    until("the job is done", lambda: parts.jobs.get(number).state == "done")
    until(
        "the tag is served",
        lambda: any(
            tag["count"] == 60 for tag in running.ask("GET", "/api/v1/tags?prefix=seen-by-job")
        ),
    )


def test_a_killed_worker_is_replaced(running: Server) -> None:
    workers = running.kind("gunicorn")
    assert len(workers) == 3
    os.kill(max(workers), signal.SIGKILL)
    until("another worker", lambda: len(running.kind("gunicorn") - {max(workers)}) == 3)
    assert running.ask("GET", "/api/v1/me")["swipes"] == 0


def test_sighup_loses_no_request(running: Server) -> None:
    before = running.kind("gunicorn")
    jobs = running.kind("smashpass jobs")
    failures: list[Exception] = []
    answered = [0, 0, 0]
    ending = threading.Event()

    def ask(place: int) -> None:
        while not ending.is_set():
            try:
                running.ask("GET", "/api/v1/deck?n=5")
                answered[place] += 1
            except (OSError, http.client.HTTPException, AssertionError) as error:
                failures.append(error)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    running.process.send_signal(signal.SIGHUP)
    until("other workers", lambda: len(running.kind("gunicorn") & before) == 1)
    until("another job process", lambda: running.kind("smashpass jobs") - jobs)
    time.sleep(0.5)
    ending.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert min(answered) > 10
    assert len(running.kind("gunicorn")) == 3


def test_sigterm_ends_every_process_in_time_though_clients_and_a_job_hang(running: Server) -> None:
    idle = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    with socket.create_connection(("127.0.0.1", running.port)) as half:
        half.sendall(
            b"POST /api/v1/viewers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        )
        half.sendall(b"Content-Length: 100\r\n\r\n{")
        time.sleep(0.3)
        (job,) = running.kind("smashpass jobs")
        os.kill(job, signal.SIGSTOP)
        began = time.monotonic()
        running.process.terminate()
        assert running.process.wait(12) == 0
        until("all gone", lambda: not running.processes(), 2)
    idle.close()
    assert time.monotonic() - began < 10
    assert "Traceback" not in running.said()
    assert not list(running.home.parent.glob("smashpass-metrics-*"))


def test_a_killed_server_leaves_nothing_and_another_starts_at_once(start: Start) -> None:
    first = start().wait()
    first.swipe("a", first.ask("GET", "/api/v1/deck")["cards"][0]["image"])
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait(10)
    second = start()
    until("nothing of the first is left", lambda: not first.processes(), 10)
    second.wait()
    second.token = first.token
    assert second.ask("GET", "/api/v1/me")["swipes"] == 1
    second.close()


def test_a_snapshot_that_cannot_be_used_is_made_anew(start: Start) -> None:
    before = start().wait()
    decks = before.ask("GET", "/api/v1/deck")["library"]
    before.close()
    for damage in (b"\x09", b""):  # of another release, cut
        file = max((before.home / "snapshots").glob("library-*.snapshot"))
        content = file.read_bytes()
        file.write_bytes(content[:16] + damage + content[17:])
        restarted = start().wait()
        assert restarted.ask("GET", "/api/v1/deck")["library"] == decks
        assert "rebuilding the snapshot" in restarted.said()
        restarted.close()


def test_swipes_that_were_acknowledged_survive_the_end_of_everything(start: Start) -> None:
    server = start().wait()
    images = [card["image"] for card in server.ask("GET", "/api/v1/deck?n=100")["cards"]]
    acknowledged: list[str] = []

    def swipe(place: int) -> None:
        for number, image in enumerate(images):
            with suppress(OSError, http.client.HTTPException):
                server.swipe(f"t{place}-{number}", image)
                acknowledged.append(f"t{place}-{number}")

    threads = [threading.Thread(target=swipe, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    until("some swipes", lambda: len(acknowledged) >= 40)
    server.kill_everything()
    for thread in threads:
        thread.join()
    restarted = start().wait()
    restarted.token = server.token
    exported = {
        exported_swipe["id"]
        for exported_swipe in restarted.ask("GET", "/api/v1/me/export")["swipes"]
    }
    assert len(acknowledged) < 300
    assert set(acknowledged) <= exported
    assert len(exported) - len(acknowledged) <= 3
    restarted.process.send_signal(signal.SIGINT)
    assert restarted.process.wait(10) == 0
    assert not restarted.processes()
