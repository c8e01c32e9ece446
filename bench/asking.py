"""Queries people may type: 1,000 random ones, parsed afresh each time, exact, beside two peers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from statistics import median, quantiles

from bench.processes import PeerFailed
from bench.questions import Question, questions
from bench.report import Row, at_most, failed
from bench.site import Site
from smashpass.core.errors import BadQuery
from smashpass.core.library.index import Index
from smashpass.core.query.bind import bind
from smashpass.core.query.evaluate import count, images
from smashpass.core.query.normal import normalise
from smashpass.core.query.parser import parse

QUESTIONS = 1_000
MEDIAN_S, P99_S, HOSTILE_S = 1e-3, 10e-3, 50e-3
MANY = 10_000
FASTER = 20.0
BEHIND_S = 0.5e-3
HOSTILE_BYTES = 100_000

_PEERS: dict[str, Callable[[Question], str]] = {
    "SQLite FTS5": lambda question: question.match,
    "PostgreSQL GIN": lambda question: question.tsquery,
}
"""Peer → how a question is put to it."""
_SHAPES = ("a", "(", ")", "NOT ", "a OR ", "-", '"', "*", "~", "hair:", "\ud800", "\u202e", "a_")


def measure(site: Site) -> Iterator[Row]:
    """Measure all questions, hold the counts against the peer's, and try hostile texts."""
    index = site.index()
    drawn = list(questions(site.times(QUESTIONS, 100), site.seed))
    site.say(f"asking {len(drawn):,} random questions")
    ours = [_timed(index, question) for question in drawn]
    seconds = [took for took, _ in ours]
    title = f"{len(drawn):,} random queries of 1–6 terms, parsing included"
    grown, judged = site.growth, site.judged
    yield at_most(f"{title}, median", site.size, median(seconds), MEDIAN_S * grown, judged=judged)
    last = quantiles(seconds, n=100, method="inclusive")[98]
    yield at_most(f"{title}, p99", site.size, last, P99_S * grown, judged=judged)
    wrong = sum(
        len(images(normalise(bind(parse(question.text), index.vocabulary)), index)) != matched
        for question, (_, matched) in zip(drawn, ours, strict=True)
    )
    yield _none("counts that are not the size of the set", site, wrong)
    for name in _PEERS:
        try:
            yield from _beside(name, site, drawn, ours)
        except PeerFailed as error:
            yield failed(f"random queries: {name}", site.size, str(error))
    yield at_most("hostile query text of 100 kB, worst", site.size, _hostile(index), HOSTILE_S)


def _beside(
    name: str, site: Site, drawn: list[Question], ours: list[tuple[float, int]]
) -> Iterator[Row]:
    """Ask a peer the same; what each question costs it, and whether it counts as we do."""
    peer, put = site.peer(name), _PEERS[name]
    exact = site.peer_size(name) == site.size
    ratios, behind, wrong = [], [], 0
    for question, (took, matched) in zip(drawn, ours, strict=True):
        theirs = peer.timed("match", put(question))()
        wrong += exact and peer.call("match", put(question)) != matched
        if matched >= MANY:
            ratios.append(theirs / took)
        else:
            behind.append(took - theirs)
    note = site.peer_note(name)
    if exact:
        yield _none(f"counts that differ from those of {name}", site, wrong)
    if ratios:
        ratio = median(ratios)
        yield Row(
            f"{name}: times our time, median of {len(ratios):,} queries with ≥ {MANY:,} images",
            site.size,
            ratio,
            "",
            gate=f"≥ {FASTER:g}",
            passed=ratio >= FASTER if site.judged else None,
            note=note,
        )
    if behind:
        yield at_most(
            f"behind {name} on the other {len(behind):,} queries, worst",
            site.size,
            max(0.0, *behind),
            BEHIND_S * site.growth,
            judged=site.judged,
            note=note,
        )


def _timed(index: Index, question: Question) -> tuple[float, int]:
    """Return the better of two times of a whole query, and its count."""
    best, matched = float("inf"), 0
    for _ in range(2):
        start = time.perf_counter()
        form = normalise(bind(parse(question.text), index.vocabulary, columns=index.columns()))
        matched = count(form, index)
        best = min(best, time.perf_counter() - start)
    return best, matched


def _hostile(index: Index) -> float:
    """Return the longest time that a text of 100 kB, or the most that is read of it, takes."""
    worst = 0.0
    for shape in _SHAPES:
        for size in (HOSTILE_BYTES, 1_990):
            text = (shape * (size // len(shape) + 1))[:size]
            start = time.perf_counter()
            with suppress(BadQuery):
                bind(parse(text), index.vocabulary, columns=index.columns())
            worst = max(worst, time.perf_counter() - start)
    return worst


def _none(title: str, site: Site, wrong: int) -> Row:
    return Row(title, site.size, float(wrong), "", gate="none", passed=wrong == 0)
