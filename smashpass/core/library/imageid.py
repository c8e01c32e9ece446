"""Public image ids: encrypted ordinals, so that nobody can count or enumerate the library.

An id is a keyed permutation of 64 bits, of which an ordinal fills 32; the other 32 are zero
and prove on the way back that the id was made here. It needs no table and never changes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from typing import NewType

from smashpass.core.imageset import Ordinal

ImageId = NewType("ImageId", str)
"""Public, stable name of an image: 13 characters of Crockford's base 32, lower case."""

LENGTH = 13
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGITS = {character: digit for digit, character in enumerate(_ALPHABET)}
_PAIRS = [one + other for one in _ALPHABET for other in _ALPHABET]
_SHIFTS = range(50, -1, -10)
_ROUNDS = 4  # as many make the outcome look random in both directions (Luby and Rackoff)
_MASK = 0xFFFF_FFFF
_REMEMBERED = 1 << 16


class ImageIds:
    """Turns ordinals into ids and back, for one key. Safe to share between threads.

    Cost: about 3 µs either way; the last 65,536 answers are remembered.
    """

    def __init__(self, key: bytes) -> None:
        """Keep the key.

        Raises:
            ValueError: The key has less than 16 or more than 64 bytes.
        """
        if not 16 <= len(key) <= 64:
            raise ValueError("the key of image ids has 16 to 64 bytes")
        self._rounds = [
            blake2b(bytes([number]), digest_size=4, key=key) for number in range(_ROUNDS)
        ]
        self.encode: Callable[[Ordinal], ImageId] = lru_cache(_REMEMBERED)(self._encoded)
        self._known: Callable[[str], Ordinal | None] = lru_cache(_REMEMBERED)(self._decoded)

    def decode(self, text: str) -> Ordinal | None:
        """Return the ordinal of an id, or None if the text is not an id of this key."""
        # Checked before anything is remembered: long texts must not fill the memory.
        return self._known(text) if len(text) == LENGTH else None

    def _encoded(self, ordinal: Ordinal) -> ImageId:
        left, right = int(ordinal), 0
        for number in range(_ROUNDS):
            left, right = right, left ^ self._mixed(number, right)
        block = left << 32 | right
        pairs = [_PAIRS[block >> shift & 1023] for shift in _SHIFTS]
        return ImageId(_ALPHABET[block >> 60] + "".join(pairs))

    def _decoded(self, text: str) -> Ordinal | None:
        block = 0
        for character in text:
            digit = _DIGITS.get(character)
            if digit is None:
                return None
            block = block << 5 | digit
        left, right = block >> 32, block & _MASK
        if left > _MASK:
            return None
        for number in reversed(range(_ROUNDS)):
            left, right = right ^ self._mixed(number, left), left
        return Ordinal(left) if right == 0 and left else None

    def _mixed(self, number: int, half: int) -> int:
        """The keyed round function: 32 bits to 32 bits."""
        mixer = self._rounds[number].copy()
        mixer.update(half.to_bytes(4, "little"))
        return int.from_bytes(mixer.digest(), "little")
