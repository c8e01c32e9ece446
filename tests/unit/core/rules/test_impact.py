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
        each: oracle.leaf(tree.root, oracle.picture(library, each, {})) for each in library.live
    }


@given(populated, trees(), trees())
def test_impact_is_what_every_image_decided_twice_shows(
    library: Library, before: t.Tree, after: t.Tree
) -> None:
    found = tree_impact(before, after, library.index)
    old, new = ends(before, library), ends(after, library)
    decided = [each for each in library.live if old[each] is not None and new[each] is not None]
    chances = {each: (chance(old[each]), chance(new[each])) for each in decided}
    assert set(found.to_smash) == {each for each in decided if chances[each] == (0, 1)}
    assert set(found.to_pass) == {each for each in decided if chances[each] == (1, 0)}
    assert set(found.undecided) == library.live - set(decided)
    changed = [each for each in decided if end_of(old[each]) != end_of(new[each])]
    smashes = sum((1 - chances[each][0]) * chances[each][1] for each in changed)
    passes = sum(chances[each][0] * (1 - chances[each][1]) for each in changed)
    assert found.expected_to_smash == pytest.approx(smashes)
    assert found.expected_to_pass == pytest.approx(passes)
    moves: dict[tuple[str, str], int] = {}
    for each in decided:
        if old[each].id != new[each].id:
            pair = old[each].id, new[each].id
            moves[pair] = moves.get(pair, 0) + 1
    assert {(move.before, move.after): move.images for move in found.moves} == moves
    for side, given_ends in ((found.before, old), (found.after, new)):
        assert side is not None
        for leaf, images in side.leaves.items():
            assert set(images) == {
                each for each, end in given_ends.items() if end is not None and end.id == leaf
            }


@given(populated, trees(), st.text(max_size=3))
def test_a_tree_does_not_differ_from_itself(library: Library, tree: t.Tree, seed: str) -> None:
    found = tree_impact(tree, tree, library.index)
    assert not found.to_smash
    assert not found.to_pass
    assert (found.expected_to_smash, found.expected_to_pass, found.moves) == (0, 0, ())
    assert sample(found, seed) == []


def one(pattern: str) -> t.Tree:
    arm = t.Arm(t.TagTest(pattern), t.Leaf("yes", "smash", 50, "y"))
    return t.Tree("one", t.Branch("root", "if", (arm,), t.Leaf("no", "pass", 50, "n")))


def test_a_sample_is_the_same_for_the_same_seed_and_has_both_directions() -> None:
    library = a_library(beard=range(1, 500), hat=range(400, 1_500), smile=range(1, 300))
    found = tree_impact(one("beard"), one("hat"), library.index)
    chosen = sample(found, "seed")
    assert chosen == sample(found, "seed")
    assert chosen != sample(found, "other")
    assert sum(each in found.to_smash for each in chosen) == 12
    assert sum(each in found.to_pass for each in chosen) == 12
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
    found = tree_impact(one("nothing"), one("hat"), library.index)
    common = {
        each.tag: (each.share, each.lift) for each in in_common(found.to_smash, library.index)
    }
    assert common == {"hat": (1.0, 10.0), "straw": (0.8, 10.0)}
