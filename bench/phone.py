"""A phone with real Chromium: new viewers swipe by tap, key and finger, and a probe looks on."""

from __future__ import annotations

import base64
import math
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.browser import launched, until

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

PROBE = Path(__file__).with_name("probe.js")
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
    "locale": "en",
}
MOBILE_NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 1_600_000 / 8,
}
MOBILE_SLOWNESS = 4
PACE_S = 0.3
"""Between two decisions of somebody in a hurry, who reads nothing."""
MOVE_S = 1 / 60
FINGER = tuple(9 * step for step in range(1, 21))
"""Where a finger is after each move of a drag, in px to one side: far enough to decide."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """How a phone answered: INP and the 95th percentile of frame times while dragging, in s."""

    inp_s: float
    drag_frame_s: float


@dataclass(frozen=True, slots=True)
class FirstPaint:
    """LCP in s, CLS, and the bytes, as sent, of the modules that the first card needs."""

    lcp_s: float
    shift: float
    script_bytes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """JS heap in bytes and number of DOM nodes, before and after many swipes."""

    heap_before: int
    heap_after: int
    nodes_before: int
    nodes_after: int


class Phone:
    """One Chromium; each method is the visit of a new viewer with empty caches.

    Lives in a process of its own (``bench.processes.Remote``): Playwright cannot be started twice
    in one.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._launched = launched()
        self._browser = self._launched.__enter__()

    def close(self) -> None:
        """End the browser."""
        self._launched.__exit__(None, None, None)

    def next_frames(self, decisions: int, ahead: int | None) -> list[bool]:
        """Return for each decision whether the next frame had a card with its picture.

        On a mobile network and a slow processor.

        Args:
            decisions: How often to swipe, by key.
            ahead: Hold this many pictures ahead instead of what the page would, to see that the
                measure can fail; None for the page as it is.
        """
        with self._visit() as (page, session):
            if ahead is not None:
                _hold_ahead(session, ahead)
            _slow(session, MOBILE_SLOWNESS, mobile=True)
            page.goto(self._address)
            _wait_for_pictures(page)
            for turn in range(decisions):
                _decide_by_key(page, turn)
                time.sleep(PACE_S)
            until(page, f"probe.nextFrames.length >= {decisions}")
            shown: list[bool] = page.evaluate("probe.nextFrames")
            return shown

    def inputs(self, each: int, drags: int, slowness: int) -> Inputs:
        """Decide by ``each`` taps, as many keys, and ``drags`` of a finger."""
        with self._visit() as (page, session):
            page.goto(self._address)
            _wait_for_pictures(page)
            _slow(session, slowness)
            for turn in range(each):
                _put_round_aside(page)
                page.tap("#smash" if turn % 2 else "#pass")
                time.sleep(PACE_S)
            for turn in range(each):
                _decide_by_key(page, turn)
                time.sleep(PACE_S)
            for turn in range(drags):
                _put_round_aside(page)
                _drag(page, session, 1 if turn % 2 else -1)
                time.sleep(PACE_S)
            count = 2 * each + drags
            until(page, f"probe.nextFrames.length >= {count}")
            until(page, "document.getAnimations().length === 0")
            durations: list[float] = page.evaluate("[...probe.interactions.values()]")
            frames: list[float] = page.evaluate("probe.frames")
            return Inputs(inp(durations, count) / 1e3, percentile(frames, 0.95) / 1e3)

    def first_paint(self) -> FirstPaint:
        """Open the page on a mobile network and a slow processor, and swipe 10 times."""
        with self._visit() as (page, session):
            _slow(session, MOBILE_SLOWNESS, mobile=True)
            page.goto(self._address)
            _wait_for_pictures(page)
            # What is painted after the first input counts no more.
            largest: float = page.evaluate("probe.largestPaint")
            size: int = page.evaluate("probe.shellBytes()")
            for turn in range(10):
                _decide_by_key(page, turn)
                time.sleep(PACE_S)
            until(page, "document.getAnimations().length === 0")
            return FirstPaint(largest / 1e3, page.evaluate("probe.shift"), size)

    def growth(self, warming: int, swipes: int) -> Growth:
        """Swipe by key, without a pause; memory is read after the collection of garbage.

        Args:
            warming: Swipes before the first reading: lists of the last answers fill up first.
            swipes: Swipes between the two readings.
        """
        with self._visit() as (page, session):
            session.send("Performance.enable")
            session.send("HeapProfiler.enable")
            page.goto(self._address)
            _wait_for_pictures(page)
            _swipe_without_pause(page, warming)
            heap_before, nodes_before = _memory(page, session)
            _swipe_without_pause(page, swipes)
            heap_after, nodes_after = _memory(page, session)
            return Growth(heap_before, heap_after, nodes_before, nodes_after)

    @contextmanager
    def _visit(self) -> Iterator[tuple[Page, CDPSession]]:
        """Yield the page of a new viewer of age who has not opened it yet, and its CDP session."""
        # A service worker has a network of its own, which nobody slows down.
        context = self._browser.new_context(**PHONE, service_workers="block")
        try:
            answer = context.request.post(
                f"{self._address}/api/v1/viewers", data={"age_band": "18+"}
            )
            assert answer.ok, answer.text()
            page = context.new_page()
            page.add_init_script(path=PROBE)
            yield page, context.new_cdp_session(page)
        finally:
            context.close()


