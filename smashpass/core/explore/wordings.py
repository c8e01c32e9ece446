"""What the tags of a vocabulary may be called in a sentence, by their words in any order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal

from smashpass.core.library.stored import Tag
from smashpass.core.query.join import named
from smashpass.core.tags.names import MAX_LENGTH, TagId, fold, namespace_of, value_of
from smashpass.core.tags.spellings import words_in
from smashpass.core.tags.vocabulary import Vocabulary

How = Literal["name", "alias", "label", "search", "embedding"]

Hows = Mapping[TagId, How]
"""Tags, and what of each was recognised."""

Bags = Mapping[frozenset[str], Hows]

_MOST_WORDS = 5
_SHORTEST_STEM = 3
_VOWEL = re.compile("[aeiouyäöü]")


class Wordings:
    """The names, values and labels of one vocabulary as sets of words. Frozen once made.

    Cost: about 2 s for 100,000 names.
    """

    def __init__(self, vocabulary: Vocabulary, texts: Iterable[Tag]) -> None:
        """Take the vocabulary apart; ``texts`` give the labels."""
        self.vocabulary = vocabulary
        self._labels: list[tuple[str, str]] = []
        self._exact: dict[frozenset[str], dict[TagId, How]] = {}
        self._stems: dict[frozenset[str], dict[TagId, How]] = {}
        for tag, name in enumerate(vocabulary.names):
            if name:
                self._add(vocabulary.canonical(TagId(tag)), name, tag in vocabulary.aliases)
        for text in texts:
            if text.id in vocabulary.aliases or text.id >= len(vocabulary.names):
                continue
            for label in filter(None, (text.label, *(label for _, label in text.labels))):
                self._keep(text.id, words_in(fold(label)), "label")
                if text.id not in vocabulary.deprecated:
                    self._labels.append((vocabulary.names[text.id], label))

    def _add(self, tag: TagId, name: str, is_alias: bool) -> None:
        self._keep(tag, words_in(value_of(name)), "alias" if is_alias else "name")

    def _keep(self, tag: TagId, words: Sequence[str], how: How) -> None:
        if 0 < len(words) <= _MOST_WORDS:
            self._exact.setdefault(frozenset(words), {}).setdefault(tag, how)
            self._stems.setdefault(frozenset(map(stem, words)), {}).setdefault(tag, how)

    def whole(self, words: Sequence[str]) -> tuple[TagId, How] | None:
        """Return the tag that the folded words name as they stand, joined or as one word."""
        names = ["_".join(words)] + (["".join(words)] if len(words) > 1 else [])
        for name in names:
            tag = named(name, self.vocabulary) if len(name) <= MAX_LENGTH else None
            if tag is not None:
                itself = self.vocabulary.find(name)
                return tag, "alias" if itself in self.vocabulary.aliases else "name"
        return None

    def meant(self, words: Sequence[str]) -> Hows:
        """Return the tags that the words call, in any order; more than one if they are ambiguous.

        All words of the tag's value or label are among them, and the others are of its namespace:
        ``curly hair`` calls ``hair_style:curly``. Exact spellings come before stems.
        """
        unique = list(dict.fromkeys(words))
        return self._among(unique, self._exact, _as_it_is) or self._among(unique, self._stems, stem)

    def spoken(self) -> Iterator[tuple[str, str]]:
        """Yield the names of all tags that are not deprecated, with texts that say what they mean.

        A tag with a namespace has two: ``curly`` and ``curly hair style``; labels are further ones.
        """
        vocabulary = self.vocabulary
        for tag, name in enumerate(vocabulary.names):
            canonical = vocabulary.canonical(TagId(tag))
            if name and canonical not in vocabulary.deprecated:
                value, space = value_of(name), namespace_of(name)
                called = vocabulary.names[canonical]
                yield called, value.replace("_", " ")
                if space:
                    yield called, f"{value} {space}".replace("_", " ")
        yield from self._labels

    def space_stems(self, tag: TagId) -> set[str]:
        """Return the stems of the words of a tag's namespace."""
        return self._space_words(tag, stem)

    def _among(self, words: Sequence[str], bags: Bags, form: Callable[[str], str]) -> Hows:
        keys = {form(word) for word in words}
        for size in range(len(keys), 0, -1):
            tags: dict[TagId, How] = {}
            for chosen in combinations(sorted(keys), size):
                bag = frozenset(chosen)
                for tag, how in bags.get(bag, {}).items():
                    if keys - bag <= self._space_words(tag, form):
                        tags.setdefault(tag, how)
            if tags:
                return tags
        return {}

    def _space_words(self, tag: TagId, form: Callable[[str], str]) -> set[str]:
        return {form(word) for word in words_in(namespace_of(self.vocabulary.names[tag]))}


def _as_it_is(word: str) -> str:
    return word


def stem(word: str) -> str:
    """Return an English word without what inflects it: ``smiling`` and ``smiles`` are ``smil``.

    A crude one: words of the vocabulary and of the prompt only need to meet.
    """
    for ending, instead in (("ies", "y"), ("ing", ""), ("ed", ""), ("s", "")):
        if ending == "s" and word.endswith("ss"):
            break
        if word.endswith(ending):
            cut = word[: -len(ending)] + instead
            if len(cut) >= _SHORTEST_STEM - (ending in ("ed", "s")) and _VOWEL.search(cut):
                word = cut
                break
    if len(word) > _SHORTEST_STEM and word[-1] == word[-2] and word[-1] not in "aeiouls":
        word = word[:-1]
    return word[:-1] if len(word) > 2 and word.endswith("e") else word
