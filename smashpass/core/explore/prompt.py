"""A sentence such as "someone friendly with curly hair, no hat" as tags that are easy to correct.

The names, values, aliases and labels of the vocabulary come first, the longest phrase before its
words. What they do not explain, a finder is asked about, and then whoever knows what words mean.
A word that nobody understands is reported, never dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from smashpass.core.explore.prompt_text import PromptWord, prompt_words
from smashpass.core.explore.wordings import How, Wordings, stem
from smashpass.core.query.bound import And, AnyTag, Not, Query
from smashpass.core.query.lexer import MAX_BYTES
from smashpass.core.query.phrases import Finder
from smashpass.core.query.printing import text_of
from smashpass.core.tags.names import TagId, namespace_of
from smashpass.core.tags.nearest import distance
from smashpass.core.tags.spellings import words_in
from smashpass.core.tags.vocabulary import Vocabulary

MAX_PROMPT = 500
"""Characters of a prompt, at most."""

MOST_TAGS = 20
"""Tags of one prompt, so that the query stays within its limits."""

SEARCH_FLOOR = 1 / 3
"""A finder that has more than three tags for a phrase does not know which is meant."""

NEAREST_FLOOR = 0.6
"""Smallest cosine that counts as a meaning: the best for half of the prompts of the benchmark."""

_LONGEST = 6
_MOST_TELLING = 4
_MOST_SEARCHED = 3

Nearest = Callable[[Sequence[str]], Sequence[Sequence[tuple[str, float]]]]
"""Returns for every phrase names of tags with their cosines, the nearest first."""


@dataclass(frozen=True, slots=True)
class PromptTag:
    """A tag that a prompt asks for, or excludes.

    Attributes:
        tag: The canonical tag.
        negated: Whether it is excluded.
        phrase: The words of the prompt that it comes from.
        how: What of the tag was recognised, or who knew it.
        score: 1 where only one tag fits, 1/n for one of n; a cosine for embeddings.
    """

    tag: TagId
    negated: bool
    phrase: str
    how: How
    score: float


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a prompt says, in its order, and the words of it that say nothing we know."""

    tags: tuple[PromptTag, ...]
    unused: tuple[str, ...]

    def query(self) -> Query:
        """Return the bound query: all the tags, and none of the excluded ones."""
        return And(
            tuple(
                Not(AnyTag(frozenset((item.tag,))))
                if item.negated
                else AnyTag(frozenset((item.tag,)))
                for item in self.tags
            )
        )

    def query_text(self, vocabulary: Vocabulary) -> str:
        """Return the query in the query language; "" if nothing was understood."""
        return text_of(self.query(), vocabulary) if self.tags else ""


def understand(
    prompt: str,
    wordings: Wordings,
    count: Callable[[TagId], int],
    *,
    finder: Finder | None = None,
    nearest: Nearest | None = None,
) -> Understanding:
    """Return the tags that a prompt asks for and excludes.

    Args:
        prompt: Up to ``MAX_PROMPT`` characters; longer ones take longer.
        wordings: What the tags are called.
        count: Number of images of a tag; the commonest wins where several are called alike.
        finder: Searches the vocabulary; None searches nothing.
        nearest: Knows what words mean; None knows nothing. It is asked once.

    Cost: some milliseconds, and the finder's for every phrase that no name explains.
    """
    reading = _PromptReading(prompt, wordings, count)
    reading.by_name()
    if finder is not None:
        reading.by_search(finder)
    reading.by_count()
    if nearest is not None:
        reading.by_meaning(nearest)
    return reading.understood()


