"""Terms of under age: what is refused, what is reviewed, and what has nothing to do with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadInput
from smashpass.core.protection.under_age import UnderAgeTerms
from smashpass.core.tags.names import normalise
from smashpass.services.tagging.screening import under_age_terms

REFUSED = """
loli lolis LOLI character:loli loli_(style) l\u043eli cute_loli_girl female_child little_girl
Little__Girls littlegirl toddlercon toddlers child children 2children child's cute_baby babies baby
teen teens teenager robot:teen kid kids infant under-age under_age underage underage_drinking
under_18 schoolgirl school_boys preteen shota 12yo 12_years_old 17_y/o 9-year-old age:12
age:7_years \u5c0f\u5b66\u751f \u5e7c\u5973 \u30ed\u30ea
"""
REVIEWED = """
baby_blue kid_leather childhood_friend child_seat childlike children's_book teenage_mutant_ninja
lolita_fashion minor ursa_minor youth teen:idol 5_year_old_whisky kindergarten character:baby_peach
"""
HARMLESS = """
adult girl 1girl 2boys boy young_woman mature old_man hair:blonde kidney skid_mark brainchild
19yo age:21 age:180 30_years_old 18_years_old class glasses sorceress s :3 10_years robot ringed
babylon infantry teenth ageless aged_whisky year:2012 schooling
"""


@pytest.mark.parametrize("name", REFUSED.split())
def test_names_that_say_under_age_are_refused(name):
    assert under_age_terms().severity(normalise(name)) == "refuse"


@pytest.mark.parametrize("name", REVIEWED.split())
def test_names_with_another_meaning_are_reviewed(name):
    assert under_age_terms().severity(normalise(name)) == "review"


@pytest.mark.parametrize("name", HARMLESS.split())
def test_other_names_are_left_alone(name):
    assert under_age_terms().severity(normalise(name)) is None


def test_an_operator_can_add_terms_and_take_none_away():
    extended = under_age_terms("sprout, tiny person,")
    assert extended.severity("sprouts") == "refuse"
    assert extended.severity("a_tiny_person") == "refuse"
    assert extended.severity("loli") == "refuse"
    assert under_age_terms().severity("sprouts") is None


@pytest.mark.parametrize("depicts", ["girl", "Boys", "teen", "a child", "youth", "12 years old"])
def test_depicts_knows_further_words(depicts):
    assert under_age_terms().forbids_depicts(depicts)


def test_depicts_of_an_adult_is_fine():
    assert not under_age_terms().forbids_depicts("adult")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("loli", "precedes the first section"),
        ("[nothing]", "is not a section"),
        ("[refuse]\na b c d e", "has 5 words"),
        ("[refuse]\n-", "has 0 words"),
    ],
)
def test_a_list_that_cannot_be_read_is_refused(text, problem):
    with pytest.raises(BadInput, match=problem):
        UnderAgeTerms.of(text)


_PIECES = st.sampled_from([
    "child", "loli", "little", "girl", "baby", "kid", "blue", "hair", "teen", "s", "12", "yo", "lo",
    "li", "age", "minor", "school", "boy", "18", "years", "old", "chi", "ld", "x",
])  # fmt: skip


@given(st.lists(st.tuples(_PIECES, st.sampled_from("_-:/(")), min_size=1, max_size=6))
def test_the_quick_no_agrees_with_the_whole_comparison(pieces):
    class Thorough(UnderAgeTerms):
        __slots__ = ()

        def _is_harmless(self, _plain):
            return False

    terms = under_age_terms()
    thorough = Thorough(**{name: getattr(terms, name) for name in UnderAgeTerms.__slots__})
    name = "".join(word + between for word, between in pieces).rstrip("_-:/(")
    assert terms.severity(name) == thorough.severity(name)
