"""A PostgreSQL machine that goes silent, as one without power does: in a network of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import text

from smashpass.core.errors import DatabaseUnavailable
from smashpass.store.engine.database import connect, reading_once
from tests.support.postgres import PostgresServer

GIVEN_UP_S = 15.0
_NET = f"198.18.{os.getpid() // 60 % 250}"  # meant for such tests (RFC 2544); one for each process
_FIRST = os.getpid() % 60 * 4
OURS, THEIRS = f"{_NET}.{_FIRST + 1}", f"{_NET}.{_FIRST + 2}"
_NETWORK = f"smashpass-{os.getpid()}"
_RELAY = """
import asyncio, sys

async def pipe(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()

async def relay(reader, writer):
    inward, outward = await asyncio.open_unix_connection(sys.argv[2])
    await asyncio.gather(pipe(reader, outward), pipe(inward, writer))

async def main():
    server = await asyncio.start_server(relay, sys.argv[1], 5432)
    print("ready", flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def _silent(silent: bool) -> None:
    """Let what the machine answers get lost, or not."""
    _ip("-n", _NETWORK, "route", "add" if silent else "del", "blackhole", f"{OURS}/32")


@pytest.fixture
def machine(postgres_server: PostgresServer) -> Iterator[None]:
    """A network with one machine, at which PostgreSQL can be reached."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("to make a network, root and the program ip are needed")
    ours, theirs = f"sp{os.getpid()}a", f"sp{os.getpid()}b"
    try:
        _ip("netns", "add", _NETWORK)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network can be made here: {error.stderr.decode().strip()}")
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", _NETWORK)
        _ip("addr", "add", f"{OURS}/30", "dev", ours)
        _ip("link", "set", ours, "up")
        _ip("-n", _NETWORK, "addr", "add", f"{THEIRS}/30", "dev", theirs)
        _ip("-n", _NETWORK, "link", "set", theirs, "up")
        relayed = [sys.executable, "-c", _RELAY, THEIRS, postgres_server.socket]
        inside = ["ip", "netns", "exec", _NETWORK]
        relay = subprocess.Popen(
            [*inside, *relayed], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            assert relay.stdout is not None
            assert relay.stdout.readline() == b"ready\n"
            yield
        finally:
            relay.kill()
            relay.wait()
            relay.stdout.close()
    finally:
        _ip("netns", "del", _NETWORK)


@pytest.mark.usefixtures("machine")
def test_a_machine_that_goes_silent_is_given_up_and_asked_again(postgres_server: PostgresServer):
    name = postgres_server.new_database().rpartition("/")[2]
    engine = connect(f"postgresql://smashpass@{THEIRS}/{name}")

    def ask() -> float:
        began = time.monotonic()
        with reading_once(engine) as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        return time.monotonic() - began

    def given_up_after() -> float:
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            ask()
        return time.monotonic() - began

    def answers() -> bool:
        with suppress(DatabaseUnavailable):
            ask()
            return True
        return False

    ask()
    _silent(True)
    waited = [given_up_after(), given_up_after()]
    # From now on one thread waits at a time, and the others know at once.
    with ThreadPoolExecutor(8) as threads:
        rounds = 4
        seconds = list(threads.map(lambda _: given_up_after(), range(8 * rounds)))
    assert sum(second > 1 for second in seconds) <= 1 + rounds
    assert sorted(seconds)[len(seconds) // 2] < 1
    _silent(False)
    began = time.monotonic()
    while not answers():
        time.sleep(0.05)
    waited.append(time.monotonic() - began)
    with reading_once(engine) as connection:
        # The question is taken, and then nothing comes any more.
        connection.execute(text("SELECT 1"))
        threading.Timer(0.5, _silent, [True]).start()
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            connection.execute(text("SELECT pg_sleep(1)"))
        waited.append(time.monotonic() - began)
    _silent(False)
    engine.dispose()
    print("seconds: {:.1f}, then {:.1f}; back in {:.1f}; while it worked {:.1f}".format(*waited))
    assert max(waited) < GIVEN_UP_S
