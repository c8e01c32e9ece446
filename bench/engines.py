"""Search engines and image boards: counts and pages beside what somebody would pick instead.

Each takes the library of ``bench.library`` into a process or server of its own. Before its time is
taken, its counts and its newest images must be ours.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Iterator
from itertools import count as numbers
from pathlib import Path

from pyroaring import BitMap

from bench.cases import AND, COUNTS, Case
from bench.processes import PeerFailed, Remote, python, run
from bench.report import Row, beside, failed
from bench.search import read
from bench.servers import memory
from bench.site import Site
from bench.timing import Contender, interleaved, once
from smashpass.core.decks.order import ByAge, Permutation
from smashpass.core.imageset import ImageSet
from smashpass.core.query.evaluate import count, images
from smashpass.snapshots.read import open_snapshot
from tests.support.postgres import binaries

PAGE = 42
"""Images on a page of an image board."""

SLOW_S = 0.5
"""A peer that takes longer is called once a turn, not twice."""

SUBQUERIES = "szurubooru's statements, PostgreSQL"
ENGINES = {
    SUBQUERIES: ("", "bench.peers.post_tag_board:PostTagBoard"),
    "danbooru's statements, PostgreSQL": ("", "bench.peers.tag_string_board:TagStringBoard"),
    "Tantivy": ("tantivy", "bench.peers.tantivy_images:TantivyImages"),
    "DuckDB": ("duckdb", "bench.peers.duckdb_links:SortedLinks"),
}
"""Peer → the package that it needs, "" for PostgreSQL, and what makes it."""


class OwnIndex:
    """Our index in a process of its own, for its memory."""

    def __init__(self, snapshot: str) -> None:
        self._snapshot = Path(snapshot)
        self._index = open_snapshot(self._snapshot)
        for case in COUNTS:
            images(read(case.text, self._index), self._index)

    def disk(self) -> int:
        """Return the bytes of the snapshot."""
        return self._snapshot.stat().st_size

    def memory(self) -> int:
        """Return the bytes that the process holds, Python and its packages among them."""
        return memory(os.getpid())["Pss"]


def measure(site: Site) -> Iterator[Row]:
    """Build ours and each peer, compare what they find, then count and turn pages in turns."""
    built_s = _build(site)
    ours = Remote("bench.engines:OwnIndex", str(site.snapshot()))
    peers: dict[str, Remote] = {}
    try:
        for name, (package, factory) in ENGINES.items():
            if not _installed(package):
                yield Row(f"{name}: taking part", site.size, 0.0, "n", note="not installed")
                continue
            site.say(f"giving {site.size:,} images to {name}")
            folder = str(site.peer_folder)
            try:
                peers[name] = Remote(factory, folder, site.size, site.seed, site.peer_limit_s)
            except PeerFailed as error:
                yield failed(f"engines: {name}", site.size, str(error))
                continue
            theirs_s = _number(peers[name], "built")
            note = _note(site, peers[name])
            title = "library taken in, each by its fastest way"
            yield beside(title, site.size, built_s, name, theirs_s, note=note)
        for case in COUNTS:
            yield from _counts(site, case, peers)
        yield from _pages(site, peers)
        if SUBQUERIES in peers:
            yield _random_pages(site, peers[SUBQUERIES])
        for name, peer in peers.items():
            for title, figure in (("index on disk", "disk"), ("memory in use", "memory")):
                figures = _number(ours, figure), _number(peer, figure)
                yield Row(f"engines: {title}", site.size, figures[0], "B", name, figures[1])
    finally:
        for peer in (ours, *peers.values()):
            peer.close()


def _installed(package: str) -> bool:
    if not package:
        return binaries() is not None
    return importlib.util.find_spec(package) is not None


def _build(site: Site) -> float:
    """Build the index once more, from the same pictures as the peers; return the seconds."""
    site.say(f"building the index of {site.size:,} images")
    snapshot, path = site.snapshot_path, site.peer_folder / "again.snapshot"
    arguments = (str(path), str(site.size), str(site.seed))
    ended = run(python("-m", "bench.build", *arguments), site.folder)
    if ended.code:
        raise PeerFailed(f"the index could not be built: {ended.complaint}")
    if not snapshot.exists():
        path.rename(snapshot)
    path.unlink(missing_ok=True)
    return ended.seconds


def _number(peer: Remote, method: str) -> float:
    answer = peer.call(method)
    assert isinstance(answer, int | float)
    return float(answer)


def _note(site: Site, peer: Remote) -> str:
    size = int(_number(peer, "size"))
    return "" if size == site.size else f"with {size:,} images only; not scaled"


def _counts(site: Site, case: Case, peers: dict[str, Remote]) -> Iterator[Row]:
    index = site.index()
    matched = images(read(case.text, index), index)
    contenders = {"ours": once(lambda: count(read(case.text, index), index))}
    for name, peer in peers.items():
        expected = len(_within(site, matched, peer))
        theirs, contenders[name] = _asked(peer, "count", case)
        assert theirs == expected, f"{case.text}: {name} counts {theirs}, we {expected}"
    yield from _in_turns(site, f"engines: {case.name}, exact count", contenders, peers)


def _pages(site: Site, peers: dict[str, Remote]) -> Iterator[Row]:
    """The newest images with two tags, with the exact total."""
    index = site.index()

    def ours() -> tuple[int, list[int]]:
        matched = images(read(AND.text, index), index)
        return len(matched), [*ByAge().first(matched, PAGE)]

    contenders = {"ours": once(ours)}
    for name, peer in peers.items():
        within = _within(site, images(read(AND.text, index), index), peer)
        expected = len(within), [*ByAge().first(within, PAGE)]
        theirs, contenders[name] = _asked(peer, "page", AND, PAGE)
        assert theirs == expected, f"{name} has another page than we: {theirs}"
    yield from _in_turns(
        site, f"engines: newest {PAGE} with {AND.name}, with the total", contenders, peers
    )


def _random_pages(site: Site, peer: Remote) -> Row:
    """Random images with two tags, with the exact total; ours in another order each time."""
    index, orders = site.index(), numbers(site.seed)

    def ours() -> tuple[int, list[int]]:
        matched = images(read(AND.text, index), index)
        return len(matched), [*Permutation(next(orders)).first(matched, PAGE)]

    total, page = ours()
    answer, contender = _asked(peer, "random_page", AND, PAGE)
    assert isinstance(answer, tuple)
    within = _within(site, images(read(AND.text, index), index), peer)
    assert answer[0] == len(within), f"{SUBQUERIES} counts {answer[0]}, we {total}"
    for ids in (page, answer[1]):
        assert len(set(ids)) == min(PAGE, len(within))
    assert within.issuperset(ImageSet(answer[1]))
    contenders = {"ours": once(ours), SUBQUERIES: contender}
    title = f"engines: random {PAGE} with {AND.name}, with the total"
    [row] = _in_turns(site, title, contenders, {SUBQUERIES: peer})
    return row


def _asked(peer: Remote, method: str, *args: object) -> tuple[object, Contender]:
    """Return what a peer answers, and the contender that times it."""
    began = time.perf_counter()
    answer = peer.call(method, *args)
    slow = time.perf_counter() - began > SLOW_S
    return answer, peer.timed(method, *args, twice=not slow)


def _within(site: Site, matched: ImageSet, peer: Remote) -> ImageSet:
    """Return those of some images that a peer has taken in time."""
    size = int(_number(peer, "size"))
    return matched if size == site.size else ImageSet(matched & BitMap(range(1, size + 1)))


def _in_turns(
    site: Site, title: str, contenders: dict[str, Contender], peers: dict[str, Remote]
) -> Iterator[Row]:
    site.say(f"{title}: {', '.join(contenders)}")
    timings = interleaved(contenders, site.rounds, site.budget_s / 2)
    ours_s = timings["ours"].median
    for name, peer in peers.items():
        note = _note(site, peer)
        yield beside(title, site.size, ours_s, name, timings[name].median, note=note)
