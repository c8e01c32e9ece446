"""Trees over columns of scores: the algebra says for all images what closures say for each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.core.rules.analysis.impact import tree_impact, verdicts
from smashpass.core.rules.analysis.leaf_counts import leaf_counts
from smashpass.core.rules.attributes import fits
from smashpass.core.rules.compile.algebra import fitting_images, partition
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.tree import Arm, Attribute, Branch, Compare, Leaf, Tree
from tests.support.builders import a_score_column, an_index
from tests.support.rule_strategies import CONSTANTS, OUTSIDE, outside_values, populated, trees
from tests.unit.core.rules import oracle

NAME = "plugin.aesthetic"
NUMBERS = st.sampled_from([-1.0, 0.0, 1.0, 2.5, 3.0, 6.5, 6.75, 9.0, 10.5])
ENDS = st.sampled_from([(None, None), (0.0, 8.0), (2.5, None), (None, 6.5), (7.0, 7.0)])
DECLARED = st.none() | st.builds(
    lambda kind, ends: Attribute(NAME, kind, *ends), st.sampled_from(["number", "integer"]), ENDS
) | st.sampled_from([Attribute(NAME, "boolean"), Attribute(NAME, "text")])  # fmt: skip


@st.composite
def cases(draw: st.DrawFn, full: bool):
    """A library, a tree that may declare the score, what a scorer answered for which images."""
    library = draw(populated)
    declared = draw(DECLARED)
    tree = replace(
        draw(trees({**OUTSIDE, **CONSTANTS} if draw(st.booleans()) else {NAME: (2.5, 3.0, 6.5)})),
        attributes={} if declared is None else {NAME: declared},
    )
    answered = {
        ordinal: draw(st.none() | NUMBERS)
        for ordinal in sorted(library.images)
        if full or draw(st.booleans())
    }
    return library, tree, answered


def scored(library, answered):
    numbers = {ordinal: number for ordinal, number in answered.items() if number is not None}
    return library.index.with_scores({NAME: a_score_column(numbers, answered, NAME)})


def usable(number, tree):
    """What a deck makes of a scorer's number: None if the tree's declaration does not allow it."""
    declared = tree.attributes.get(NAME)
    if number is None or declared is None:
        return number
    if declared.type in ("boolean", "text") or (declared.type == "integer" and number % 1):
        return None
    above = declared.min is None or number >= declared.min
    return number if above and (declared.max is None or number <= declared.max) else None


@given(cases(full=False), outside_values)
def test_images_without_an_answer_are_undecided_where_kleene_says_so(case, values):
    library, tree, answered = case
    expected, undecided = defaultdict(set), set()
    for ordinal in library.live:
        attributes = {**values}
        if NAME in values:
            attributes[NAME] = usable(values[NAME], tree)
        elif ordinal in answered:
            attributes[NAME] = usable(answered[ordinal], tree)
        leaf = oracle.leaf(tree.root, oracle.picture(library, ordinal, attributes))
        (undecided if leaf is None else expected[leaf.id]).add(ordinal)

    parts = partition(tree, scored(library, answered), values)

    assert {id: set(images) for id, images in parts.leaves.items() if images} == expected
    assert set(parts.undecided) == undecided


@given(cases(full=True), st.none() | NUMBERS)
def test_a_full_column_decides_every_image_as_the_closure_does(case, for_all):
    library, tree, answered = case
    index = scored(library, answered)
    values = {"viewer.swipes": 5.0, "query.terms": 3.0}
    if for_all is not None:
        values[NAME] = for_all

    parts = partition(tree, index, values)

    assert not parts.undecided
    compiled = compile_tree(tree, library.vocabulary)
    for ordinal in library.live:
        leaf = compiled.leaf(index.facts(Ordinal(ordinal), values))
        assert [id for id, images in parts.leaves.items() if ordinal in images] == [leaf.id]


@given(cases(full=False), outside_values)
def test_a_decided_image_ends_where_it_does_whatever_the_scorer_will_say(case, values):
    library, tree, answered = case
    values = {"viewer.swipes": 5.0, "query.terms": 3.0, **values}
    values.pop(NAME, None)
    index = scored(library, answered)
    parts = partition(tree, index, values)
    compiled = compile_tree(tree, library.vocabulary)
    for leaf_id, images in parts.leaves.items():
        for ordinal in images:
            later = {} if ordinal in answered else {NAME: 6.5}
            for extra in ({}, later):
                facts = index.facts(Ordinal(ordinal), {**values, **extra})
                assert compiled.leaf(facts).id == leaf_id


NUMBERS_OF_ANY_KIND = NUMBERS | st.floats(allow_nan=False, allow_infinity=False)
SINGLES = NUMBERS | st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(
    st.lists(NUMBERS_OF_ANY_KIND, max_size=9)
    | st.lists(SINGLES, max_size=9)
    | st.lists(st.integers(-(2**54), 2**54).map(float) | NUMBERS, max_size=9)
    | st.lists(st.integers(-(2**24), 2**24).map(float) | NUMBERS, max_size=9),
    DECLARED,
)
def test_what_fits_is_the_same_for_one_number_and_for_a_column(numbers, declared):
    declared = declared or Attribute(NAME, "number")
    column = a_score_column(dict(enumerate(numbers, start=1)))

    fitting = {o for o, number in enumerate(numbers, start=1) if fits(number, declared)}

    assert set(fitting_images(column, declared)) == fitting
    assert set(column.whole()) == {o for o, n in enumerate(numbers, start=1) if n.is_integer()}


@pytest.mark.parametrize(
    ("value", "kind", "leaf"),
    [
        (True, "boolean", "yes"),
        (0.5, "number", "yes"),
        (0.5, "boolean", "no"),
        (0.5, "integer", "no"),
        (0.5, "text", "no"),
        (True, "number", "no"),
        ("fine", "number", "no"),
    ],
)
def test_a_scorers_value_of_another_type_is_missing_for_a_closure_too(value, kind, leaf):
    index = an_index(cat=[1])
    tree = threshold(0.25, on_missing=False, declared=Attribute(NAME, kind))

    compiled = compile_tree(tree, index.vocabulary)

    assert compiled.leaf(index.facts(Ordinal(1), {NAME: value})).id == leaf


def threshold(limit: float, *, on_missing: bool, declared: Attribute | None = None) -> Tree:
    """A tree of one test, deep enough for the tools that look at it."""
    test = Compare(NAME, "gte", limit, on_missing)
    yes, no = Leaf("yes", "smash", 80, "Liked"), Leaf("no", "pass", 100, "Not liked")
    attributes = {} if declared is None else {NAME: declared}
    return Tree("t", Branch("root", "if", (Arm(test, yes),), no), attributes=attributes)


SCORES = {1: 0.25, 2: 0.5, 3: 0.5, 4: 0.75, 5: 0.875}


def test_the_impact_of_a_threshold_is_exact_where_all_scores_are_kept():
    index = an_index(cat=[1, 2, 3, 4, 5, 6]).with_scores({NAME: a_score_column(SCORES, {6}, NAME)})

    impact = tree_impact(threshold(0.75, on_missing=False), threshold(0.5, on_missing=False), index)

    assert set(impact.to_smash) == {2, 3}
    assert not impact.to_pass
    assert not impact.undecided
    assert [(move.before, move.after, move.images) for move in impact.moves] == [("no", "yes", 2)]
    answered = tree_impact(threshold(0.5, on_missing=False), threshold(0.5, on_missing=True), index)
    assert set(answered.to_smash) == {6}


def test_images_that_no_scorer_looked_at_are_undecided_in_an_impact():
    column = a_score_column(SCORES, {6}, NAME)
    index = an_index(cat=[1, 2, 3, 4, 5, 6, 7, 8]).with_scores({NAME: column})
    before, after = threshold(0.75, on_missing=False), threshold(0.5, on_missing=False)

    impact = tree_impact(before, after, index)

    assert set(impact.to_smash) == {2, 3}
    assert set(impact.undecided) == {7, 8}
    assert set(verdicts(after, index).sure("pass")) == {1, 6}
    assert leaf_counts(after, index) == {(): 8, (0,): 4, (1,): 2}
    assert set(verdicts(after, index.with_scores({})).undecided) == set(range(1, 9))
