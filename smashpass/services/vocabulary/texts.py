"""The texts of tags: category, label and description, their limits and their normal form."""

from __future__ import annotations

import re
from collections.abc import Iterable

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.operations.changelog import Texts, VocabularyPlan
from smashpass.core.tags.joiners import is_printable
from smashpass.core.tags.names import normalise
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.vocabulary.plans import require_tag

COLOURS = 8
"""Number of colours that categories share."""

LONGEST = {"category": 60, "label": 200, "description": 2_000}
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
"""A language as labels name it: ``fr``, ``pt-br``."""


def one_line(text: str) -> str:
    """Return a text without line breaks and double blanks."""
    return " ".join(text.split())


def can_be_kept(kind: str, line: str) -> bool:
    """Whether a text is short enough and printable."""
    return not line or (is_printable(line) and len(line) <= LONGEST[kind])


def plan_texts(vocabulary: Vocabulary, tag: str, texts: Texts) -> VocabularyPlan:
    """Return the edit after which ``tag`` has these texts; "" takes one away.

    Raises:
        BadTag: The name is not a valid tag name.
        NotFound: There is no such tag.
        Conflict: It is an alias, which has no texts of its own.
        BadInput: A text is too long, or holds an unprintable character.
    """
    name = _canonical(vocabulary, tag)
    lines = [one_line(text) for text in texts]
    for kind, line in zip(LONGEST, lines, strict=True):
        if not can_be_kept(kind, line):
            raise BadInput(f"the {kind} is not up to {LONGEST[kind]} printable characters")
    return VocabularyPlan(described=((name, (lines[0], lines[1], lines[2])),))


def plan_label(vocabulary: Vocabulary, tag: str, language: str, label: str) -> VocabularyPlan:
    """Return the edit after which ``tag`` has this label in another language; "" takes it away.

    Raises:
        BadTag: The name is not a valid tag name.
        NotFound: There is no such tag.
        Conflict: It is an alias, which has no labels of its own.
        BadInput: The language tag or the label is not valid.
    """
    name = _canonical(vocabulary, tag)
    code, line = language.strip().lower(), one_line(label)
    if LANGUAGE.fullmatch(code) is None:
        raise BadInput(f"{language[:20]!a} is not a language tag", hint="write it as fr or pt-br")
    if not can_be_kept("label", line) or "," in line:
        limit = LONGEST["label"]
        raise BadInput(f"the label is not up to {limit} printable characters without a comma")
    return VocabularyPlan(labelled=((name, code, line),))


def _canonical(vocabulary: Vocabulary, tag: str) -> str:
    """Return the name of a tag that has texts of its own: of no alias."""
    name = require_tag(vocabulary, normalise(tag))
    number = vocabulary.find(name)
    assert number is not None
    if number in vocabulary.aliases:
        target = vocabulary.names[vocabulary.aliases[number]]
        raise Conflict(f"{name!r} is an alias of {target!r}", hint=f"use {target!r}")
    return name


def category_colours(categories: Iterable[str]) -> dict[str, int]:
    """Return the colour of each category, from 1 to ``COLOURS``, in the order of their names.

    Neighbours differ; only from the ninth category on is a colour used twice. Tags without a
    category have none.
    """
    names = sorted({category for category in categories if category})
    return {name: place % COLOURS + 1 for place, name in enumerate(names)}
