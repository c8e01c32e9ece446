"""Cards in memory: the same as those made afresh."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.services.decks.cards import CardCache
from tests.support.libraries import PORTRAITS, fill


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["give", "take", "hide", "show", "ask"]),
            st.sets(st.integers(1, 9), min_size=1),
            st.sampled_from(["beard", "smile", "specs"]),
        ),
        max_size=8,
    )
)
def test_remembered_cards_are_those_made_afresh(
    installation: Installation, acts: list[tuple[str, set[int], str]]
) -> None:
    catalogue = installation.catalogue
    if not catalogue.library_version():
        fill(installation)
    cards = CardCache(catalogue, installation.image_ids, capacity=4)
    for act, numbers, name in [*acts, ("ask", set(PORTRAITS), "")]:
        images = ImageSet(number for number in numbers if number in PORTRAITS)
        tag = catalogue.vocabulary().find(name) if name else None
        if act in ("give", "take") and tag is not None:
            add_tags, removed = ([tag], []) if act == "give" else ([], [tag])
            catalogue.apply_tag_edit(
                images, add=add_tags, remove=removed, by="t", origin="t", reason="t"
            )
        elif act in ("hide", "show"):
            state = "hidden" if act == "hide" else "live"
            catalogue.set_state(images, state, by="t", origin="t", reason="t")
        installation.library.refresh()
        index = installation.library.index
        ordinals = [Ordinal(number) for number in numbers]
        fresh = CardCache(catalogue, installation.image_ids).of(index, ordinals)
        assert cards.of(index, ordinals) == fresh
        assert cards.of(index, ordinals) == fresh
        assert [card.ordinal for card in fresh] == [
            ordinal for ordinal in ordinals if ordinal in PORTRAITS
        ]
        assert len(cards.in_memory) <= 4
