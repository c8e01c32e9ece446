"""The texts of tags: category, label, description; how long each may be, and what is kept of it."""

from __future__ import annotations

from smashpass.core.change import Texts, WordEdit
from smashpass.core.errors import BadInput, Conflict
from smashpass.core.tags import normalise
from smashpass.core.vocabulary import Vocabulary
from smashpass.services.wording import require_tag

LONGEST = {"category": 60, "label": 200, "description": 2_000}


def one_line(text: str) -> str:
    """Return a text without line breaks and double blanks."""
    return " ".join(text.split())


def can_be_kept(kind: str, line: str) -> bool:
    """Whether a text is short enough and printable."""
    return not line or (line.isprintable() and len(line) <= LONGEST[kind])


def plan_texts(vocabulary: Vocabulary, tag: str, texts: Texts) -> WordEdit:
    """Return the edit after which ``tag`` has these texts; "" takes one away.

    Raises:
        BadTag: The name can be none.
        NotFound: There is no such tag.
        Conflict: It is an alias, which has no texts of its own.
        BadInput: A text is too long, or holds an unprintable character.
    """
    name = require_tag(vocabulary, normalise(tag))
    number = vocabulary.find(name)
    assert number is not None
    if number in vocabulary.aliases:
        target = vocabulary.names[vocabulary.aliases[number]]
        raise Conflict(f"{name!r} is an alias of {target!r}", hint=f"use {target!r}")
    lines = [one_line(text) for text in texts]
    for kind, line in zip(LONGEST, lines, strict=True):
        if not can_be_kept(kind, line):
            raise BadInput(f"the {kind} is not up to {LONGEST[kind]} printable characters")
    return WordEdit(described=((name, (lines[0], lines[1], lines[2])),))
