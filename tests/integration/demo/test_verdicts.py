"""The rules that ship are about the tags of the demo library, and do not all say the same."""

from __future__ import annotations

from collections import Counter

import pytest

from smashpass.core.rules.tree import leaves
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.demo.drawing import Artist
from smashpass.rulefiles.load import load
from smashpass.services.rules.book import RuleBook, decide_tags
from tests.support.paths import ROOT

RULES = load([ROOT / "rules"])
BOOK = RuleBook.of("0" * 64, RULES.trees)
PICTURES = 500


@pytest.fixture(scope="module")
def pictures(artist: Artist) -> list[tuple[str, ...]]:
    return [artist.draw(1, number).tags for number in range(PICTURES)]


def decided(pictures: list[tuple[str, ...]], tree: str | None) -> tuple[Counter[str], Counter[str]]:
    vocabulary = Vocabulary.of(sorted({tag for tags in pictures for tag in tags}))
    verdicts: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    for tags in pictures:
        decision = decide_tags(BOOK, vocabulary, tags, {"image.width": 512.0}, tree=tree)
        verdicts[decision.verdict] += 1
        ends[decision.leaf] += 1
    return verdicts, ends


def test_the_default_tree_says_smash_to_a_quarter_at_least_and_three_at_most(pictures):
    verdicts, _ = decided(pictures, None)

    assert PICTURES * 0.25 <= verdicts["smash"] <= PICTURES * 0.75


def test_every_leaf_of_the_default_tree_is_met(pictures):
    _, ends = decided(pictures, None)
    tree = BOOK.find(None)

    assert set(ends) == {leaf.id for leaf in leaves(tree.root)}


@pytest.mark.parametrize("tree", sorted(BOOK.trees))
def test_every_tree_gives_both_verdicts_and_meets_most_of_its_leaves(pictures, tree):
    verdicts, ends = decided(pictures, tree)

    assert min(verdicts["smash"], verdicts["pass"]) > PICTURES * 0.1
    assert len(ends) >= len(list(leaves(BOOK.trees[tree].root))) * 0.6
