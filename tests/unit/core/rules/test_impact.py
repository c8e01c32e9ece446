"""The impact of a tree on a library is what deciding every image twice would show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.rules import tree as t
from smashpass.core.rules.analysis.impact import chance, in_common, sample, tree_impact
from smashpass.core.rules.analysis.reachability import end_of
from tests.support.builders import Library, a_library
from tests.support.rule_strategies import populated, trees
from tests.unit.core.rules import oracle


def ends(tree: t.Tree, library: Library) -> dict[int, t.Leaf | t.Lottery | None]:
    """The leaf of every image, one by one; None if more than the library is asked for."""
    return {
        ordinal: oracle.leaf(tree.root, oracle.picture(library, ordinal, {}))
        for ordinal in library.live
    }


@given(populated, trees(), trees())
def test_impact_is_what_every_image_decided_twice_shows(
    library: Library, before: t.Tree, after: t.Tree
) -> None:
    impact = tree_impact(before, after, library.index)
    old, new = ends(before, library), ends(after, library)
    decided = [
        ordinal for ordinal in library.live if old[ordinal] is not None and new[ordinal] is not None
    ]
    chances = {ordinal: (chance(old[ordinal]), chance(new[ordinal])) for ordinal in decided}
    assert set(impact.to_smash) == {ordinal for ordinal in decided if chances[ordinal] == (0, 1)}
    assert set(impact.to_pass) == {ordinal for ordinal in decided if chances[ordinal] == (1, 0)}
    assert set(impact.undecided) == library.live - set(decided)
    changed = [ordinal for ordinal in decided if end_of(old[ordinal]) != end_of(new[ordinal])]
    smashes = sum((1 - chances[ordinal][0]) * chances[ordinal][1] for ordinal in changed)
    passes = sum(chances[ordinal][0] * (1 - chances[ordinal][1]) for ordinal in changed)
    assert impact.expected_to_smash == pytest.approx(smashes)
    assert impact.expected_to_pass == pytest.approx(passes)
    moves: dict[tuple[str, str], int] = {}
    for ordinal in decided:
        if old[ordinal].id != new[ordinal].id:
            pair = old[ordinal].id, new[ordinal].id
            moves[pair] = moves.get(pair, 0) + 1
    assert {(move.before, move.after): move.images for move in impact.moves} == moves
    for side, given_ends in ((impact.before, old), (impact.after, new)):
        assert side is not None
        for leaf, images in side.leaves.items():
            assert set(images) == {
                ordinal for ordinal, end in given_ends.items() if end is not None and end.id == leaf
            }


@given(populated, trees(), st.text(max_size=3))
def test_a_tree_does_not_differ_from_itself(library: Library, tree: t.Tree, seed: str) -> None:
    impact = tree_impact(tree, tree, library.index)
    assert not impact.to_smash
    assert not impact.to_pass
    assert (impact.expected_to_smash, impact.expected_to_pass, impact.moves) == (0, 0, ())
    assert sample(impact, seed) == []


def one(pattern: str) -> t.Tree:
    arm = t.Arm(t.TagTest(pattern), t.Leaf("yes", "smash", 50, "y"))
    return t.Tree("one", t.Branch("root", "if", (arm,), t.Leaf("no", "pass", 50, "n")))


def test_a_sample_is_the_same_for_the_same_seed_and_has_both_directions() -> None:
    library = a_library(beard=range(1, 500), hat=range(400, 1_500), smile=range(1, 300))
    impact = tree_impact(one("beard"), one("hat"), library.index)
    chosen = sample(impact, "seed")
    assert chosen == sample(impact, "seed")
    assert chosen != sample(impact, "other")
    assert sum(ordinal in impact.to_smash for ordinal in chosen) == 12
    assert sum(ordinal in impact.to_pass for ordinal in chosen) == 12
    few = tree_impact(one("beard"), one("smile"), library.index)
    assert (len(few.to_smash), len(few.to_pass)) == (0, 200)
    assert len(sample(few, "s")) == 24
    tiny = tree_impact(
        one("nothing"), one("rare"), a_library(rare=[3, 9], beard=range(1, 50)).index
    )
    assert sample(tiny, "s") == [3, 9]


def test_what_flipped_images_have_in_common_is_named_with_its_lift() -> None:
    library = a_library(
        hat=range(1, 101),
        straw=range(1, 81),
        beard=range(1, 1_001),
        rare=[1],
        night=range(101, 200),
    )
    impact = tree_impact(one("nothing"), one("hat"), library.index)
    common = {row.tag: (row.share, row.lift) for row in in_common(impact.to_smash, library.index)}
    assert common == {"hat": (1.0, 10.0), "straw": (0.8, 10.0)}
