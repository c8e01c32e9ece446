"""Example cards for the age page: the same for everybody, and fit for all ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.decks.order import Permutation
from smashpass.core.errors import DatabaseUnavailable, NotPossible
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.rules.explain.decide import decide
from smashpass.services.decks.cards import CardCache, address_of
from smashpass.services.ports.library import LibraryStore
from smashpass.services.rules.book import NoDefaultTree, RuleBook
from smashpass.services.rules.live import LiveRules
from smashpass.services.runtime.library import LiveLibrary

SHOWN = 3
CANDIDATES = 60
"""Images that are looked at, in a fixed random order."""
_NO_PEOPLE = ("creature", "object")
_SEED = 13


@dataclass(frozen=True, slots=True)
class ExampleCard:
    """A picture with what the rules say of it.

    Attributes:
        picture: The path of its address.
        verdict: ``smash`` or ``pass``.
        explanation: Why, in sentences.
    """

    picture: str
    verdict: str
    explanation: str


class ExampleService:
    """Chooses the examples once for each library version and revision; that costs about 5 ms."""

    def __init__(self, *, library: LiveLibrary, rules: LiveRules, cards: CardCache,
                 store: LibraryStore) -> None:  # fmt: skip
        """Keep what is asked."""
        self._library = library
        self._rules = rules
        self._cards = cards
        self._store = store
        self._last: tuple[tuple[int, str], tuple[ExampleCard, ...]] | None = None

    def cards(self) -> tuple[ExampleCard, ...]:
        """Return at most ``SHOWN`` examples, with both verdicts if candidates have both.

        None where nothing can be shown: no pictures, no default tree, no database.
        """
        try:
            index, book = self._library.index, self._rules.book
            last = self._last
            key = index.version, book.revision
            if last is None or last[0] != key:
                last = key, self._choose(index, book)
                self._last = last
        except (DatabaseUnavailable, NotPossible, NoDefaultTree):
            return ()  # The page asks its question all the same.
        return last[1]

    def _choose(self, index: Index, book: RuleBook) -> tuple[ExampleCard, ...]:
        """Return the examples of a library version and a revision."""
        compiled = book.compiled(book.find(None), index.vocabulary)
        examples = []
        for card in self._cards.of(index, self._candidates(index)):
            facts, picture = index.facts(card.ordinal), card.picture
            if picture is not None:
                decision = decide(
                    compiled,
                    facts,
                    revision=book.revision,
                    viewer="",
                    image=card.image,
                    explain=True,
                    flip_limit=0,
                )
                shown_at = address_of(picture.sha256, "small")
                examples.append(ExampleCard(shown_at, decision.verdict, decision.explanation or ""))
        return both_verdicts(examples)

    def _candidates(self, index: Index) -> list[Ordinal]:
        """Return images with pictures: those without people first, never real persons.

        All that is live may be shown to minors; people, though drawn, are not needed to explain
        what this is, so they only stand in where there is too little else.
        """
        images = Permutation(_SEED).first(index.live, CANDIDATES)
        details = self._store.card_details(images)
        fit = [
            image
            for image in images
            if image in details
            and details[image][1] is not None
            and not details[image][0].real_person
        ]
        return sorted(fit, key=lambda image: details[image][0].depicts not in _NO_PEOPLE)


def both_verdicts(examples: Sequence[ExampleCard]) -> tuple[ExampleCard, ...]:
    """Return the first ``SHOWN`` examples; if all have one verdict, the last gives way to another.

    Args:
        examples: All candidates, best first.
    """
    shown, rest = list(examples[:SHOWN]), examples[SHOWN:]
    if len({example.verdict for example in shown}) == 1:
        others = [example for example in rest if example.verdict != shown[0].verdict]
        shown[-1:] = others[:1] or shown[-1:]
    return tuple(shown)
