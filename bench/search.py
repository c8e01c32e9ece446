"""Searching: AND of two common tags, and three tags with NOT, with the exact count."""

from __future__ import annotations

from collections.abc import Iterator

from pyroaring import BitMap

from bench.cases import AND, COUNTS, Case
from bench.processes import PeerFailed
from bench.report import Row, at_most, beside, failed
from bench.site import PEERS, Site
from bench.timing import Contender, interleaved, once
from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.query.bind import bind
from smashpass.core.query.bound import Query
from smashpass.core.query.evaluate import count, images
from smashpass.core.query.normal import normalise
from smashpass.core.query.parser import parse

LIMIT_S = 0.5e-3
SLOWER = 20.0
GATED = {"SQLite FTS5", "SQL join"}

# Plain sets need 70 bytes an image and tag: beyond this size only the memory would be measured.
_NAIVE_UP_TO = 8_000_000


def measure(site: Site) -> Iterator[Row]:
    """Measure every case: ours evaluated alone, ours with parsing, plain sets, and the peers."""
    peers: list[str] = []
    for name in PEERS:
        try:
            site.peer(name)
            peers.append(name)
        except PeerFailed as error:
            yield failed(f"search: {name}", site.size, str(error))
    for case in COUNTS:
        yield from _measure(site, case, peers)


def read(text: str, index: Index) -> Query:
    """Parse, bind and normalise, from scratch each time: searches remember what they read."""
    return normalise(bind(parse(text), index.vocabulary, columns=index.columns()))


def _measure(site: Site, case: Case, peers: list[str]) -> Iterator[Row]:
    index = site.index()
    query = read(case.text, index)
    contenders: dict[str, Contender] = {
        "evaluated": once(lambda: count(query, index)),
        "parsed": once(lambda: count(read(case.text, index), index)),
        "set": once(lambda: len(images(query, index))),
    }
    if site.size <= _NAIVE_UP_TO:
        naive = _Naive(index, case)
        assert naive.count() == count(query, index)
        contenders["plain sets"] = once(naive.count)
    for name in peers:
        _check(site, name, case, images(query, index))
        contenders[name] = site.peer(name).timed("count", case)
    site.say(f"search, {case.name}: {', '.join(contenders)}")
    timings = interleaved(contenders, site.rounds, site.budget_s)

    title = f"search: {case.name}, exact count"
    alone, parsed = timings["evaluated"].median, timings["parsed"].median
    if case is AND:
        limit = LIMIT_S * site.growth
        yield at_most(f"{title}, evaluation", site.size, alone, limit, judged=site.judged)
        yield at_most(f"{title}, with parsing", site.size, parsed, limit, judged=site.judged)
    else:
        yield Row(f"{title}, evaluation", site.size, alone)
        yield Row(f"{title}, with parsing", site.size, parsed)
    yield Row(f"search: {case.name}, all images as a set", site.size, timings["set"].median)
    if "plain sets" in timings:
        yield beside(title, site.size, parsed, "plain sets", timings["plain sets"].median)
    for name in peers:
        gate = SLOWER if case is AND and name in GATED else None
        note = site.peer_note(name)
        theirs = timings[name].median
        yield beside(
            title, site.size, parsed, name, theirs, at_least=gate, judged=site.judged, note=note
        )


class _Naive:
    """The slow and obvious way: a Python set for each tag."""

    def __init__(self, index: Index, case: Case) -> None:
        def plain(name: str) -> set[int]:
            tag = index.vocabulary.find(name)
            assert tag is not None
            return set(index.having(tag))

        self._having = [plain(name) for name in case.having]
        self._lacking = [plain(name) for name in case.lacking]

    def count(self) -> int:
        return len(set.intersection(*self._having).difference(*self._lacking))


def _check(site: Site, name: str, case: Case, ours: ImageSet) -> None:
    """A peer must find as many images as we among those that it has."""
    in_peer = BitMap(range(1, site.peer_size(name) + 1))
    theirs = site.peer(name).call("count", case)
    expected = ours.intersection_cardinality(in_peer)
    if theirs != expected:
        raise AssertionError(f"{case.text}: {name} finds {theirs} images, we {expected}")
