"""Merging two people's versions of a text that began as one, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from smashpass.core.text.line_endings import as_form_text, lines

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
    output: list[str] = []
    conflicts = 0
    i = k = m = 0
    for at, end, our_end, their_end in [*_common(root, ours, others)]:
        before, our_part, their_part = root[i:at], ours[k:our_end], others[m:their_end]
        conflict = _both_differ(before, our_part, their_part)
        conflicts += conflict
        output += (
            _marked(our_part, their_part) if conflict else _edited(before, our_part, their_part)
        )
        output += ours[our_end : our_end + end - at]
        i, k, m = end, our_end + end - at, their_end + end - at
    return Merge("".join(output), conflicts)


def _common(
    root: Sequence[str], mine: Sequence[str], theirs: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield runs of lines that all three have: start and end in the root, start in the others.

    The last one is empty, at the end of all.
    """
    our_runs = _runs(root, mine)
    their_runs = _runs(root, theirs)
    while our_runs and their_runs:
        (a, b, size), (c, d, length) = our_runs[0], their_runs[0]
        start, end = max(a, c), min(a + size, c + length)
        if start < end:
            yield start, end, b + start - a, d + start - c
        (our_runs if a + size < c + length else their_runs).pop(0)
    yield len(root), len(root), len(mine), len(theirs)


def _runs(root: Sequence[str], text: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return the runs of lines that two texts share."""
    matcher = SequenceMatcher(
        None, [*map(as_form_text, root)], [*map(as_form_text, text)], autojunk=False
    )
    return [(block.a, block.b, block.size) for block in matcher.get_matching_blocks() if block.size]


def _both_differ(before: Sequence[str], our_part: Sequence[str], their_part: Sequence[str]) -> bool:
    root, mine, theirs = (
        [as_form_text(line) for line in text] for text in (before, our_part, their_part)
    )
    return root not in (mine, theirs) and mine != theirs


def _edited(before: Sequence[str], our_part: list[str], their_part: list[str]) -> list[str]:
    """Return the side that was edited."""
    same = [as_form_text(line) for line in before] == [as_form_text(line) for line in our_part]
    return their_part if same else our_part


def _marked(our_part: list[str], their_part: list[str]) -> list[str]:
    """Return both sides between markers, each on lines of its own."""
    return [f"{MINE}\n", *_ended(our_part), f"{BETWEEN}\n", *_ended(their_part), f"{THEIRS}\n"]


def _ended(part: list[str]) -> list[str]:
    if part and not part[-1].endswith(("\n", "\r")):
        return [*part[:-1], f"{part[-1]}\n"]
    return part
