"""Words near another in spelling: bounded edit distance over many words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

SHORT = 4
"""Words of at most so many characters may differ by one edit, longer ones by two."""


class Neighbourhood:
    """Spellings with the names they stand for, grouped so that few are compared.

    Frozen once made; its cache consists of plain writes to a dict.
    """

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        """Group pairs of (spelling, name); a name may have several spellings."""
        self._by_length: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        for spelling, name in spellings:
            self._by_length[len(spelling)].append((spelling, name))
        self._letters: dict[int, list[int]] = {}

    def near(self, word: str) -> list[tuple[str, int]]:
        """Return (name, distance) of every name within reach, nearest first, then by name.

        Cost: one comparison of two integers a spelling of like length, and the distance itself
        for the few that pass: about 15 ms for 100,000 names. The first word of a length also
        reads the letters of the names of like length.
        """
        reach = 1 if len(word) <= SHORT else 2
        letters = _letters(word)
        best: dict[str, int] = {}
        for length in range(len(word) - reach, len(word) + reach + 1):
            # Each edit changes at most two letters of the two sets.
            like = [
                pair
                for pair, others in zip(
                    self._by_length.get(length, ()), self._letters_of(length), strict=True
                )
                if (letters ^ others).bit_count() <= 2 * reach
            ]
            for spelling, name in like:
                edits = distance(word, spelling, reach)
                if edits is not None and edits < best.get(name, reach + 1):
                    best[name] = edits
        return sorted(best.items(), key=lambda item: (item[1], item[0]))

    def _letters_of(self, length: int) -> list[int]:
        letters = self._letters.get(length)
        if letters is None:
            pairs = self._by_length.get(length, ())
            letters = self._letters[length] = [_letters(spelling) for spelling, _ in pairs]
        return letters


def distance(left: str, right: str, most: int) -> int | None:
    """Return the edit distance of two words, or None if it is above ``most``.

    An edit inserts, deletes or replaces a character, or exchanges two neighbours (optimal string
    alignment). Equal beginnings never take part in a best alignment, so only the first place
    that differs branches. Cost: about 3 µs for ``most`` = 2; grows with 4 ** ``most``.
    """
    if not _within(left, right, most):
        return None
    return next(edits for edits in range(most + 1) if _within(left, right, edits))


def _within(left: str, right: str, edits: int) -> bool:
    """Whether at most ``edits`` edits turn ``left`` into ``right``."""
    if left == right:
        return True
    longer = len(left) - len(right)
    if edits == 0 or abs(longer) > edits:
        return False
    at = 0
    for character, against in zip(left, right, strict=False):
        if character != against:
            break
        at += 1
    shorter, rest = left[at + 1 :], right[at + 1 :]
    if _within(shorter, rest, edits - 1):
        return True
    # An edit that makes the difference in length greater than what is left cannot help.
    if longer > -edits and _within(shorter, right[at:], edits - 1):
        return True
    if longer < edits and _within(left[at:], rest, edits - 1):
        return True
    exchanged = left[at : at + 2]
    return (
        len(exchanged) == 2
        and exchanged[::-1] == right[at : at + 2]
        and _within(shorter[1:], rest[1:], edits - 1)
    )


def _letters(word: str) -> int:
    """Return the set of letters of ``word`` as bits, 61 of them shared by all characters."""
    bits = 0
    for character in word:
        bits |= 1 << ord(character) % 61
    return bits
