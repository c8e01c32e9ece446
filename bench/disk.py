"""A disk that is full or fails, at each call that changes it: what is said, kept and mended.

The shim of `bench.power` lets the n-th call that changes the home end with an error: "no space
left" from then on until there is room again, "input/output error" once. A command has to say what
is wrong in one line, and to come to the same end when it is run again; a server has to go on with
decks, to answer swipes with 503 and Retry-After, and to keep them again when the fault is over.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import json
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

from bench.faulty.shim import Disk, lacking
from bench.faulty.workloads import Bench, draw, home_on
from bench.kills import contents
from bench.processes import Finished, PeerFailed, run, smashpass
from bench.report import Row
from bench.servers import Server, serving
from bench.serving import some_images, swipes_of
from bench.site import Site

CALLS = 300
PICTURES = 12
SIZES_KB = (100, 160, 220, 280, 340, 400, 440, 480, 520, 560, 640, 800)
BACK_S = 10.0
ERRORS = {errno.ENOSPC: "a full disk", errno.EIO: "one input/output error"}
_EVER = 1 << 61


def measure(site: Site) -> Iterator[Row]:
    """Let every call fail, one after the other, of an import and of swipes."""
    if lacking():
        yield Row("full and failing disks", 0, None, note=lacking())
        return
    folder = site.folder / "disk"
    bench = Bench(folder)
    source = folder / "pictures"
    draw(source, PICTURES)
    count = site.times(CALLS, 30)
    # A few are spread over the same calls as all.
    calls = [1 + number * CALLS // count for number in range(count)]
    importing = _Import(folder, source)
    for error, name in ERRORS.items():
        site.say(f"import on {name}, at {count} calls")
        for number in calls:
            importing.fail_at(number, error)
        yield importing.row(f"import with {name} at each of {count} of its first {CALLS} changes")
    yield from _small_disks(site, importing)
    for error, name in ERRORS.items():
        site.say(f"swipes on {name}, at {count} calls")
        yield from _swipes(bench, calls, error, name)
    shutil.rmtree(folder)


class _Import:
    """An import of pictures that is disturbed, looked at, and run again."""

    def __init__(self, folder: Path, source: Path) -> None:
        self.folder, self._source = folder, source
        self.command = smashpass("import", str(source), "--workers", "1", "--quiet")
        undisturbed = folder / "undisturbed" / "home"
        ended = self._run({"SMASHPASS_HOME": str(undisturbed)})
        if ended.code:
            raise PeerFailed(f"the import ended with {ended.code}: {ended.complaint}")
        self._expected = state_of(undisturbed)
        self.wrongs: Counter[str] = Counter()
        self.refused = self.rounds = 0

    def _run(self, environment: Mapping[str, str]) -> Finished:
        return run(self.command, self.folder, environment)

    def fail_at(self, number: int, error: int) -> None:
        """Let one call fail, then run the import again on a disk that works."""
        root = self.folder / "faulty"
        shutil.rmtree(root, ignore_errors=True)
        disk = Disk(root / "disk", root / "shim", keeps=False)
        disk.fail(number, _EVER if error == errno.ENOSPC else number, error)
        ended = self._run(home_on(disk))
        home = disk.root / "home"
        self.judge(ended.code, ended.errors, f"call {number}")
        for name, digest in pictures_of(home).items():
            if self._expected[1].get(name) != digest:
                self.wrongs[f"a part of a picture is there after call {number}"] += 1
        disk.work()
        if ended.code:
            ended = self._run(home_on(disk))
        self.compare(ended, home, f"call {number}")

    def judge(self, code: int, errors: str, where: str) -> None:
        """Judge what a disturbed import said: nothing if it succeeded, else one line."""
        self.rounds += 1
        self.refused += code != 0
        lines = errors.strip().splitlines()
        if code not in (0, 1):
            self.wrongs[f"exit {code} at {where}: {' '.join(lines)[-200:]}"] += 1
        elif code == 1 and (len(lines) != 1 or "Traceback" in errors):
            self.wrongs[f"{len(lines)} lines at {where}: {' '.join(lines)[-200:]}"] += 1

    def compare(self, ended: Finished, home: Path, where: str) -> None:
        """Compare what is there in the end with an undisturbed import."""
        if ended.code:
            self.wrongs[f"exit {ended.code} afterwards, {where}: {ended.complaint}"] += 1
        elif state_of(home) != self._expected:
            self.wrongs[f"another library in the end, {where}"] += 1

    def row(self, measure: str) -> Row:
        """Return the figure, and begin anew."""
        wrongs, rounds, refused = self.wrongs, self.rounds, self.refused
        self.wrongs, self.rounds, self.refused = Counter(), 0, 0
        return Row(
            f"{measure}: parts of files, unclear errors, other ends",
            0,
            float(wrongs.total()),
            "n",
            gate="0",
            passed=not wrongs and refused > 0,
            note=f"{rounds} imports, {refused} ended with an error and were run again"
            + "".join(f"; {text}" for text in list(wrongs)[:3]),
        )


def state_of(home: Path) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return checksums of the tables of a library and of its picture files."""
    return contents(home), pictures_of(home)


