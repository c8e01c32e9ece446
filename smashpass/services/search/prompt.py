"""Prompts: a sentence about images as tags that can be corrected, and the query they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from smashpass.core.errors import BadInput
from smashpass.core.explore.prompt import MAX_PROMPT, Understanding, understand
from smashpass.core.explore.wordings import Wordings
from smashpass.core.library.index import Index
from smashpass.core.library.stored import Tag
from smashpass.core.query.evaluate import count
from smashpass.core.query.normal import normalise
from smashpass.core.query.phrases import Finder
from smashpass.core.tags.names import TagId

EmbeddingState = Literal["on", "off", "loading"]

MeaningsOf = Callable[
    [Sequence[str], object, Callable[[], Iterable[tuple[str, str]]]],
    Sequence[Sequence[tuple[str, float]]] | None,
]
"""Returns for each phrase names of tags with cosines, the nearest first; None while it
loads, nothing if it cannot.

The second argument stands for the vocabulary, the third returns its names and what they mean.
"""


@dataclass(frozen=True, slots=True)
class UnderstoodPrompt:
    """What a prompt says, its query, and how many images match that."""

    text: str
    query: str
    matched: int
    understanding: Understanding
    names: tuple[str, ...]
    labels: tuple[str, ...]
    embeddings: EmbeddingState

    def as_json(self) -> dict[str, object]:
        """Return it as ``GET /prompt`` does."""
        return {
            "text": self.text,
            "query": self.query,
            "matched": self.matched,
            "tags": [
                {
                    "name": name,
                    "label": label,
                    "negated": item.negated,
                    "phrase": item.phrase,
                    "how": item.how,
                    "score": item.score,
                }
                for item, name, label in zip(
                    self.understanding.tags, self.names, self.labels, strict=True
                )
            ],
            "unused": list(self.understanding.unused),
            "embeddings": self.embeddings,
        }


class PromptService:
    """Understands prompts. What the words of one vocabulary are is kept until it changes."""

    def __init__(
        self,
        *,
        texts: Callable[[Index], Mapping[TagId, Tag]],
        finder: Finder,
        meanings: MeaningsOf | None = None,
    ) -> None:
        """Keep who knows the labels of tags, and who searches the vocabulary.

        ``meanings`` knows which tags mean nearly the same as a text; None if that is off.
        """
        self._texts = texts
        self._finder = finder
        self._meanings = meanings
        self._cached: tuple[Sequence[object], Wordings] | None = None

    def understand(self, index: Index, prompt: str) -> UnderstoodPrompt:
        """Return the tags that a prompt asks for and excludes, with the exact number of matches.

        Cost: some milliseconds; the first prompt after an edit of words takes the vocabulary
        apart, which takes some 20 µs a name.

        Raises:
            BadInput: There is no text, or more than ``MAX_PROMPT`` characters.
        """
        if not prompt.strip():
            raise BadInput("the prompt is empty", hint="describe what you want to see")
        if len(prompt) > MAX_PROMPT:
            raise BadInput(
                f"the prompt has {len(prompt)} characters",
                hint=f"use at most {MAX_PROMPT}",
            )
        texts = self._texts(index)
        wordings = self._wordings(index, texts)
        state: EmbeddingState = "off" if self._meanings is None else "on"

        def nearest(phrases: Sequence[str]) -> Sequence[Sequence[tuple[str, float]]]:
            nonlocal state
            assert self._meanings is not None
            answers = self._meanings(phrases, wordings, wordings.spoken)
            if not answers:
                state = "loading" if answers is None else "off"
                return [()] * len(phrases)
            return answers

        understanding = understand(
            prompt,
            wordings,
            index.count,
            finder=self._finder,
            nearest=None if self._meanings is None else nearest,
        )
        names = tuple(index.vocabulary.names[item.tag] for item in understanding.tags)
        labels = tuple(
            text.label
            if (text := texts.get(item.tag)) is not None and text.label
            else name.replace("_", " ")
            for item, name in zip(understanding.tags, names, strict=True)
        )
        return UnderstoodPrompt(
            text=prompt,
            query=understanding.query_text(index.vocabulary),
            matched=count(normalise(understanding.query()), index),
            understanding=understanding,
            names=names,
            labels=labels,
            embeddings=state,
        )

    def _wordings(self, index: Index, texts: Mapping[TagId, Tag]) -> Wordings:
        """Return the words of a vocabulary; two threads may make them at once, to no harm."""
        cached = self._cached
        source = (index.vocabulary, texts)
        if cached is None or any(a is not b for a, b in zip(cached[0], source, strict=True)):
            cached = (source, Wordings(index.vocabulary, texts.values()))
            self._cached = cached
        return cached[1]
