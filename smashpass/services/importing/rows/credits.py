"""Are the statements on source, licence and persons complete? Credits, and what they lack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from smashpass.core.errors import BadInput
from smashpass.core.library.credit import Credit, Depicts
from smashpass.core.pictures.source_types import digital_source_type_of
from smashpass.core.protection.under_age import UnderAgeTerms
from smashpass.services.importing.rows.columns import CREDIT_COLUMNS
from smashpass.services.importing.rows.terms import (
    DEPICTS,
    licence_of,
    truth_of,
)
from smashpass.services.tagging.screening import under_age_terms

MAX_TEXT = 1_000
MAX_SOURCE = 200
MISSING = ""
NO_SOURCE_TYPE = "no_digital_source_type"
NO_SOURCE_TYPE_REASON = "digital_source_type is missing: an IPTC term"


@dataclass(frozen=True, slots=True)
class Statements:
    """What is stated for a whole run; it holds for a row where the row itself says nothing.

    Each is "" if nothing is stated; ``no_real_person`` can only be stated, never denied.
    """

    licence: str = ""
    source: str = ""
    digital_source_type: str = ""
    no_real_person: bool = False
    depicts: str = ""

    def texts(self) -> tuple[str, ...]:
        """Return them in the order of ``CREDIT_COLUMNS``."""
        return (
            self.source,
            self.licence,
            self.digital_source_type,
            "false" if self.no_real_person else "",
            self.depicts,
            "",
            "",
            "",
        )

    def check(self) -> None:
        """Refuse a statement that would refuse every row.

        Raises:
            BadInput: One of them is not of its form.
        """
        stated = CreditCheck(Statements()).judge(self.texts())
        wrong = [defect for defect in stated.defects if not defect.code.startswith("no_")]
        if wrong:
            raise BadInput(wrong[0].reason, hint="correct the option")


class Defect(NamedTuple):
    """One reason against a row. ``stored``: the row is kept in quarantine, else it is left out."""

    code: str
    reason: str
    stored: bool = True


class CheckedCredit(NamedTuple):
    """A credit with all that is wrong with it; no defect: images under it may be served."""

    credit: Credit
    defects: tuple[Defect, ...] = ()


class CreditCheck:
    """Judges the credits of a run."""

    def __init__(self, statements: Statements, terms: UnderAgeTerms | None = None) -> None:
        """Create a check; ``terms`` default to the shipped ones."""
        self._stated = statements.texts()
        self._terms = terms or under_age_terms()

    def judge(self, statements: Sequence[str]) -> CheckedCredit:
        """Judge one credit.

        Args:
            statements: What a row says, in the order of ``CREDIT_COLUMNS``; "" for nothing.
        """
        texts = [
            text.strip() or stated for text, stated in zip(statements, self._stated, strict=True)
        ]
        source, licence, source_type, real, depicts, author, generator, consent = texts
        defects = _bad_texts(texts)
        if not source:
            defects.append(_missing("source", "the name of the collection"))
        licence = _checked(defects, "licence", licence, licence_of, "an SPDX id or a URL")
        source_type = _checked(
            defects, "digital_source_type", source_type, digital_source_type_of, "an IPTC term"
        )
        real_person = _real_person(defects, real, consent)
        depicts = _depicted(defects, depicts, self._terms)
        credit = Credit(
            source=source,
            licence=licence,
            digital_source_type=source_type,
            real_person=real_person,
            depicts=cast(Depicts, depicts),
            author=author,
            generator=generator,
            consent=consent,
        )
        return CheckedCredit(credit, tuple(defects))


def is_plain(text: str) -> bool:
    """Tell whether ``text`` can be stored and shown: no control characters, no lone surrogates.

    Invisible joiners are allowed: they are part of many scripts and signs.
    """
    return text.isprintable() or not any(
        character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"
        or character in "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        for character in text
    )  # fmt: skip


def _bad_texts(texts: Sequence[str]) -> list[Defect]:
    """Return what is wrong with any of the texts as texts; such a row is not stored."""
    defects = []
    for column, text in zip(CREDIT_COLUMNS, texts, strict=True):
        limit = MAX_SOURCE if column == "source" else MAX_TEXT
        if len(text) > limit:
            reason = f"{column} has {len(text):,} characters; at most {limit:,} are possible"
            defects.append(Defect("bad_text", reason, stored=False))
        elif not is_plain(text):
            reason = f"{column} holds control characters"
            defects.append(Defect("bad_text", reason, stored=False))
    return defects


def _missing(column: str, expected: str) -> Defect:
    """Say that a required column says nothing."""
    return Defect(f"no_{column}", f"{column} is missing: {expected}")


def _checked(
    defects: list[Defect],
    column: str,
    text: str,
    read: Callable[[str], str | None],
    expected: str,
) -> str:
    """Return the canonical form of ``text``, or ``text`` itself with a defect noted."""
    if not text:
        defects.append(_missing(column, expected))
        return MISSING
    canonical = read(text)
    if canonical is None:
        defects.append(Defect(f"bad_{column}", f"{column} {_short(text)} is not {expected}"))
        return text
    return canonical


def _real_person(defects: list[Defect], text: str, consent: str) -> bool:
    """Return whether a real person is shown: yes, unless the opposite is stated."""
    stated = truth_of(text) if text else None
    if not text:
        defects.append(_missing("real_person", "true or false"))
    elif stated is None:
        reason = f"real_person {_short(text)} is not true or false"
        defects.append(Defect("bad_real_person", reason))
    elif stated and not consent:
        reason = "consent is missing: a real person is shown"
        defects.append(Defect("no_consent", reason))
    return stated is not False


def _depicted(defects: list[Defect], text: str, terms: UnderAgeTerms) -> str:
    """Return what is depicted; whoever is or looks under age is refused outright."""
    folded = text.casefold()
    if not text:
        defects.append(_missing("depicts", "adult, creature or object"))
    elif folded in DEPICTS:
        return folded
    elif terms.forbids_depicts(text):
        reason = f"depicts {_short(text)}: a person who is or looks under age"
        defects.append(Defect("under_age", reason, stored=False))
    else:
        reason = f"depicts {_short(text)} is not adult, creature or object"
        defects.append(Defect("bad_depicts", reason, stored=False))
    return MISSING


def _short(text: str) -> str:
    """Return ``text`` as it stands in a reason: quoted, and not too long."""
    return ascii(text if len(text) <= 60 else text[:57] + "...")
