"""Tag names: which texts are valid, and their canonical spelling."""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

from smashpass.core.errors import BadTag
from smashpass.core.tags.joiners import JOINERS, misplaced_joiner

TagId = NewType("TagId", int)
"""Integer key of a tag name, from 1; dense, never used twice."""

MAX_LENGTH = 170
RESERVED_NAMESPACES = frozenset({"image", "viewer", "query", "plugin"})
FORBIDDEN = frozenset(' ,"*')

_BLANKS = re.compile(r"[\s_]+")
# They choose between two pictures of one character, and mean nothing.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Printable, says Unicode, but drawn as nothing (its property Default_Ignorable_Code_Point).
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800")


def fold(text: str) -> str:
    """Return ``text`` in the one spelling that comparisons use: NFKC, case folded, ``_`` inside.

    Runs of blanks and underscores become one ``_``; those at the ends vanish, and so do variation
    selectors. Idempotent: folding is repeated until nothing changes, because case folding can undo
    NFKC.
    """
    for _ in range(4):
        folded = unicodedata.normalize("NFKC", _SELECTORS.sub("", text)).casefold()
        folded = _BLANKS.sub("_", folded).strip("_")
        if folded == text:
            return folded
        text = folded
    return text


def normalise(text: str) -> str:
    """Return the canonical spelling of a tag name.

    Raises:
        BadTag: The text is empty, too long, holds a forbidden or unprintable character or a
            joiner where it means nothing, begins with ``-`` or ``~``, or uses a reserved namespace.
    """
    name = fold(text)
    if not name:
        raise BadTag("a tag name is empty", hint="give at least one visible character")
    if len(name) > MAX_LENGTH:
        raise BadTag(f"a tag name has {len(name)} characters", hint=f"use at most {MAX_LENGTH}")
    if name[0] in "-~":
        raise BadTag(f"the tag name {name!r} begins with {name[0]!r}", hint="remove it")
    for character in name:
        if character in JOINERS:
            continue
        if character in FORBIDDEN or character in _UNSEEN or not character.isprintable():
            raise BadTag(
                f"the tag name {name!a} holds the character {character!a}",
                hint="use printable characters without blank, comma, quote and *",
            )
    if not name.isascii() and (at := misplaced_joiner(name)) is not None:
        raise BadTag(
            f"the tag name {name!a} holds the invisible joiner U+{ord(name[at]):04X} "
            "where it joins nothing",
            hint="remove it: it is for Persian and Indic letters and for joined emoji",
        )
    if namespace_of(name) in RESERVED_NAMESPACES:
        raise BadTag(
            f"the tag name {name!r} uses the reserved namespace {namespace_of(name)!r}",
            hint="choose another namespace",
        )
    return name


def namespace_of(name: str) -> str:
    """Return the part before the first colon, or "" if ``name`` has no namespace.

    A colon at either end is part of the name (``:3``), and makes no namespace.
    """
    namespace, colon, value = name.partition(":")
    return namespace if colon and namespace and value else ""


def value_of(name: str) -> str:
    """Return the part after the namespace, which is the whole name if there is none."""
    namespace = namespace_of(name)
    return name[len(namespace) + 1 :] if namespace else name
