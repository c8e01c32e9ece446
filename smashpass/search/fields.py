"""How the words of a tag are cut into terms: as they are, and as stems of their language."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from whoosh.analysis import LowercaseFilter, RegexTokenizer, StemFilter
from whoosh.fields import ID, TEXT, Schema
from whoosh.lang import has_stemmer

from smashpass.services.vocabulary.dictionary import DictionaryEntry

NAME = "name"
PLAIN = "plain"
ABOUT = "about"
ENGLISH = "en"
PREFIX = "in_"

_TERMS = r"[^\W_]+"


def schema(languages: Iterable[str]) -> Any:
    """Return the fields of an index whose labels are in ``languages``."""
    fields = {
        NAME: ID(stored=True),
        PLAIN: TEXT(analyzer=_plain(), phrase=False),
        ABOUT: TEXT(analyzer=_stemmed(ENGLISH), phrase=False),
    }
    return Schema(**fields, **language_fields({ENGLISH, *languages}))


def language_fields(languages: Iterable[str]) -> dict[str, Any]:
    """Return the fields of labels, one a language, by name."""
    return {
        PREFIX + language: TEXT(analyzer=_stemmed(language), phrase=False)
        for language in sorted(languages)
    }


def document(word: DictionaryEntry) -> dict[str, str]:
    """Return the document of one tag; names and label count as English."""
    english = " ".join([word.name, *word.aliases, word.label])
    texts = {PREFIX + ENGLISH: english, ABOUT: word.description}
    for language, label in word.labels:
        field = PREFIX + _base(language)
        texts[field] = f"{texts.get(field, '')} {label}"
    every = " ".join([english, *(label for _, label in word.labels)])
    return {NAME: word.name, PLAIN: every, **{name: text for name, text in texts.items() if text}}


def languages_of(entries: Iterable[DictionaryEntry]) -> set[str]:
    """Return the languages of the labels, without their regions."""
    return {_base(language) for entry in entries for language, _ in entry.labels}


def _base(language: str) -> str:
    return language.partition("-")[0]


def _plain() -> Any:
    return RegexTokenizer(_TERMS) | LowercaseFilter()


@cache
def _stemmed(language: str) -> Any:
    if not has_stemmer(language):
        return _plain()
    return _plain() | StemFilter(lang=language)
