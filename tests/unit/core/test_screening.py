"""Withheld images: by image sets, as by a look at each image."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadSetting
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.stored import StoredImage
from smashpass.core.protection.screening import Screening, reasons, without
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.tagging.screening import screening_of, under_age_terms

NAMES = ("hat", "loli", "baby_blue", "gore", "cute", "azure", "red", "kid_leather", "blood")
_TAG = st.sampled_from(NAMES)


@st.composite
def libraries(draw):
    """An index, whose vocabulary has aliases and implications, and what was reviewed."""
    aliases = {}
    for alias, tag in draw(st.lists(st.tuples(_TAG, _TAG), max_size=2)):
        if alias not in {tag, *aliases, *aliases.values()} and tag not in aliases:
            aliases[alias] = tag
    order = {name: place for place, name in enumerate(draw(st.permutations(NAMES)))}
    implications = [
        (tag, implied)
        for tag, implied in draw(st.lists(st.tuples(_TAG, _TAG), max_size=3))
        if order[tag] < order[implied] and not {tag, implied} & set(aliases)
    ]
    vocabulary = Vocabulary.of(NAMES, aliases, implications)
    builder = IndexBuilder()
    images = draw(st.lists(st.tuples(st.frozensets(_TAG, max_size=3), st.booleans()), max_size=8))
    for number, (tags, live) in enumerate(images, 1):
        tag_ids = array("I", sorted(vocabulary.find(name) for name in tags))
        builder.add(*StoredImage(Ordinal(number), tag_ids, {}, "MIT", "tests", live))
    index = builder.build(1, vocabulary, {})
    cleared = draw(st.dictionaries(
        st.sampled_from([vocabulary.find(name) for name in ("baby_blue", "kid_leather")]),
        st.frozensets(st.integers(1, 8)).map(ImageSet),
    ))  # fmt: skip
    return index, images, aliases, implications, cleared


def meaning(name, aliases, implications):
    """Return the canonical tag of a name and all that follows from it."""
    reached = {aliases.get(name, name)}
    while new := {b for a, b in implications if a in reached} - reached:
        reached |= new
    return reached


@given(libraries())
def test_withheld_images_are_those_that_a_look_at_each_one_gives(library):
    index, images, aliases, implications, cleared = library
    screening = Screening(under_age_terms(), ["gore"])
    withheld = screening.withheld(index, cleared)
    names = index.vocabulary.names
    under_age, unreviewed, denied = set(), set(), set()
    denied_tag = aliases.get("gore", "gore")
    for number, (tags, live) in enumerate(images, 1):
        for name in tags if live else ():
            means = meaning(name, aliases, implications)
            spellings = means | {alias for alias, tag in aliases.items() if tag in means}
            if "loli" in spellings:
                under_age.add(number)
            if denied_tag in means:
                denied.add(number)
            for tag, reviewed in ((t, cleared.get(index.vocabulary.find(t), ()))
                                  for t in ("baby_blue", "kid_leather")):  # fmt: skip
                if (tag == name or tag in means) and number not in reviewed:
                    unreviewed.add(number)
    assert set(withheld.under_age) == under_age
    assert set(withheld.unreviewed) == unreviewed
    assert set(withheld.denied) == denied
    visible = without(index, withheld.images)
    assert set(visible.live) == set(index.live) - under_age - unreviewed - denied
    assert set(visible.live) | set(visible.parts.hidden) == set(range(1, len(images) + 1))
    by_reason = reasons(screening, index, withheld.under_age | withheld.unreviewed)
    listed = [image for group in by_reason.values() for image in group]
    assert sorted(listed) == sorted(under_age | unreviewed)
    assert all(any(repr(name) in reason for name in names) for reason in by_reason)


@given(_TAG, libraries())
def test_a_record_is_judged_as_the_library_would_judge_its_image(name, library):
    index, _, aliases, implications, _ = library
    screen = Screening(under_age_terms(), ["gore"]).names(index.vocabulary)
    means = meaning(name, aliases, implications)
    spellings = means | {alias for alias, tag in aliases.items() if tag in means}
    expected = (
        "refuse" if "loli" in spellings
        else "review" if {"baby_blue", "kid_leather"} & (means | {name})
        else None
    )  # fmt: skip
    assert screen.severity(name) == expected
    assert (name in screen.denied) == (aliases.get("gore", "gore") in means or name == "gore")


def test_names_that_the_library_does_not_know_are_judged_too():
    screen = Screening(under_age_terms(), ["gore"]).names(None)
    assert (screen.severity("loli"), screen.severity("hat")) == ("refuse", None)
    assert screen.denied == {"gore"}


def test_a_denied_tag_that_is_no_tag_is_a_wrong_setting():
    with pytest.raises(BadSetting, match="reserved") as refused:
        screening_of("", "hat,image:x")
    assert refused.value.where == "SMASHPASS_DENY_TAGS"
