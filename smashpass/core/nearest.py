"""Words near another in spelling: bounded edit distance over many words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

SHORT = 4
"""Words of at most so many characters may differ by one edit, longer ones by two."""


class Neighbourhood:
    """Spellings with what they call, grouped so that few are compared. Frozen once made."""

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        """Take pairs of (spelling, name); a name may have several spellings."""
        self._by_length: defaultdict[int, list[tuple[str, int, str]]] = defaultdict(list)
        for spelling, name in spellings:
            self._by_length[len(spelling)].append((spelling, _letters(spelling), name))

    def near(self, word: str) -> list[tuple[str, int]]:
        """Return (name, distance) of every name within reach, nearest first, then by name.

        Cost: one comparison of two integers a spelling of like length, and the distance itself
        for the few that pass.
        """
        reach = 1 if len(word) <= SHORT else 2
        letters = _letters(word)
        best: dict[str, int] = {}
        for length in range(len(word) - reach, len(word) + reach + 1):
            # Each edit changes at most two letters of the two sets.
            like = [
                (spelling, name)
                for spelling, others, name in self._by_length.get(length, ())
                if (letters ^ others).bit_count() <= 2 * reach
            ]
            for spelling, name in like:
                found = distance(word, spelling, reach)
                if found is not None and found < best.get(name, reach + 1):
                    best[name] = found
        return sorted(best.items(), key=lambda item: (item[1], item[0]))


def distance(one: str, other: str, most: int) -> int | None:
    """Return the edit distance of two words, or None if it is above ``most``.

    An edit inserts, deletes or replaces a character, or exchanges two neighbours (optimal string
    alignment). Cost: the product of the lengths at worst; ends as soon as ``most`` is passed.
    """
    if abs(len(one) - len(other)) > most:
        return None
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, character in enumerate(one, 1):
        row = [i]
        for j, against in enumerate(other, 1):
            value = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (character != against))
            if i > 1 and j > 1 and character == other[j - 2] and one[i - 2] == against:
                value = min(value, before[j - 2] + 1)
            row.append(value)
        # An exchange leads past one row, so both of the last two must be beyond reach.
        if min(row) > most and min(last) >= most:
            return None
        before, last = last, row
    return last[-1] if last[-1] <= most else None


def _letters(word: str) -> int:
    """Return the set of letters of ``word`` as bits, 61 of them shared by all characters."""
    bits = 0
    for character in word:
        bits |= 1 << ord(character) % 61
    return bits
