"""Different names that look the same: letters of other alphabets in place of Latin ones.

Tag names are folded and composed (NFKC), so what is left are letters that share a shape. The table
holds those of lower case whose shapes are the same in common fonts (after Unicode's UTS #39),
without digits: ``o_o`` and ``0_0`` are both meant. Names that differ in an invisible joiner only
look the same too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smashpass.core.tags.joiners import JOINERS
from smashpass.core.tags.names import normalise
from smashpass.core.tags.vocabulary import Vocabulary

MOST_TOLD = 20
"""Pairs that are reported one by one; of more, only the number."""

_SHAPES = {
    "a": "\u0251\u03b1\u0430",  # Latin alpha, Greek, Cyrillic
    "b": "\u044c",
    "c": "\u03f2\u0441\u1d04",
    "d": "\u0501",
    "e": "\u0435\u04bd",
    "g": "\u0261\u0581",
    "h": "\u04bb\u0570",
    "i": "\u0131\u03b9\u0456\u0269",
    "j": "\u03f3\u0458",
    "k": "\u03ba\u043a\u1d0b",
    "l": "\u04cf\u0406",
    "n": "\u0578\u057c",
    "o": "\u03bf\u043e\u0585\u1d0f\u10ff",
    "p": "\u03c1\u0440",
    "q": "\u051b\u0566",
    "r": "\u0433\u1d26",
    "s": "\u0455\ua731",
    "t": "\u03c4\u0442",
    "u": "\u03c5\u057d\u1d1c",
    "v": "\u03bd\u0475\u1d20",
    "w": "\u051d\u0461\u1d21",
    "x": "\u03c7\u0445",
    "y": "\u03b3\u0443\u04af\u1eff",
    "z": "\u1d22",
    "-": "\u2010\u2012\u2013\u2014\u2212\u30fc\u4e00\u2043\u02d7",
    "'": "\u2018\u2019\u02bc\u02b9\u2032\u05f3\u02c8",
    ".": "\u0660\u06f0\u0701\ua4f8",
    ":": "\u0589\u05c3\u2236\ua789\u02d0",
    "/": "\u2044\u2215\u29f8",
    "!": "\u01c3",
    "_": "\u0640",
}
_ALIKE = {ord(letter): plain for plain, letters in _SHAPES.items() for letter in letters}
_FLAT: dict[int, str | None] = {**_ALIKE, **dict.fromkeys(map(ord, JOINERS))}


def skeleton(name: str) -> str:
    """Return a text that is the same for all names that look like ``name``; not for display."""
    return name if name.isascii() else name.translate(_FLAT)


def look_alikes(names: Iterable[str], vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Return each of ``names`` that looks like another tag, with that tag.

    Cost: reads the vocabulary once, about 8 ms for 100,000 names; nothing if there are no names.
    """
    asked_names = set(names)
    alike: dict[str, list[str]] = {skeleton(name): [] for name in asked_names}
    if not alike:
        return []
    for name in sorted(asked_names.union(vocabulary.names[1:])):
        group = alike.get(skeleton(name))
        if group is not None:
            group.append(name)
    # Of two that are both asked about, one is enough to tell.
    return [
        (name, other)
        for name in sorted(asked_names)
        for other in alike[skeleton(name)]
        if other != name and (other not in asked_names or other < name)
    ]


def warning(pair: tuple[str, str]) -> str:
    """Return the warning about a pair, with the letters that differ."""
    name, other = pair
    invisible = sorted(
        {f"U+{ord(character):04X}" for character in name + other if character in JOINERS}
    )
    if invisible and len(name) != len(other):
        differing = f"the invisible joiner {' or '.join(invisible)} is in one of them"
        return f"the tag {name!r} looks like {other!r} but is a different tag: {differing}"
    places = [
        f"{left} is U+{ord(left):04X}, not {right} (U+{ord(right):04X})"
        for left, right in zip(name, other, strict=False)
        if left != right
    ]
    return f"the tag {name!r} looks like {other!r} but is a different tag: {', '.join(places[:3])}"


def warnings(pairs: Sequence[tuple[str, str]], most: int = MOST_TOLD) -> list[str]:
    """Return the warnings about many pairs: the first ones, and how many more there are."""
    texts = [warning(pair) for pair in pairs[:most]]
    more = len(pairs) - len(texts)
    return [*texts, f"{more:,} more new tags look like others"] if more else texts


def new_name_warnings(
    names: Iterable[str], vocabulary: Vocabulary, most: int = MOST_TOLD
) -> list[str]:
    """Return the warnings about new tags ``names`` that look like others.

    Args:
        names: As they were typed.
        vocabulary: The words before that.
        most: So many pairs are named one by one.

    Raises:
        BadTag: A text is not a valid tag name.
    """
    new = [name for name in map(normalise, names) if vocabulary.find(name) is None]
    return warnings(look_alikes(new, vocabulary), most)
