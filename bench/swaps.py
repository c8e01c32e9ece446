"""The memory of workers that met new versions of the library, one import each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.library import write_csv
from bench.load import put_under_load, request
from bench.processes import PeerFailed, run, smashpass
from bench.report import Row, at_most
from bench.servers import Server, memory, serving
from bench.serving import CONNECTIONS, DECK, home_of, make_viewers, some_images
from bench.site import FULL, Site

SWAPS, ARRIVING = 3, 1_000
GROWN_B = 120e6
VIEWERS = 50
PATIENCE_S = 10.0
SETTLING_S = 40.0


def measure(site: Site) -> Iterator[Row]:
    """Import while a server deals decks; up to 2 M images."""
    if site.size > FULL:
        yield Row("swaps", site.size, None, note="left out above 2,000,000 images")
        return
    home, swaps, meanwhile = home_of(site), site.times(SWAPS, SWAPS), 0
    with serving(home) as server:
        server.wait_for("/readyz")
        tokens = make_viewers(
            server, site.times(VIEWERS, VIEWERS), some_images(server, 200), site.seed
        )
        for turn in range(swaps):
            site.say(f"new version {turn + 1} of {swaps}")
            before = _version(server, tokens[0])
            _import(site, home, site.seed + turn + 1)
            began = time.perf_counter()
            while _version(server, tokens[0]) == before:
                if time.perf_counter() - began > PATIENCE_S:
                    raise PeerFailed(f"no worker met the new version for {PATIENCE_S:g} s")
                time.sleep(0.1)
            requests = iter([request("GET", DECK, token) for token in tokens])
            put_under_load(server.address, requests, CONNECTIONS, 60.0)
            meanwhile = max(meanwhile, _largest(server))
        site.say("the time in which grown workers give way")
        time.sleep(site.seconds(SETTLING_S, 0.5))
        afterwards = _largest(server)
    imports = f"{swaps} imports of {ARRIVING:,}"
    name = f"server: a worker's own memory right after one of {imports}, largest"
    yield Row(name, site.size, meanwhile, "B")
    yield at_most(
        f"server: a worker's own memory {SETTLING_S:g} s after {imports}",
        site.size,
        afterwards,
        GROWN_B,
        unit="B",
        judged=site.judged,
        note="a worker that has grown gives way to a fresh one",
    )


def _largest(server: Server) -> int:
    """Return the memory of the worker that has most of its own."""
    return max(memory(process)["Dirty"] for process in server.workers())


def _import(site: Site, home: Path, seed: int) -> None:
    """Import images that are not there yet; a snapshot ends it."""
    file = site.folder / "more.csv"
    write_csv(file, ARRIVING, seed)
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    stamp = time.time_ns()
    lines = [head, *(f"more-{stamp}-{row}" for row in rows), ""]
    file.write_text("\n".join(lines), encoding="utf-8")
    command = smashpass("import", str(file), "--format", "csv", "--media", "none")
    ended = run(command, site.folder, {"SMASHPASS_HOME": str(home)})
    if ended.code:
        raise PeerFailed(f"an import ended with {ended.code}: {ended.complaint}")


def _version(server: Server, token: str) -> int:
    """Return the library version that decks are dealt from."""
    status, deck = server.ask("GET", "/api/v1/deck?n=1", token)
    if status != 200:
        raise PeerFailed(f"a deck was answered with {status}")
    return int(deck["library"]["version"])
