"""Serving: decks are those of a plain list that is filtered, sorted and cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.order import Permutation
from smashpass.core.errors import BadInput
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.credit import Credit
from smashpass.core.library.imageid import ImageIds
from smashpass.core.library.index import Index
from smashpass.core.people.swipe import CurrentVerdicts
from smashpass.core.people.viewer import Viewer
from smashpass.core.pictures.picture import Picture
from smashpass.core.query.evaluate import MySets
from smashpass.core.rules.tree import (
    Arm,
    Branch,
    Compare,
    Leaf,
    Lottery,
    Outcome,
    TagTest,
    Tree,
)
from smashpass.services.decks.cards import CardCache
from smashpass.services.decks.deal import DeckRequest, seed_of, serve
from smashpass.services.decks.relaxation import relaxed_match
from smashpass.services.decks.tastes import Tastes
from smashpass.services.decks.viewers import ViewerState
from smashpass.services.rules.book import RuleBook
from smashpass.services.scoring.collect import Scoring
from tests.support.builders import TAGS, Library, a_library, libraries
from tests.support.deciding import decide_image

CREDIT = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")
BEARDS = Branch(
    "top",
    "if",
    (Arm(TagTest("beard"), Leaf("yes", "smash", 60, "y")),),
    Leaf("no", "pass", 60, "n"),
)
BOOK = RuleBook.of("r" * 64, [Tree("t", BEARDS, labels=("default",))])
IDS = ImageIds(b"k" * 16)
VIEWER = Viewer(1, "somebody", "18+", 0)


class _Credits:
    """Everything has the same credit, and no picture."""

    def card_details(
        self, ordinals: Iterable[int]
    ) -> Mapping[Ordinal, tuple[Credit, Picture | None]]:
        return {Ordinal(ordinal): (CREDIT, None) for ordinal in ordinals}


def _no_picture(sha256: str) -> bytes:
    raise AssertionError(sha256)


SCORING = Scoring([], _no_picture, deadline_s=1)


def a_deck(library: Library, seen_images: ImageSet = ImageSet(), **wish: Any) -> dict[str, Any]:  # noqa: B008
    deck = serve(
        DeckRequest(**wish),
        ViewerState(VIEWER, 0, CurrentVerdicts(seen_images, ImageSet())),
        index=library.index,
        book=BOOK,
        cards=CardCache(_Credits(), IDS),
        scoring=SCORING,
        tastes=Tastes(),
    )
    return cast(dict[str, Any], orjson.loads(orjson.dumps(deck)))


def ordinals(deck: dict[str, Any]) -> list[int]:
    return [int(IDS.decode(card["image"]) or 0) for card in deck["cards"]]


def plain_deck(
    library: Library, seen_images: set[int], terms: list[str], excluded: list[str]
) -> tuple[set[int], list[str]]:
    """What matches, and what was dropped, by sets of plain numbers."""
    terms_kept = list(dict.fromkeys(map(library.canonical, terms)))
    terms_kept.sort(key=lambda name: len(library.having(name)))
    for count in range(len(terms_kept) + 1):
        images = set(library.live)
        for name in terms_kept[count:]:
            images &= library.having(name)
        for name in excluded:
            images -= library.having(name)
        if images:
            return images, terms_kept[:count]
    return set(), []


NAMES = st.lists(st.sampled_from(TAGS), max_size=4)


@given(libraries(), NAMES, NAMES, st.sets(st.integers(1, 40)), st.integers(), st.integers(1, 100))
def test_a_deck_is_that_of_a_plain_list(
    library: Library,
    terms: list[str],
    excluded: list[str],
    seen_images: set[int],
    seed: int,
    size: int,
) -> None:
    text = " ".join([*(f'"{name}"' for name in terms), *(f'-"{name}"' for name in excluded)])
    answer = a_deck(library, ImageSet(seen_images), query=text, seed=seed, size=size)
    images, dropped = plain_deck(library, seen_images, terms, excluded)
    expected = sorted(
        images - seen_images, key=lambda image: Permutation(seed).key(Ordinal(image))
    )[:size]
    deck = answer["deck"]
    assert ordinals(answer) == expected
    assert deck["matched"] == len(images)
    assert deck["unseen"] == len(images - seen_images)
    assert [name.strip('"') for name in deck.get("dropped", [])] == dropped
    state = "widened" if dropped else "ok"
    assert deck["state"] == (state if expected else "exhausted")
    for card, ordinal in zip(answer["cards"], expected, strict=True):
        alone = decide_image(
            BOOK, library.index, Ordinal(ordinal), card["image"], viewer=VIEWER.name
        )
        assert card["decision"] == alone.as_json()


@given(libraries(), st.integers(1, 7))
def test_decks_one_after_the_other_show_every_image_once(library: Library, size: int) -> None:
    met: list[int] = []
    while (answer := a_deck(library, ImageSet(met), size=size))["cards"]:
        met += ordinals(answer)
        assert len(met) <= len(library.live)
    assert sorted(met) == sorted(library.live)
    assert met == ordinals(a_deck(library, size=100))


@pytest.mark.parametrize("size", [0, -1, 101])
def test_a_deck_has_1_to_100_cards(size: int) -> None:
    with pytest.raises(BadInput, match="1 to 100"):
        a_deck(a_library(beard=[1]), size=size)


def test_every_viewer_has_an_order_of_their_own_that_stays() -> None:
    assert seed_of("somebody") == seed_of("some" + "body")
    assert len({seed_of(f"viewer {number}") for number in range(1_000)}) == 1_000
    library = a_library(untagged=range(1, 30))
    assert ordinals(a_deck(library)) == ordinals(a_deck(library, seed=seed_of("somebody")))


@pytest.mark.parametrize(
    ("text", "images", "dropped"),
    [
        ("beard -beard", [4, 5, 9], ("beard",)),
        ("crown beard -beard", [4, 5, 9], ("crown", "beard")),
        ("beard hat -(beard OR crown)", [4, 9], ("hat", "beard")),
        ("beard hat NOT (crown OR beard)", [4, 9], ("hat", "beard")),
        ("(crown -beard) beard", [4, 5, 9], ("crown", "beard")),
        ("beard -ghost ghost", [1, 2, 3], ("ghost",)),
        ("hair:none hair:blonde", [3, 4, 5, 9], ("hair:blonde",)),
        ("ghost", [1, 2, 3, 4, 5, 9], ("ghost",)),
        ("-beard -hat -crown -ghost", [9], ()),
        ("my:smashed hat", [4, 5], ("my:smashed",)),
        ("-beard beard -hat -crown -rest", [], ()),
    ],
)
def test_exclusions_stay_though_they_contradict_a_term(
    text: str, images: list[int], dropped: tuple[str, ...]
) -> None:
    library = a_library(
        beard=[1, 2, 3], hat=[4], crown=[5], hair__blonde=[1], hair__black=[2], ghost=[],
        rest=[9], implications=[("crown", "hat")],
    )  # fmt: skip
    answer = relaxed_match(text, library.index, MySets())
    assert list(answer.images) == images
    assert answer.dropped == dropped


MANY = Branch(
    "top",
    "if",
    (Arm(Compare("viewer.swipes", "gte", 1.0), Leaf("yes", "smash", 60, "y")),),
    Leaf("no", "pass", 60, "n"),
)
DRAWN = Branch(
    "top",
    "if",
    (Arm(TagTest("beard"), Lottery("maybe", (Outcome("smash", 1, "y"), Outcome("pass", 1, "n")))),),
    Leaf("no", "pass", 60, "n"),
)
TREES = [Tree("t", BEARDS, labels=("default",)), Tree("many", MANY), Tree("drawn", DRAWN)]
BOOKS = [RuleBook.of("r" * 64, TREES), RuleBook.of("s" * 64, TREES)]
EDITED = [
    a_library(beard=range(1, 9), hat=range(1, 20)).build(version=1),
    a_library(beard=range(5, 15), hat=range(1, 20)).build(version=2),
]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["t", "many", "drawn"]),
            st.sampled_from(BOOKS),
            st.sampled_from(EDITED),
            st.sampled_from(["ann", "bob"]),
            st.booleans(),
            st.integers(0, 2),
        ),
        max_size=8,
    )
)
def test_decisions_that_are_kept_are_those_made_afresh(
    requests: list[tuple[str, RuleBook, Index, str, bool, int]],
) -> None:
    caching = CardCache(_Credits(), IDS, capacity=15)
    for tree, book, index, name, explain, swiped in requests:
        state = ViewerState(Viewer(1, name, "18+", 0), 0, CurrentVerdicts(ImageSet(range(swiped))))
        wish = DeckRequest("hat", tree, explain=explain, seed=1)
        answers = [
            orjson.dumps(
                serve(
                    wish,
                    state,
                    index=index,
                    book=book,
                    cards=cards,
                    scoring=SCORING,
                    tastes=Tastes(),
                )
            )
            for cards in (caching, CardCache(_Credits(), IDS))
        ]
        assert answers[0] == answers[1]