class _PromptReading:
    """One prompt, word by word; every step explains some of the words that are left."""

    def __init__(self, prompt: str, wordings: Wordings, count: Callable[[TagId], int]) -> None:
        self._wordings = wordings
        self._vocabulary = wordings.vocabulary
        self._count = count
        self._words = prompt_words(prompt, self._vocabulary)
        self._stems = [stem(word.key) for word in self._words]
        self._left = {place for place, word in enumerate(self._words) if word.tells}
        self._negators: set[int] = set()
        self._found: dict[tuple[int, ...], PromptTag] = {}

    def by_name(self) -> None:
        """Take the phrases that call exactly one tag, the longest first."""
        place = 0
        while place < len(self._words):
            place = next(
                (after for after in self._ends(place) if self._take_called(place, after)),
                place + 1,
            )

    def by_search(self, finder: Finder) -> None:
        """Ask a finder about the words that are left, the longest phrases first."""
        for size in range(_MOST_SEARCHED, 0, -1):
            for run in list(self._runs()):
                for first in range(len(run) - size + 1):
                    places = run[first : first + size]
                    if size == 1 and self._called(places):
                        continue  # ambiguous, but a name: counts decide
                    if self._left.issuperset(places):
                        self._take_searched(places, finder)

    def by_count(self) -> None:
        """Take the commonest tag for the words that call several."""
        for place in sorted(self._left):
            tags = self._called((place,))
            if tags:
                best = max(sorted(tags), key=self._count)
                self._take((place,), best, tags[best], 1 / len(tags))

    def by_meaning(self, nearest: Nearest) -> None:
        """Take the tags whose names or labels mean what is left: runs of words before words."""
        runs = [run for run in self._runs() if len(run) <= _MOST_TELLING]
        phrases = [run for run in runs if len(run) > 1]
        phrases += [(place,) for place in sorted(self._left)]
        if not phrases:
            return
        answers = nearest([self._phrase(places) for places in phrases])
        for places, answer in zip(phrases, answers, strict=True):
            if not self._left.issuperset(places):
                continue
            for name, cosine in answer:
                tag = self._vocabulary.resolve(name)
                if tag is not None and cosine >= NEAREST_FLOOR:
                    self._take(places, tag, "embedding", cosine)
                    break

    def understood(self) -> Understanding:
        """Return the tags in the order of the prompt, as many as a query may have."""
        self._attach_spaces()
        chosen: dict[tuple[TagId, bool], PromptTag] = {}
        dropped: set[int] = set()
        for places, item in sorted(self._found.items()):
            if (item.tag, item.negated) in chosen:
                continue
            longer = Understanding((*chosen.values(), item), ())
            if len(chosen) < MOST_TAGS and self._fits(longer):
                chosen[item.tag, item.negated] = item
            else:
                dropped.update(places)
        negators = {place for place, word in enumerate(self._words) if word.negates}
        unused = sorted(self._left | dropped | (negators - self._negators))
        return Understanding(
            tuple(chosen.values()), tuple(self._words[place].text for place in unused)
        )

    def _fits(self, understanding: Understanding) -> bool:
        text = understanding.query_text(self._vocabulary)
        return len(text.encode("utf-8")) <= MAX_BYTES

    def _ends(self, first: int) -> Iterator[int]:
        """Yield where a phrase from ``first`` on may end, the longest first, within its clause."""
        after = first
        while (
            after < min(len(self._words), first + _LONGEST)
            and self._words[after].clause == self._words[first].clause
        ):
            after += 1
        yield from range(after, first, -1)

    def _take_called(self, first: int, after: int) -> bool:
        """Take the words from ``first`` to ``after`` if they call one tag."""
        words = self._words[first:after]
        ends_tell = words[0].tells and words[-1].tells
        if ends_tell or len(words) > 1:
            whole = self._wordings.whole([word.key for word in words])
            if whole is not None:
                self._take(tuple(range(first, after)), *whole, 1.0)
                return True
        if not ends_tell or any(word.negated != words[0].negated for word in words):
            return False
        places = tuple(place for place in range(first, after) if self._words[place].tells)
        if len(places) > _MOST_TELLING or any(word.negates for word in words):
            return False
        tags = self._called(places)
        if len(tags) != 1:
            return False
        ((tag, how),) = tags.items()
        self._take(places, tag, how, 1.0)
        return True

    def _called(self, places: Sequence[int]) -> dict[TagId, How]:
        """Return the tags that the words call; namespaces named nearby decide between several."""
        words = [part for place in places for part in words_in(self._words[place].key)]
        tags = dict(self._wordings.meant(words)) if words else {}
        if len(tags) > 1:
            clause = self._words[places[0]].clause
            around = {
                self._stems[place]
                for place, word in enumerate(self._words)
                if word.clause == clause and place not in places
            }
            hinted = {
                tag: how for tag, how in tags.items() if self._wordings.space_stems(tag) & around
            }
            tags = hinted or self._without_namespace(tags) or tags
        current = {tag: how for tag, how in tags.items() if tag not in self._vocabulary.deprecated}
        return current or tags

    def _without_namespace(self, tags: dict[TagId, How]) -> dict[TagId, How]:
        names = self._vocabulary.names
        return {tag: how for tag, how in tags.items() if not namespace_of(names[tag])}

    def _take_searched(self, places: tuple[int, ...], finder: Finder) -> None:
        phrase = self._phrase(places)
        resolved = [self._vocabulary.resolve(name) for name in finder(phrase)]
        tags = list(dict.fromkeys(tag for tag in resolved if tag is not None))
        if tags and 1 / len(tags) >= SEARCH_FLOOR and not self._is_guess(places, tags[0]):
            self._take(places, tags[0], "search", 1 / len(tags))

    def _is_guess(self, places: Sequence[int], tag: TagId) -> bool:
        """Whether a word was only corrected, by more than one slip."""
        names = words_in(self._vocabulary.names[tag])
        slips = [
            min((d for name in names if (d := distance(self._words[at].key, name, 2)) is not None),
                default=0)
            for at in places
        ]  # fmt: skip
        return max(slips) > 1

    def _runs(self) -> Iterator[tuple[int, ...]]:
        """Yield the places of neighbouring words that are left; stop words do not part them."""
        run: list[int] = []
        for place, word in enumerate(self._words):
            if place not in self._left:
                if word.tells or word.negates:
                    yield from _whole_run(run)
                    run = []
                continue
            if run and not self._together(self._words[run[-1]], word):
                yield from _whole_run(run)
                run = []
            run.append(place)
        yield from _whole_run(run)

    @staticmethod
    def _together(before: PromptWord, word: PromptWord) -> bool:
        return (before.clause, before.negations) == (word.clause, word.negations)

    def _take(self, places: tuple[int, ...], tag: TagId, how: How, score: float) -> None:
        negations = self._words[places[0]].negations
        negated = self._words[places[0]].negated
        self._found[places] = PromptTag(tag, negated, self._phrase(places), how, round(score, 3))
        self._left.difference_update(places)
        self._negators.update(negations)
        self._negators.update(place for place in places if self._words[place].negates)

    def _attach_spaces(self) -> None:
        """Give words that are left to a tag of their clause whose namespace they name."""
        for place in sorted(self._left):
            for places, item in self._found.items():
                same_clause = self._words[places[0]].clause == self._words[place].clause
                if same_clause and self._stems[place] in self._wordings.space_stems(item.tag):
                    del self._found[places]
                    joined = tuple(sorted((*places, place)))
                    self._found[joined] = PromptTag(
                        item.tag, item.negated, self._phrase(joined), item.how, item.score
                    )
                    self._left.discard(place)
                    break

    def _phrase(self, places: Sequence[int]) -> str:
        return " ".join(self._words[place].text for place in places)


def _whole_run(run: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if run:
        yield tuple(run)
