"""The two invisible joiners, U+200D (ZWJ) and U+200C (ZWNJ): where they are meaningful.

Persian and Indic scripts are misspelled without them, and so are joined emoji; elsewhere they only
make two names of one. The rules are those of RFC 5892, appendix A.1 and A.2, and emoji besides.
The joining types of Arabic letters, which Python does not know, are read off the presentation forms
that Unicode has of them: a letter with an initial form joins the next one, one with a final form
joins the one before. Letters without any have those of the letter they are named after.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

ZWNJ, ZWJ = "\u200c", "\u200d"
JOINERS = frozenset((ZWNJ, ZWJ))

_VIRAMA = 9
_CONTEXT = 16
"""So many characters on each side are looked at; marks and selectors lie between."""

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TONES = re.compile("[\U0001f3fb-\U0001f3ff]+$")
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2194-\u21aa\u231a-\u23ff\u25aa-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)
_PRESENTATION_FORMS = ((0xFB50, 0xFDFF), (0xFE70, 0xFEFF))


def misplaced_joiner(text: str) -> int | None:
    """Return the position of the first meaningless joiner, or None."""
    for at, character in enumerate(text):
        if character in JOINERS and not _means(text[:at], character, text[at + 1 :]):
            return at
    return None


def is_printable(text: str) -> bool:
    """Whether ``text`` is printable except for meaningful joiners."""
    if text.isprintable():
        return True
    rest = text.translate(dict.fromkeys(map(ord, JOINERS)))
    return rest.isprintable() and misplaced_joiner(text) is None


def _means(before: str, joiner: str, after: str) -> bool:
    before = _SELECTORS.sub("", unicodedata.normalize("NFKC", before[-_CONTEXT:]))
    after = _SELECTORS.sub("", unicodedata.normalize("NFKC", after[:_CONTEXT]))
    if before and unicodedata.combining(before[-1]) == _VIRAMA:
        return True
    if joiner == ZWJ:
        bare = _TONES.sub("", before)
        return bool(bare and _EMOJI.match(bare[-1]) and _EMOJI.match(after))
    previous = next(
        (character for character in reversed(before) if not _is_transparent(character)), ""
    )
    following = next((character for character in after if not _is_transparent(character)), "")
    return "initial" in _forms(previous) and "final" in _forms(following)


def _is_transparent(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


def _forms(letter: str) -> frozenset[str]:
    """Return the presentation forms that an Arabic letter has, or the letter it is made of."""
    forms = _presentation_forms()
    if letter in forms or not letter:
        return forms.get(letter, frozenset())
    base, made_of, _ = unicodedata.name(letter, "").partition(" WITH ")
    if not made_of or not base.startswith("ARABIC LETTER "):
        return frozenset()
    try:
        return forms.get(unicodedata.lookup(base), frozenset())
    except KeyError:
        return frozenset()


@cache
def _presentation_forms() -> dict[str, frozenset[str]]:
    """Return the kinds of forms (isolated, initial, medial, final) by letter."""
    forms: dict[str, frozenset[str]] = {}
    for first, last in _PRESENTATION_FORMS:
        for number in range(first, last + 1):
            kind, _, letter = unicodedata.decomposition(chr(number)).partition(" ")
            if kind.startswith("<") and len(letter) == 4:
                letter = chr(int(letter, 16))
                forms[letter] = forms.get(letter, frozenset()) | {kind[1:-1]}
    return forms
