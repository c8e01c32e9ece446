"""Does a tag say that somebody is, or looks, under age? A list of terms, compared word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from smashpass.core.errors import BadInput
from smashpass.core.tags.lookalikes import skeleton
from smashpass.core.tags.names import fold, namespace_of, value_of

Severity = Literal["refuse", "review"]
"""``refuse``: the image is never shown. ``review``: only after two people have looked at it."""

ADULT_AGE = 18
SECTIONS = ("refuse", "alone", "person", "review", "depicts")

_WORD = re.compile(r"[^\W\d_]+|\d+")
_AGE = re.compile(r"(?<!\d)(\d{1,2})[\W_]*y(?:[\W_]*o|(?:ea)?rs?[\W_]*olds?)(?![^\W\d_])")
_AGE_NAMESPACES = frozenset({"age", "aged"})
_MOST_WORDS = 4
"""Words of the longest term; a term of more would not be found, and is refused."""

_LETTERS_ONLY = "".join(chr(code) if chr(code).isalpha() else " " for code in range(128))


@dataclass(frozen=True, slots=True)
class UnderAgeTerms:
    """The terms, as runs of words in the singular without what is between the words.

    Attributes:
        refuse: Runs that are never shown, wherever they stand in a tag.
        alone: Words that are never shown alone or with ``person``, and reviewed elsewhere.
        person: Words that say nothing of age.
        review: Runs that are reviewed.
        prefixes: Beginnings of words that are reviewed.
        depicts: Further words that the column ``depicts`` may not hold.
        beginnings: What a word begins with that may be the first of a run; for a quick no.
    """

    refuse: frozenset[str]
    alone: frozenset[str]
    person: frozenset[str]
    review: frozenset[str]
    prefixes: tuple[str, ...]
    depicts: frozenset[str]
    beginnings: frozenset[str]

    @classmethod
    def of(cls, text: str, extra_terms: Iterable[str] = ()) -> UnderAgeTerms:
        """Read a list of terms.

        Args:
            text: Sections ``[name]`` of one term a line; ``#`` begins a comment.
            extra_terms: Further terms of the section ``refuse``.

        Raises:
            BadInput: A line stands in no section, or a term has no words or too many.
        """
        sections = _sections(text)
        reviewed = sections["review"]
        refuse = frozenset(_joined(term) for term in [*sections["refuse"], *extra_terms])
        alone = frozenset(_joined(term) for term in sections["alone"])
        review = frozenset(_joined(term) for term in reviewed if not term.endswith("*"))
        beginnings = {
            term[:end] for term in refuse | alone | review for end in range(1, len(term) + 1)
        }
        return cls(
            refuse=refuse,
            alone=alone,
            person=frozenset(_joined(term) for term in sections["person"]),
            review=review,
            prefixes=tuple(_joined(term[:-1]) for term in reviewed if term.endswith("*")),
            depicts=frozenset(_joined(term) for term in sections["depicts"]),
            beginnings=frozenset(beginnings | {f"{beginning}s" for beginning in beginnings}),
        )

    def __len__(self) -> int:
        """Return how many terms keep a picture from being shown, or have it reviewed."""
        return len(self.refuse) + len(self.alone) + len(self.review) + len(self.prefixes)

    def severity_of_text(self, text: str) -> Severity | None:
        """Return what follows from any text, such as a label."""
        return self.severity(fold(text))

    def severity(self, name: str) -> Severity | None:
        """Return what follows from a tag name; None: it says nothing of the kind.

        Namespace, underscores, hyphens, plurals, digits beside words, and letters that only look
        Latin make no difference. Cost: about 3 µs for a name without any of the terms, 20 µs with
        one.

        Args:
            name: In canonical spelling.
        """
        plain = skeleton(name)
        if self._is_harmless(plain):
            return None
        words = _words(plain)
        runs = {
            "".join(words[first:end])
            for first in range(len(words))
            for end in range(first + 1, min(len(words), first + _MOST_WORDS) + 1)
        }
        if not self.refuse.isdisjoint(runs) or _is_under_age(plain):
            return "refuse"
        if not self.alone.isdisjoint(words):
            value = _words(value_of(plain))
            telling = [word for word in value if word not in self.person and not word.isdigit()]
            return "refuse" if telling and self.alone.issuperset(telling) else "review"
        if not self.review.isdisjoint(runs) or _states_age(plain):
            return "review"
        return "review" if any(word.startswith(self.prefixes) for word in words) else None

    def _is_harmless(self, plain: str) -> bool:
        """Tell, only if it is quickly seen, that a folded text says nothing of the kind."""
        return (
            plain.isascii()
            and not plain.startswith("age")
            and not ("y" in plain and _AGE.search(plain))
            and self.beginnings.isdisjoint(plain.translate(_LETTERS_ONLY).split())
            and not any(prefix in plain for prefix in self.prefixes)
        )

    def forbids_depicts(self, text: str) -> bool:
        """Tell whether a value of ``depicts`` names somebody under age."""
        return self.severity_of_text(text) is not None or not self.depicts.isdisjoint(
            _words(fold(text))
        )


def _sections(text: str) -> Mapping[str, list[str]]:
    """Return the terms by section."""
    sections: dict[str, list[str]] = {name: [] for name in SECTIONS}
    terms: list[str] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        term = line.partition("#")[0].strip()
        if not term:
            continue
        if term[0] == "[" and term[-1] == "]":
            terms = sections.get(term[1:-1])
            if terms is None:
                raise BadInput(f"{term[:40]} is not a section", where=f"line {number}")
        elif terms is None:
            raise BadInput("a term precedes the first section", where=f"line {number}")
        else:
            terms.append(term)
    return sections


def _joined(term: str) -> str:
    """Return the words of a term without what is between them."""
    words = _words(skeleton(fold(term)))
    if not 1 <= len(words) <= _MOST_WORDS:
        raise BadInput(
            f"the term {term[:40]!a} has {len(words)} words",
            hint=f"use 1 to {_MOST_WORDS} words of letters",
        )
    return "".join(words)


def _words(folded: str) -> list[str]:
    """Return the words and numbers of a folded text; English plurals become singulars."""
    return [_singular(word) for word in _WORD.findall(folded)]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word


def _is_under_age(name: str) -> bool:
    """Tell whether a name is an age below 18 and nothing else."""
    if namespace_of(name) in _AGE_NAMESPACES:
        number = re.match(r"\d{1,3}(?!\d)", value_of(name))
        return number is not None and int(number[0]) < ADULT_AGE
    age = _AGE.fullmatch(value_of(name))
    return age is not None and int(age[1]) < ADULT_AGE


def _states_age(name: str) -> bool:
    """Tell whether a name states an age below 18 among other things, as of a whisky."""
    return any(int(age) < ADULT_AGE for age in _AGE.findall(name))
