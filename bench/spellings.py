"""Nearest spellings where they are hard to find: many that are alike, long ones, other scripts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from bench.report import Row, shown
from bench.site import Site
from smashpass.core.tags.nearest import SHORT, Neighbourhood

TAGS = 100_000
NEAREST_S = 50e-3

_WORDS = 20
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщ"
_SYLLABLES = ("ba", "ne", "ti", "lo", "gu", "sha", "ren", "mi", "kor", "du", "fe", "pa", "zo")


def _syllables(rng: Random, most: int) -> str:
    return "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(1, most)))


KINDS: dict[str, Callable[[Random, int], str]] = {
    "made-up words": lambda rng, _: "_".join(_syllables(rng, 3) for _ in range(rng.randint(1, 3))),
    "numbered tags": lambda _, number: f"trait_{number:05d}",
    "long names": lambda rng, _: "_".join(_syllables(rng, 3) for _ in range(12))[:60],
    "the same few letters": lambda rng, _: "".join(rng.choice("abcdef") for _ in range(8)),
    "Cyrillic": lambda rng, _: "".join(rng.choice(_CYRILLIC) for _ in range(rng.randint(5, 9))),
    "Chinese": lambda rng, _: "".join(chr(rng.randint(0x4E00, 0x59FF)) for _ in range(4)),
}
"""What the names of a vocabulary are like → what makes one."""


def measure(site: Site) -> Iterator[Row]:
    """Ask for words one or two edits away from a tag, ours and rapidfuzz in turns."""
    tags = site.times(TAGS, TAGS // 10)
    theirs = _rapidfuzz()
    for kind, make in KINDS.items():
        rng = Random(site.seed)
        names: dict[str, None] = {}
        while len(names) < tags:
            names[make(rng, len(names))] = None
        choices = list(names)
        words = [_with_slips(rng, name) for name in rng.sample(choices, _WORDS)]
        ours = Neighbourhood((name, name) for name in choices)
        for word in words:
            ours.near(word)  # the letters of names of each length are read once
        took, peer = [], []
        for word in words:
            start = time.process_time()
            near = ours.near(word)
            took.append(time.process_time() - start)
            if theirs is not None:
                start = time.process_time()
                expected = theirs(word, choices)
                peer.append(time.process_time() - start)
                assert near == expected, (word, near, expected)
        title = f"nearest spelling among {tags:,} tags, {kind}, worst of {_WORDS}"
        gate = f"≤ {shown(NEAREST_S, 's')}"
        passed, note = max(took) <= NEAREST_S, "" if peer else "rapidfuzz is not installed"
        beside, other = ("rapidfuzz", max(peer)) if peer else ("", None)
        yield Row(title, 0, max(took), "s", beside, other, gate, passed, note)


def _with_slips(rng: Random, name: str) -> str:
    """Return a name with as many edits as are within reach."""
    letters = list(name)
    for _ in range(1 if len(name) <= SHORT else 2):
        at = rng.randrange(len(letters))
        letters[at : at + rng.randint(0, 1)] = rng.choice(["", "q"])
    return "".join(letters)


def _rapidfuzz() -> Callable[[str, list[str]], list[tuple[str, int]]] | None:
    """Return the same question to rapidfuzz, None if it is not installed."""
    try:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA
    except ImportError:
        return None
    scorer: Any = OSA.distance

    def near(word: str, choices: list[str]) -> list[tuple[str, int]]:
        reach = 1 if len(word) <= SHORT else 2
        matches = process.extract(word, choices, scorer=scorer, score_cutoff=reach, limit=None)
        return sorted(((name, int(edits)) for name, edits, _ in matches), key=lambda m: m[::-1])

    return near
