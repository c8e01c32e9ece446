"""``smashpass serve`` in processes of its own, asked over real sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: str, true: Callable[[], object], seconds: float = 15.0) -> None:
    """Wait until ``true`` gives something true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not after {seconds} s: {condition}"
        time.sleep(0.05)


class Server:
    """A running server in a session of its own, by which its processes are found."""

    def __init__(self, home: Path, port: int, bind: str = "") -> None:
        self.home, self.port = home, port
        self.log = (home.parent / f"serve-{time.monotonic_ns()}.log").open("w+b")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "smashpass", "serve", "--bind", bind or f"127.0.0.1:{port}"],
            env={**os.environ, "SMASHPASS_HOME": str(home), "TMPDIR": str(home.parent)},
            cwd=ROOT,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        self.token = ""

    def wait(self) -> Server:
        until("ready", self._ready, 30)
        self.token = self.ask("POST", "/api/v1/viewers", {"age_band": "18+"})["token"]
        return self

    def _ready(self) -> bool:
        assert self.process.poll() is None, self.said()
        with suppress(OSError):
            self.ask("GET", "/readyz")
            return True
        return False

    def ended(self) -> bool:
        return self.process.poll() is not None

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read().decode()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask over a connection of its own, and return the JSON (or text) of a good answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            raw = None if body is None else json.dumps(body)
            connection.request(method, path, raw, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        assert answer.status < 400, (method, path, answer.status, text)
        return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else text

    def swipe(self, name: str, image: str) -> None:
        swipe = {"id": name, "image": image, "verdict": "smash", "at": "2026-11-01T12:00:00Z"}
        answer = self.ask("POST", "/api/v1/swipes", {"swipes": [swipe]})
        assert answer["accepted"] == 1

    def processes(self) -> dict[int, str]:
        """The command lines of the server's living processes, by number."""
        command_lines = {}
        for folder in Path("/proc").iterdir():
            if not folder.name.isdigit():
                continue
            with suppress(OSError):
                state, _, _, session = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.process.pid and state != "Z":
                    command_lines[int(folder.name)] = (
                        (folder / "cmdline").read_text().replace("\0", " ")
                    )
        return command_lines

    def kind(self, part: str) -> set[int]:
        return {number for number, line in self.processes().items() if part in line}

    def kill_everything(self) -> None:
        for number in self.processes():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.wait(10)
        until("all gone", lambda: not self.processes())

    def close(self) -> None:
        self.kill_everything()
        self.log.close()
