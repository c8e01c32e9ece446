"""Merging two people's versions of a text that began as one, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from smashpass.core.text.line_endings import lines, shown

MINE, BETWEEN, THEIRS = "<<<<<<< yours", "=======", ">>>>>>> published"


@dataclass(frozen=True, slots=True)
class Merge:
    """The outcome; where both changed the same lines, both stand between markers."""

    text: str
    conflicts: int


def merge(base: str, mine: str, theirs: str) -> Merge:
    """Return a text with the edits of both.

    Lines are the same if they differ in their line break only; then they have mine.
    The markers are no YAML, so that a file with a conflict in it cannot be published.
    """
    ours, others, root = lines(mine), lines(theirs), lines(base)
    found: list[str] = []
    conflicts = 0
    i = k = m = 0
    for at, end, here, there in [*_common(root, ours, others)]:
        before, one, other = root[i:at], ours[k:here], others[m:there]
        conflict = _both_differ(before, one, other)
        conflicts += conflict
        found += _marked(one, other) if conflict else _edited(before, one, other)
        found += ours[here : here + end - at]
        i, k, m = end, here + end - at, there + end - at
    return Merge("".join(found), conflicts)


def _common(
    root: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield runs of lines that all three have: start and end in the root, start in the others.

    The last one is empty, at the end of all.
    """
    one = _runs(root, mine)
    other = _runs(root, theirs)
    while one and other:
        (a, b, size), (c, d, length) = one[0], other[0]
        start, end = max(a, c), min(a + size, c + length)
        if start < end:
            yield start, end, b + start - a, d + start - c
        (one if a + size < c + length else other).pop(0)
    yield len(root), len(root), len(mine), len(theirs)


def _runs(root: Sequence[str], text: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the runs of lines that two texts share."""
    matcher = SequenceMatcher(None, [*map(shown, root)], [*map(shown, text)], autojunk=False)
    return [(one.a, one.b, one.size) for one in matcher.get_matching_blocks() if one.size]


def _both_differ(before: Sequence[str], one: Sequence[str], other: Sequence[str]) -> bool:
    root, mine, theirs = ([shown(line) for line in each] for each in (before, one, other))
    return root not in (mine, theirs) and mine != theirs


def _edited(before: Sequence[str], one: list[str], other: list[str]) -> list[str]:
    """Return the side that was edited."""
    same = [shown(line) for line in before] == [shown(line) for line in one]
    return other if same else one


def _marked(one: list[str], other: list[str]) -> list[str]:
    """Return both sides between markers, each on lines of its own."""
    return [f"{MINE}\n", *_ended(one), f"{BETWEEN}\n", *_ended(other), f"{THEIRS}\n"]


def _ended(given: list[str]) -> list[str]:
    if given and not given[-1].endswith(("\n", "\r")):
        return [*given[:-1], f"{given[-1]}\n"]
    return given
