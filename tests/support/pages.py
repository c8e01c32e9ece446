"""Real Chromium against a real server over a small library with pictures."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.support.faces import draw_library
from tests.support.paths import ROOT
from tests.support.shared import filled_once


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(address: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(f"{address}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server is not ready after {seconds} s")


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[str]:
    """Serve ``home`` as it is served in earnest, by one worker; yields the address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket"]
    with (home / f"serve-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "smashpass.web.app:from_environment()"],
            env={**os.environ, "SMASHPASS_HOME": str(home), **settings},
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        wait_until_ready(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the library and the shipped rules."""
    own = tmp_path_factory.mktemp("site") / "home"
    shutil.copytree(filled_once(tmp_path_factory, "pages", import_faces), own)
    return own


def import_faces(home: Path) -> None:
    """Import the library into ``home``, from a folder beside it, and publish the shipped rules."""
    faces = home.with_name("faces")
    draw_library(faces)
    run_command(home, "import", str(faces), "--workers", "1")
    publish_rules(home)


def publish_rules(home: Path) -> None:
    """Publish the shipped rules in ``home``."""
    run_command(home, "rules", "publish", "rules", "--reason", "for the tests")


def run_command(home: Path, *words: str) -> None:
    process = subprocess.run(
        [Path(sys.executable).with_name("smashpass"), *words],
        env={**os.environ, "SMASHPASS_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0, process.stderr


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[str]:
    with serving(home) as address:
        yield address


STEP_S = 0.012
"""Between two moves of a finger, by the clock of the events, however slow the machine."""


@dataclass
class Visit:
    """One browser window of one new viewer, and what it did behind the page's back."""

    page: Any
    server: str
    troubles: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", self._hear)
        self.page.context.on("request", self._see)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.text} ({message.location.get('url')})")

    def _see(self, request: Any) -> None:
        if not request.url.startswith((self.server, "data:", "blob:")):
            self.strangers.append(request.url)

    def until(self, expression: str) -> None:
        """Wait until ``expression`` is true in the page, whose policy forbids polling by eval."""
        deadline = time.monotonic() + 8
        while not self.page.evaluate(expression):
            assert time.monotonic() < deadline, f"still not true: {expression}"
            self.page.wait_for_timeout(20)

    def go_offline(self, offline: bool = True) -> None:
        self.expected.append("net::ERR_")  # the browser itself writes so
        self.page.context.set_offline(offline)

    def join(self, band: str = "18+") -> None:
        """Pass the age question and wait for the first card."""
        self.page.goto(self.server)
        self.page.click(f"button[value='{band}']")
        self.page.wait_for_selector(".card.top")

    @property
    def top(self) -> str:
        return str(self.page.locator(".card.top").get_attribute("data-image"))

    def swipes(self) -> list[dict[str, Any]]:
        """What the server has of this viewer, oldest first."""
        answer = self.page.context.request.get(f"{self.server}/api/v1/me/export", max_retries=2)
        assert answer.ok
        return list(answer.json()["swipes"])

    def wait_for_swipes(self, count: int) -> list[dict[str, Any]]:
        """Wait until the server has that many swipes; fails after five seconds."""
        deadline = time.monotonic() + 5
        while len(swipes := self.swipes()) != count and time.monotonic() < deadline:
            self.page.wait_for_timeout(100)
        assert len(swipes) == count
        return swipes

    def touch(self, *moves: tuple[float, float], cancel: bool = False) -> None:
        """Drag a finger from the middle of the top card along ``moves``, one a ``STEP_S``."""
        box = self.page.locator(".card.top").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        session = self.page.context.new_cdp_session(self.page)

        began = time.time()

        def send(step: int, kind: str, points: list[dict[str, float]]) -> None:
            event = {"type": kind, "touchPoints": points, "timestamp": began + step * STEP_S}
            session.send("Input.dispatchTouchEvent", event)

        send(0, "touchStart", [{"x": x, "y": y}])
        for step, (dx, dy) in enumerate(moves, 1):
            send(step, "touchMove", [{"x": x + dx, "y": y + dy}])
        send(len(moves) + 1, "touchCancel" if cancel else "touchEnd", [])
        session.detach()

    def drag(self, dx: float, dy: float = 0, *, steps: int = 8) -> None:
        """Drag the top card with the mouse."""
        box = self.page.locator(".card.top").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        mouse = self.page.mouse
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + dx, y + dy, steps=steps)
        mouse.up()


Open = Callable[..., Visit]


@pytest.fixture
def open_page(chromium: Any, server: str) -> Iterator[Open]:
    """Opens windows; every one must stay free of errors and of requests to strangers."""
    visits: list[Visit] = []

    def opened(address: str = server, **options: Any) -> Visit:
        options = {"viewport": {"width": 390, "height": 844}, "has_touch": True} | options
        context = chromium.new_context(**options)
        context.set_default_timeout(8_000)
        visit = Visit(context.new_page(), address)
        visit.watch()
        visits.append(visit)
        return visit

    yield opened
    for visit in visits:
        unexpected = [
            trouble
            for trouble in visit.troubles
            if not any(part in trouble for part in visit.expected)
        ]
        strangers = visit.strangers
        visit.page.context.close()
        assert unexpected == []
        assert strangers == []


@pytest.fixture
def visit(open_page: Open) -> Visit:
    """A window whose viewer is of age and has a card to swipe."""
    opened = open_page()
    opened.join()
    return opened
