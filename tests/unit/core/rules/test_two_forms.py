"""Closures, image-set algebra and the naive interpreter reach the same leaf for every image."""

from __future__ import annotations

import os
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.core.rules.compile.algebra import partition
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.formatting import describe
from smashpass.core.rules.tree import leaves
from tests.support.rule_strategies import OUTSIDE, outside_values, populated, trees
from tests.unit.core.rules import oracle

pytestmark = pytest.mark.slow

# What the whole product rests on is tried oftener than other properties, and oftenest by the
# benchmarks, which name a profile.
_TIMES = 10 if "HYPOTHESIS_PROFILE" in os.environ else 2
thoroughly = settings(max_examples=_TIMES * settings().max_examples)


@thoroughly
@given(populated, trees(), outside_values)
def test_the_closure_agrees_with_the_naive_interpreter(library, tree, values):
    compiled = compile_tree(tree, library.vocabulary)
    for ordinal in library.live:
        facts = library.index.facts(Ordinal(ordinal), values)
        expected = oracle.leaf(tree.root, oracle.picture(library, ordinal, values, unknown=None))
        assert compiled.leaf(facts) == expected


@thoroughly
@given(populated, trees(), outside_values | st.just({}))
def test_the_algebra_agrees_with_the_naive_interpreter(library, tree, values):
    assert_the_algebra_agrees(library, tree, values)


@thoroughly
@given(populated, trees(OUTSIDE), st.just({}) | outside_values)
def test_images_are_undecided_exactly_where_kleene_says_so(library, tree, values):
    assert_the_algebra_agrees(library, tree, values)


def assert_the_algebra_agrees(library, tree, values):
    expected = defaultdict(set)
    undecided = set()
    for ordinal in library.live:
        leaf = oracle.leaf(tree.root, oracle.picture(library, ordinal, values))
        (undecided if leaf is None else expected[leaf.id]).add(ordinal)
    parts = partition(tree, library.index, values)
    assert set(parts.leaves) == {leaf.id for leaf in leaves(tree.root)}
    assert {id: set(images) for id, images in parts.leaves.items() if images} == expected
    assert set(parts.undecided) == undecided


@given(populated, trees(), outside_values)
def test_with_every_value_given_the_two_forms_agree_and_nothing_is_undecided(library, tree, values):
    attribute_values = {
        name: values.get(name) for name in ("viewer.swipes", "query.terms", "plugin.aesthetic")
    }
    parts = partition(tree, library.index, attribute_values)
    assert not parts.undecided
    compiled = compile_tree(tree, library.vocabulary)
    for ordinal in library.live:
        leaf = compiled.leaf(library.index.facts(Ordinal(ordinal), values))
        assert [id for id, images in parts.leaves.items() if ordinal in images] == [leaf.id]


@given(populated, trees(), outside_values)
def test_a_trace_ends_in_the_same_leaf_and_its_steps_can_be_recomputed(library, tree, values):
    compiled = compile_tree(tree, library.vocabulary)
    for ordinal in sorted(library.live):
        facts = library.index.facts(Ordinal(ordinal), values)
        picture = oracle.picture(library, ordinal, values, unknown=None)
        leaf, steps, reads = compiled.walk(facts)
        assert leaf is compiled.leaf(facts)
        assert compiled.reached(facts) == (leaf, reads)
        left = iter(steps)
        for node, when, result in oracle.tried(tree.root, picture):
            # The parts of an arm's test come first, then the test as a whole.
            assert (node, describe(when), result) in (
                (step.node, step.test, step.result) for step in left if step.node == node
            )
        assert next(left, None) is None
        read = {why.attr: why.value for step in steps for why in step.because if is_value(why)}
        assert set(read) - {"licence", "source"} == set(reads)
        assert all(picture.value(name) == read[name] for name in reads)
        for step in steps:
            for why in step.because:
                if not is_value(why):
                    assert why.tag in picture.tags
                    assert (why.via is None) == (why.tag in picture.own)
                    assert why.via is None or why.via in picture.own


def is_value(reason) -> bool:
    return hasattr(reason, "attr")
