"""The swipe page in real Chromium: whether it answers a hand at once, and goes on doing so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.browser import missing
from bench.processes import PeerFailed, Remote, run, smashpass
from bench.report import Row, at_most
from bench.servers import serving
from bench.site import Site

RUNS = 5
PICTURES = 500
DECISIONS = 60
EACH = 40
DRAGS = 12
WARMING = 60
SWIPES = 400

INP_S = {1: 0.050, 4: 0.130, 6: 0.200}
DRAG_FRAME_S = {1: 0.020, 6: 0.035}
LCP_S = 1.2
SCRIPTS_B = 15 * 1024
HEAP_GROWTH = 0.10
NODE_GROWTH = 5

MOBILE = "CPU 4× slower, 1.6 Mbit/s, 150 ms"


def measure(site: Site) -> Iterator[Row]:
    """Measure the swipe page over the demo library; each figure is the median of the runs."""
    lacking = missing()
    if lacking:
        yield Row("pages", 0, None, note=f"left out: {lacking}")
        return
    pictures = site.times(PICTURES, 150)
    home = demo_home(site.folder / "pages", pictures)
    with serving(home, workers=1) as server:
        server.wait_for("/readyz")
        host, port = server.address
        phone = Remote("bench.phone:Phone", f"http://{host}:{port}")
        try:
            for rows in (_next_frame, _inputs, first_paint, _growth):
                yield from rows(site, phone, pictures)
        finally:
            phone.close()


def demo_home(folder: Path, pictures: int) -> Path:
    """Return an installation with that many demo pictures and the shipped rules.

    Drawn once for each folder: about 25 pictures a second.
    """
    home = folder / "home"
    ended = run(smashpass("demo", "--count", str(pictures)), folder, {"SMASHPASS_HOME": str(home)})
    if ended.code:
        raise PeerFailed(f"`smashpass demo` ended with {ended.code}: {ended.complaint}")
    return home


def _next_frame(site: Site, phone: Remote, pictures: int) -> Iterator[Row]:
    decisions = site.times(DECISIONS, 30)
    shares = {ahead: _runs(site, phone, "next_frames", decisions, ahead) for ahead in (None, 1)}
    ours, theirs = (median(map(_share, runs)) for runs in shares.values())
    note = f"{decisions} decisions; {MOBILE}"
    yield Row(
        "page: next card has its picture in the next frame",
        pictures,
        ours,
        "",
        gate="100 %",
        passed=_judged(site, ours == 1),
        note=note,
    )
    yield Row(
        "page: the same with one picture held ahead, which must miss that",
        pictures,
        theirs,
        "",
        gate="< 100 %",
        passed=_judged(site, theirs < 1),
        note=note,
    )


def _inputs(site: Site, phone: Remote, pictures: int) -> Iterator[Row]:
    each, drags = site.times(EACH, 10), site.times(DRAGS, 3)
    judged = not site.quick
    for slowness, limit in INP_S.items():
        site.say(f"page: inputs, CPU {slowness}× slower")
        runs = _runs(site, phone, "inputs", each, drags, slowness)
        yield at_most(
            f"page: INP, CPU {slowness}×",
            pictures,
            median(inputs.inp_s for inputs in runs),
            limit,
            judged=judged,
            note=f"98th percentile of {each} taps, {each} keys and {drags} drags; steps of 8 ms; "
            f"runs: {_spread([inputs.inp_s for inputs in runs])}",
        )
        if slowness in DRAG_FRAME_S:
            yield at_most(
                f"page: frame while dragging, 95th percentile, CPU {slowness}×",
                pictures,
                median(inputs.drag_frame_s for inputs in runs),
                DRAG_FRAME_S[slowness],
                judged=judged,
                note=f"runs: {_spread([inputs.drag_frame_s for inputs in runs])}",
            )


def first_paint(site: Site, phone: Remote, pictures: int) -> Iterator[Row]:
    """How soon the first card is there, and whether anything moves after it."""
    judged = not site.quick
    runs = _runs(site, phone, "first_paint")
    paints = [paint.lcp_s for paint in runs]
    yield at_most(
        "page: LCP",
        pictures,
        median(paints),
        LCP_S,
        judged=judged,
        note=f"{MOBILE}; runs: {_spread(paints)}",
    )
    shift = median(paint.shift for paint in runs)
    yield Row(
        "page: CLS",
        pictures,
        shift,
        "n",
        gate="0",
        passed=_judged(site, shift == 0),
        note=f"first visit and 10 swipes; {MOBILE}",
    )
    size = median(paint.script_bytes for paint in runs)
    yield at_most("page: JavaScript before the first card", pictures, size, SCRIPTS_B, unit="B")


def _growth(site: Site, phone: Remote, pictures: int) -> Iterator[Row]:
    warming, swipes = site.times(WARMING, 10), site.times(SWIPES, 60)
    runs = _runs(site, phone, "growth", warming, swipes)
    heap = max(0.0, median(growth.heap_after / growth.heap_before - 1 for growth in runs))
    nodes = max(0, median(growth.nodes_after - growth.nodes_before for growth in runs))
    heap_before = median(growth.heap_before for growth in runs)
    nodes_before = median(growth.nodes_before for growth in runs)
    after = f"after {swipes} swipes that follow {warming} first ones"
    yield Row(
        "page: growth of the JS heap",
        pictures,
        heap,
        "",
        gate=f"≤ {100 * HEAP_GROWTH:g} %",
        passed=_judged(site, heap <= HEAP_GROWTH),
        note=f"from {heap_before / 1e6:.2f} MB, {after}",
    )
    yield Row(
        "page: growth of the DOM",
        pictures,
        nodes,
        "n",
        gate=f"≤ {NODE_GROWTH} nodes",
        passed=_judged(site, nodes <= NODE_GROWTH),
        note=f"from {nodes_before:,.0f}, {after}",
    )


def _runs(site: Site, phone: Remote, method: str, *arguments: object) -> list[Any]:
    """Let as many new viewers as there are runs do the same."""
    answers = []
    for number in range(site.times(RUNS, 1)):
        site.say(f"page: {method}{arguments}, run {number + 1}")
        answers.append(phone.call(method, *arguments))
    return answers


def _judged(site: Site, passed: bool) -> bool | None:
    """A quick run makes too few swipes for a verdict."""
    return None if site.quick else passed


def _share(shown: list[bool]) -> float:
    return sum(shown) / len(shown)


def _spread(seconds: list[float]) -> str:
    return f"{1e3 * min(seconds):.0f} to {1e3 * max(seconds):.0f} ms"
