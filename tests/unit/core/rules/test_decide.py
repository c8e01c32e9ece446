"""Decisions for the portraits tree: leaf, engine, draw, path, and the same bytes each time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.core.library.facts import Facts
from smashpass.core.rules import tree as t
from smashpass.core.rules.compile.compare import holds
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.explain.decide import decide, odds, ticket
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.builders import libraries
from tests.support.portraits import PORTRAITS
from tests.support.rule_strategies import outside_values, trees

VOCABULARY = Vocabulary.of(
    [
        "beard",
        "beard_full",
        "blond",
        "broken",
        "glasses:dark",
        "glowing_eyes",
        "hair:blonde",
        "hair:light_brown",
        "hair:platinum",
        "hat:straw",
        "metal",
        "robot",
        "safety:blocked",
        "safety:unreviewed",
        "style:oil",
    ],
    {"blond": "hair:blonde"},
    [("beard_full", "beard")],
)
COMPILED = compile_tree(PORTRAITS, VOCABULARY)


def facts(*tags: str, **attributes: float) -> Facts:
    """A made-up image; ``image__width=512`` is its width."""
    tag_ids = frozenset(filter(None, map(VOCABULARY.find, tags)))
    assert len(tag_ids) == len(tags)
    values = {name.replace("__", "."): value for name, value in attributes.items()}
    return Facts(tag_ids, VOCABULARY.effective(tag_ids), values.get, {}.get)


def decided(image: Facts, **options):
    options = {"revision": "r1", "viewer": "v1", "image": "i1", **options}
    return decide(COMPILED, image, **options)


@pytest.mark.parametrize(
    ("tags", "attributes", "leaf", "weight"),
    [
        (["safety:unreviewed", "hair:blonde", "beard"], {}, "unsafe", 100),
        (["hair:light_brown", "beard"], {}, "fair-beard-yes", 80),
        (["hair:blonde", "beard", "hat:straw"], {}, "no-match", 40),
        (["robot", "glowing_eyes"], {"image__width": 1024}, "machine-big", 55),
        (["robot", "metal"], {"image__width": 511}, "machine-small", 70),
        (["robot", "metal"], {}, "machine-small", 70),
        (
            ["robot", "metal", "broken", "style:oil"],
            {"image__quality": 70, "image__width": 900},
            "well-made",
            60,
        ),
    ],
)
def test_each_image_ends_at_its_leaf(tags, attributes, leaf, weight):
    decision = decided(facts(*tags, **attributes))
    assert (decision.leaf, decision.weight) == (leaf, weight)
    assert decision.reason
    assert decision.path is None
    assert decision.flip is None


def test_a_missing_score_is_a_fallback_with_its_reason():
    image = facts("hair:blonde", "beard")
    assert decided(image).engine == "rules-fallback"
    assert decided(image).fallback == "no_scorer"
    late = decided(image, fallbacks={"plugin.aesthetic": "deadline of 300 ms passed"})
    assert late.fallback == "deadline of 300 ms passed"
    assert late.leaf == "fair-beard-yes"


def test_a_score_that_is_read_makes_the_model_the_engine():
    model = {"name": "oip", "version": "1", "score": 7.0, "ms": 12}
    image = facts("hair:blonde", "beard", plugin__aesthetic=7.0)
    decision = decided(image, models={"plugin.aesthetic": model})
    assert (decision.engine, decision.model, decision.fallback) == ("model", model, None)


def test_a_score_that_no_test_on_the_path_reads_changes_nothing():
    image = facts("hair:blonde", plugin__aesthetic=7.0)
    decision = decided(image, models={"plugin.aesthetic": {"name": "oip"}}, explain=True)
    assert (decision.engine, decision.model) == ("rules", None)


def test_one_missing_score_among_two_is_a_fallback():
    inner = t.Branch(
        "inner",
        "if",
        (
            t.Arm(
                t.AllOf((t.Compare("plugin.a", "gt", 0.0), t.Compare("plugin.b", "gt", 0.0))),
                t.Leaf("yes", "smash", 50, "Both"),
            ),
        ),
        t.Leaf("no", "pass", 50, "Not both"),
    )
    compiled = compile_tree(t.Tree("two", inner), VOCABULARY)
    decision = decide(compiled, facts(plugin__a=1.0), revision="r", viewer="", image="")
    assert (decision.engine, decision.leaf) == ("rules-fallback", "no")
    decision = decide(compiled, facts(plugin__a=-1.0), revision="r", viewer="", image="")
    assert (decision.engine, decision.leaf) == ("model", "no")


def test_the_path_lists_every_test_tried_with_what_was_seen():
    decision = decided(facts("blond", "beard_full", plugin__aesthetic=7.0), explain=True)
    assert decision.as_json()["path"] == [
        {
            "node": "gate",
            "test": "any of safety:blocked, safety:unreviewed",
            "result": False,
            "because": [],
        },
        {
            "node": "looks",
            "test": "any of hair:blonde, hair:platinum, hair:light_*",
            "result": True,
            "because": [{"tag": "hair:blonde", "via": "blond"}],
        },
        {
            "node": "looks",
            "test": "beard",
            "result": True,
            "because": [{"tag": "beard", "via": "beard_full"}],
        },
        {"node": "looks", "test": "none of hat:*, glasses:dark", "result": True, "because": []},
        {
            "node": "looks",
            "test": "all of (any of hair:blonde, hair:platinum, hair:light_*), beard, "
            "(none of hat:*, glasses:dark)",
            "result": True,
            "because": [
                {"tag": "hair:blonde", "via": "blond"},
                {"tag": "beard", "via": "beard_full"},
            ],
        },
        {
            "node": "fair-beard",
            "test": "plugin.aesthetic ≥ 6.5",
            "result": True,
            "because": [{"attr": "plugin.aesthetic", "value": 7}],
        },
    ]


def test_each_arm_is_explained_by_its_own_reasons():
    path = decided(facts("hair:blonde", "robot", "metal"), explain=True).as_json()["path"]
    whole = {step["test"].split()[0]: step for step in path if step["node"] == "looks"}
    assert whole["all"]["because"] == [{"tag": "hair:blonde"}]
    assert whole["matches"]["because"] == [{"tag": "robot"}, {"tag": "metal"}]


def test_a_failed_test_shows_the_value_it_read_and_a_missing_one_as_null():
    path = decided(facts("style:oil", image__quality=69.5), explain=True).as_json()["path"]
    steps = {step["test"]: (step["result"], step["because"]) for step in path}
    quality = [{"attr": "image.quality", "value": 69.5}]
    likes = [{"attr": "viewer.likes_week", "value": None}]
    assert steps["image.quality between 70 and 100"] == (False, quality)
    assert steps["viewer.likes_week > 20"] == (False, likes)


def test_a_value_of_another_kind_counts_as_missing():
    for on_missing in (True, False):
        test = t.Compare("image.width", "gte", 1.0, on_missing)
        assert holds(test)("wide") is on_missing
        assert holds(replace(test, op="ne", value="wide"))(2.0) is on_missing
        assert holds(replace(test, op="in", value=("wide", 2.0)))("wide")
        assert holds(replace(test, op="in", value=("wide", 2.0)))(2.0)
    assert holds(t.Compare("image.flag", "eq", True))(1.0)


def test_the_flips_of_a_portrait_are_the_nearest_ways_out():
    flips = decided(facts("robot", "metal", image__width=300), explain=True).flip
    assert [flip.change for flip in flips] == ["image.width ≥ 512"]
    flips = decided(facts("hair:blonde", "beard_full"), explain=True).flip
    assert [flip.change for flip in flips] == [
        "without hair:blonde",
        "without beard_full",
        "with hat:straw",
    ]
    assert {flip.verdict for flip in flips} == {"pass"}


def test_the_draw_depends_on_revision_tree_viewer_and_image_alone():
    assert ticket("r", "t", "v", "i", 1000) == ticket("r", "t", "v", "i", 1000)
    others = [
        ("R", "t", "v", "i"),
        ("r", "T", "v", "i"),
        ("r", "t", "V", "i"),
        ("r", "t", "v", "I"),
    ]
    assert all(ticket(*other, 10**9) != ticket("r", "t", "v", "i", 10**9) for other in others)
    assert ticket("ab", "c", "", "", 10**9) != ticket("a", "bc", "", "", 10**9)


def test_a_ticket_is_the_same_number_for_ever():
    # A revision that was decided once must be replayed to the same outcome by every release.
    assert ticket("revision", "portraits", "viewer", "image", 10**6) == 730_203


def test_outcomes_are_drawn_in_proportion_to_their_weights():
    image = facts("hair:blonde", "beard", plugin__aesthetic=2.0)
    drawn = Counter(decided(image, viewer=f"v{n}").verdict for n in range(8000))
    chi_square = sum((drawn[v] - 8000 * p) ** 2 / (8000 * p) for v, p in SHARES.items())
    assert chi_square < 10.83  # one degree of freedom, 0.1 %
    outcomes = {(d.verdict, d.weight) for d in (decided(image, viewer=f"v{n}") for n in range(50))}
    assert outcomes == {("smash", 75), ("pass", 25)}


SHARES = {"smash": 0.75, "pass": 0.25}

# The value that chance exceeds once in a thousand times, by degrees of freedom.
ONE_IN_A_THOUSAND = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47, 5: 20.52}


@pytest.mark.parametrize(
    "weights", [(1, 1), (97, 2, 1), (1, 2, 3, 4), (5, 5, 5, 5, 5), range(1, 7)]
)
@pytest.mark.parametrize("varied", ["viewer", "image", "revision"])
def test_many_outcomes_are_drawn_in_proportion_whatever_varies(weights, varied):
    outcomes = tuple(t.Outcome("smash", weight, str(at)) for at, weight in enumerate(weights))
    lottery = t.Lottery("draw", outcomes)
    compiled = compile_tree(
        t.Tree("t", t.Branch("b", "if", (t.Arm(t.TagTest("beard"), lottery),), lottery)), VOCABULARY
    )
    count = 6_000
    fixed = {"viewer": "v", "image": "i", "revision": "r"}
    drawn = Counter(
        int(decide(compiled, facts(), **{**fixed, varied: f"{varied}-{number}"}).reason)
        for number in range(count)
    )
    expected = [count * weight / sum(weights) for weight in weights]
    chi_square = sum((drawn[at] - want) ** 2 / want for at, want in enumerate(expected))
    assert chi_square < ONE_IN_A_THOUSAND[len(expected) - 1]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any), st.text(max_size=8))
def test_an_outcome_without_weight_is_never_drawn_and_shares_are_rounded_half_up(weights, viewer):
    outcomes = tuple(t.Outcome("smash", w, str(i)) for i, w in enumerate(weights))
    lottery = t.Lottery("draw", outcomes)
    branch = t.Branch("b", "if", (t.Arm(t.TagTest("beard"), lottery),), lottery)
    compiled = compile_tree(t.Tree("t", branch), VOCABULARY)
    decision = decide(compiled, facts(), revision="r", viewer=viewer, image="i")
    chosen = weights[int(decision.reason)]
    assert chosen > 0
    assert decision.weight == int(100 * chosen / sum(weights) + 0.5)
    assert odds(lottery) == {"smash": sum(weights)}


@given(libraries(max_images=5), trees(), outside_values)
def test_the_same_arguments_give_the_same_bytes(library, tree, values):
    for ordinal in library.live:
        bodies = set()
        for explain in (True, True, False):
            image = library.index.facts(Ordinal(ordinal), values)
            compiled = compile_tree(tree, library.vocabulary)
            decision = decide(compiled, image, revision="r", viewer="v", image="i", explain=explain)
            body = decision.as_json()
            if explain:
                assert body["path"]
                full = json.dumps(body)
            for name in ("path", "flip", "explanation", "branches"):
                body.pop(name, None)
            bodies.add(json.dumps(body))
        assert len(bodies) == 1
        assert full == json.dumps(
            decide(compiled, image, revision="r", viewer="v", image="i", explain=True).as_json()
        )