def inp(durations: Sequence[float], count: int) -> float:
    """Return the 98th percentile of ``count`` interactions in milliseconds.

    Args:
        durations: Those of at least 16 ms; Event Timing does not tell of shorter ones.
        count: How many there were.
    """
    longest = sorted(durations, reverse=True)
    place = count // 50
    return longest[place] if place < len(longest) else 16.0


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of all values do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _slow(session: CDPSession, slowness: int, *, mobile: bool = False) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": slowness})
    if mobile:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", MOBILE_NETWORK)


def _wait_for_pictures(page: Page) -> None:
    """Wait until the first card and the one behind have their pictures, and all is loaded."""
    page.wait_for_selector(".card.top img", timeout=60_000)
    until(
        page,
        "document.querySelectorAll('.card img').length > 1 && "
        "[...document.querySelectorAll('.card img')].every((one) => one.complete)",
    )
    page.wait_for_load_state("networkidle")


def _put_round_aside(page: Page) -> None:
    """The card of a finished round is no decision: put it away."""
    while page.locator(".card.top.round-card").count():
        page.keyboard.press("ArrowRight")
        until(page, "document.querySelector('.card.top.round-card') === null")


def _decide_by_key(page: Page, turn: int) -> None:
    _put_round_aside(page)
    page.keyboard.press("ArrowRight" if turn % 2 else "ArrowLeft")


def _swipe_without_pause(page: Page, swipes: int) -> None:
    for turn in range(swipes):
        until(page, "document.querySelector('.card.top') !== null")
        _decide_by_key(page, turn)
    until(page, f"probe.nextFrames.length >= {swipes}")
    # The probe's own lists are no growth of the page.
    page.evaluate("probe.nextFrames = []; probe.interactions = new Map(); probe.frames = []")


def _drag(page: Page, session: CDPSession, direction: int) -> None:
    """Drag the top card to a side, one move a frame, and let go; frames are timed meanwhile."""
    box = page.locator(".card.top").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def send(kind: str, points: list[dict[str, float]]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    page.evaluate("probe.watchFrames()")
    send("touchStart", [{"x": x, "y": y}])
    began = time.perf_counter()
    for step, distance in enumerate(FINGER, 1):
        time.sleep(max(0.0, began + step * MOVE_S - time.perf_counter()))
        send("touchMove", [{"x": x + direction * distance, "y": y + 1}])
    page.evaluate("probe.watching = false")
    send("touchEnd", [])


def _hold_ahead(session: CDPSession, ahead: int) -> None:
    """Serve the page's module of cards with fewer pictures ahead.

    By CDP and not by ``page.route``, which would switch off the browser's cache.
    """

    def answer(event: dict[str, Any]) -> None:
        with urllib.request.urlopen(event["request"]["url"]) as response:
            source = response.read().decode()
        for name, number in (("AHEAD", 5), ("STORED", 20)):
            assert f"const {name} = {number};" in source, f"cards.js has no {name} any more"
            source = source.replace(f"const {name} = {number};", f"const {name} = {ahead};")
        headers = [{"name": "Content-Type", "value": "text/javascript; charset=utf-8"}]
        session.send(
            "Fetch.fulfillRequest",
            {
                "requestId": event["requestId"],
                "responseCode": 200,
                "responseHeaders": headers,
                "body": base64.b64encode(source.encode()).decode(),
            },
        )

    session.on("Fetch.requestPaused", answer)
    session.send("Fetch.enable", {"patterns": [{"urlPattern": "*/js/cards.js"}]})


def _memory(page: Page, session: CDPSession) -> tuple[int, int]:
    """Return bytes of the JS heap and number of DOM nodes, when nothing moves any more."""
    until(page, "document.getAnimations().length === 0")
    page.wait_for_load_state("networkidle")
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    values = {metric["name"]: int(metric["value"]) for metric in metrics}
    return values["JSHeapUsedSize"], values["Nodes"]