def pictures_of(home: Path) -> dict[str, str]:
    """Return the checksum of each picture file."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (home / "media").rglob("*.webp")
    }


_ON_SMALL_DISK = """
mount -t tmpfs -o size="$1"k,mode=700 tmpfs "$2" || exit 77
shift; disk="$1"; beside="$2"; shift 2
SMASHPASS_HOME="$disk/home" "$@" 2> "$beside/first.err"
echo $? > "$beside/first.code"
mount -o remount,size=64m "$disk" || exit 77
SMASHPASS_HOME="$disk/home" "$@" 2> "$beside/second.err"
echo $? > "$beside/second.code"
cp -r "$disk/home" "$beside/home"
"""


def _small_disks(site: Site, importing: _Import) -> Iterator[Row]:
    """Import onto real file systems that are too small, in a mount namespace of their own."""
    sizes = SIZES_KB[:: 1 if site.times(2, 1) > 1 else 4]
    title = f"import onto {len(sizes)} file systems of {sizes[0]} to {sizes[-1]} kB"
    for size in sizes:
        folder = importing.folder / f"small-{size}"
        disk = folder / "disk"
        disk.mkdir(parents=True)
        script = ["sh", "-c", _ON_SMALL_DISK, "sh", str(size), str(disk), str(folder)]
        space = ["unshare", "--user", "--map-root-user", "--mount", *script, *importing.command]
        ended = subprocess.run(space, capture_output=True, text=True, check=False)
        if not (folder / "second.code").exists():
            yield Row(title, 0, None, note=f"no file system of one's own: {ended.stderr[-100:]}")
            return
        first, second = (int((folder / f"{n}.code").read_text()) for n in ("first", "second"))
        importing.judge(first, (folder / "first.err").read_text(), f"{size} kB")
        output = (folder / "second.err").read_text()
        importing.compare(Finished(second, 0.0, 0, "", output), folder / "home", f"{size} kB")
    yield importing.row(title)


def _swipes(bench: Bench, calls: list[int], error: int, name: str) -> Iterator[Row]:
    """Swipe at a server whose disk fails at one call after the other."""
    root = bench.folder / "swiped"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(bench.library, root / "disk" / "home")
    disk = Disk(root / "disk", root / "shim", keeps=False)
    settings = {**home_on(disk), "SERVER_LOG": str(root / "server.log")}
    with serving(disk.root / "home", 1, settings) as server:
        server.wait_for("/readyz")
        viewer = _Swiper(server)
        for number in calls:
            viewer.new_round()
            disk.fail(number, _EVER if error == errno.ENOSPC else number, error)
            while disk.calls() < number:
                viewer.swipe()
            if error == errno.ENOSPC:
                viewer.swipe(refused=True)
            viewer.deck()
            disk.work()
            viewer.recover(number)
        export = server.ask("GET", "/api/v1/me/export", viewer.token)[1]
    ids = [swipe["id"] for swipe in export["swipes"]]
    lost = len(viewer.acknowledged - set(ids)) + len(ids) - len(set(ids))
    unexplained = (root / "server.log").read_text().count("Traceback")
    yield Row(
        f"swipes with {name} at each of {len(calls)} of the first {CALLS} changes:"
        " lost, doubled, or answered wrongly",
        0,
        float(lost + viewer.wrongs.total()),
        "n",
        gate="0",
        passed=not lost and not viewer.wrongs and viewer.refusals > 0,
        note=f"{len(viewer.acknowledged):,} acknowledged, {viewer.refusals:,} refused with 503 and"
        f" Retry-After; every deck answered; kept again after {viewer.slowest_s:.2g} s at worst;"
        f" {unexplained} tracebacks in the log"
        + "".join(f"; {text}" for text in list(viewer.wrongs)[:3]),
    )


class _Swiper:
    """A viewer who swipes on and on, and looks at cards while that does not work."""

    def __init__(self, server: Server) -> None:
        self.token = server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
        self.acknowledged: set[str] = set()
        self.wrongs: Counter[str] = Counter()
        self.refusals = 0
        self.slowest_s = 0.0
        self._server = server
        self._images = some_images(server, 100)
        self._number = 0

    def new_round(self) -> None:
        """Ask for a deck, so that the viewer is in memory when the disk fails."""
        self.deck()

    def swipe(self, *, refused: bool = False) -> bool:
        """Swipe once; return whether it was acknowledged. ``refused``: it must not be."""
        image = self._images[self._number % len(self._images)]
        body = swipes_of([image], self._number)
        name = f"swipe-{self._number}"
        body["swipes"][0]["id"] = name  # type: ignore[index]
        body["swipes"][0]["at"] = "2026-01-01T00:00:00Z"  # type: ignore[index]
        status, retry_after = self._ask("POST", "/api/v1/swipes", body)
        if status == 200:
            self.acknowledged.add(name)
            self._number += 1
            if refused:
                self.wrongs["acknowledged on a full disk"] += 1
            return True
        if status == 503 and retry_after:
            self.refusals += 1
        else:
            self.wrongs[f"a swipe was answered with {status}"] += 1
        return False

    def deck(self) -> None:
        """Ask for cards, which are there whatever the disk does."""
        status, _ = self._ask("GET", "/api/v1/deck?n=5")
        if status != 200:
            self.wrongs[f"a deck was answered with {status}"] += 1

    def recover(self, number: int) -> None:
        """Swipe until it is acknowledged again."""
        began = time.monotonic()
        while not self.swipe():
            if time.monotonic() - began > BACK_S:
                self.wrongs[f"not kept again {BACK_S:.0f} s after call {number}"] += 1
                return
            time.sleep(0.02)
        self.slowest_s = max(self.slowest_s, time.monotonic() - began)

    def _ask(self, method: str, path: str, body: object = None) -> tuple[int, bool]:
        """Return the status, and whether it is said when to come again."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(*self._server.address, timeout=30)
        with closing(connection):
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, bool(answer.getheader("Retry-After"))
