"""The words of a prompt: in which part of the sentence they stand, and whether it negates them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from smashpass.core.tags.names import fold
from smashpass.core.tags.vocabulary import Vocabulary

_ENGLISH_NEGATIONS = """
    no not without never neither nor non except excluding minus isn't aren't doesn't don't hasn't
    haven't
"""
_NOT_IN_GERMAN = "kein keine keinen keiner keinem keines nicht ohne nie weder außer"
_ENGLISH = """
    a an the of in on at to from for by as or with and but is are was be been being has have had
    having do does i i'd i'm i'll you he she it its his her their they them that this these those
    who whose which what where there than then so too very quite rather really just also only any
    some please me my mine us our like likes love want wants would show find give see look looks
    looking get let wearing wears wear holding holds into onto over under above below near around
    about up out while s
"""
_GERMAN = """
    ein eine einen einem einer eines der die das den dem des und oder aber mit im am an auf in zu
    zum zur von vom für bei beim ist sind war hat haben habe trägt tragen tragend sehr ganz auch
    nur etwas bitte ich du er sie es wir ihr mir mich mein meine sein seine ihre welche welcher
    welches zeig zeige möchte will gern gerne noch sondern als wie über unter neben
"""

_GERMAN_NEGATIONS = frozenset(fold(word) for word in _NOT_IN_GERMAN.split())
NEGATIONS = _GERMAN_NEGATIONS | frozenset(_ENGLISH_NEGATIONS.split())
_ENGLISH_STOPS = frozenset(fold(word) for word in _ENGLISH.split())
_GERMAN_STOPS = frozenset(fold(word) for word in _GERMAN.split())
_ALSO_ENGLISH = _ENGLISH_STOPS | frozenset(("hat", "die", "war", "den", "des", "er", "es", "will"))
"""They do not show that a prompt is in German."""

_SCOPE_ENDS = frozenset(("and", "but", "with", "und", "aber", "mit", "sondern"))
_BREAKS = ",;.!?\n"
_CHUNK = re.compile(r"[^\s,;!?]+|[,;!?\n]")
_PUNCTUATION = "\"'“”„‚‘’»«()[]{}…:./"
_HYPHENS = re.compile("[-\N{EN DASH}\N{EM DASH}\N{NON-BREAKING HYPHEN}/_]+")


@dataclass(frozen=True, slots=True)
class PromptWord:
    """One word of a prompt.

    Attributes:
        text: The word as it was typed, without punctuation.
        key: Its folded spelling.
        tells: Whether the word can mean a tag by itself: "the" and "no" cannot.
        clause: Number of its part of the sentence; commas and full stops end one.
        negated: Whether it stands behind a "no" or "without" that reaches it.
        negations: Places of the words that reach it so; two of them take each other back.
    """

    text: str
    key: str
    tells: bool
    clause: int
    negated: bool = False
    negations: tuple[int, ...] = ()

    @property
    def negates(self) -> bool:
        """Whether the word negates what comes after it."""
        return self.key in NEGATIONS


def prompt_words(text: str, vocabulary: Vocabulary) -> list[PromptWord]:
    """Return the words of a prompt in order; a text that is a tag's name stays one word.

    A negation reaches to the end of its clause or to the next "and", "but" or "with"; "or" and
    "nor" do not end it. A second negation right behind the first takes it back.
    """
    stops = _stop_words(text, vocabulary)
    words: list[PromptWord] = []
    reaching: tuple[int, ...] = ()
    fresh, clause = False, 0
    for piece in chain.from_iterable(map(_split, _CHUNK.findall(text))):
        if piece in _BREAKS:
            clause += 1
            reaching, fresh = (), False
            continue
        for part, has_minus in _parts(piece, vocabulary):
            key = fold(part.replace("’", "'"))
            if not key:
                continue
            place = len(words)
            if key in NEGATIONS:
                reaching = (*reaching, place) if fresh else (place,)
                fresh = True
                words.append(PromptWord(part, key, False, clause))
                continue
            if key in _SCOPE_ENDS:
                reaching = ()
            fresh = fresh and key in stops
            negations = (place,) if has_minus else reaching
            tells, is_negated = key not in stops, len(negations) % 2 == 1
            words.append(PromptWord(part, key, tells, clause, is_negated, negations))
    return words


def _stop_words(text: str, vocabulary: Vocabulary) -> frozenset[str]:
    """Return the words that name nothing by themselves.

    A tag whose name is a German stop word, as ``hat`` is, counts as one in German prompts alone.
    """
    german_words = {
        key
        for key in map(fold, re.findall(r"\w+", text))
        if key in _GERMAN_STOPS | _GERMAN_NEGATIONS and key not in _ALSO_ENGLISH
    }
    if german_words:
        return _ENGLISH_STOPS | _GERMAN_STOPS
    tag_names = {word for word in _GERMAN_STOPS if vocabulary.resolve(word) is not None}
    return _ENGLISH_STOPS | (_GERMAN_STOPS - tag_names)


def _split(chunk: str) -> Iterator[str]:
    """Yield a chunk without the full stop of its sentence, and then that."""
    yield chunk
    if len(chunk) > 1 and chunk[-1] == ".":
        yield "."


def _parts(piece: str, vocabulary: Vocabulary) -> Iterator[tuple[str, bool]]:
    """Yield the words of a piece without blanks, and whether a minus stands before each."""
    minus = len(piece) > 1 and piece[0] == "-"
    bare = piece[1:] if minus else piece
    if vocabulary.resolve(fold(bare)) is not None:
        yield bare, minus
        return
    bare = bare.strip(_PUNCTUATION)
    if vocabulary.resolve(fold(bare)) is not None:
        yield bare, minus
        return
    for part in _HYPHENS.split(bare):
        part = part.strip(_PUNCTUATION)
        if part:
            yield part, minus
