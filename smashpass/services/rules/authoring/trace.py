"""Tracing one image through every tree: its way, what each test read, and what would turn it."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.library.facts import Facts
from smashpass.core.rules.analysis.coverage import Course
from smashpass.core.rules.analysis.reachability import Spot
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.rules.tree import Tree
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.rules.book import RuleBook


@dataclass(frozen=True, slots=True)
class TreeTrace:
    """One image in one tree.

    Attributes:
        tree: The tree.
        decision: What it decides, with path and flips.
        spots: The places that the image comes to, from the root to the leaf.
    """

    tree: Tree
    decision: Decision
    spots: tuple[Spot, ...]


def trace(
    book: RuleBook, vocabulary: Vocabulary, facts: Facts, *, image: str = "", viewer: str = ""
) -> list[TreeTrace]:
    """Send one image through all trees of a revision, the default tree first."""
    trees = sorted(book.trees.values(), key=lambda tree: ("default" not in tree.labels, tree.id))
    return [
        TreeTrace(
            tree,
            decide(
                book.compiled(tree, vocabulary),
                facts,
                revision=book.revision,
                viewer=viewer,
                image=image,
                explain=True,
            ),
            spots_of(tree, vocabulary, facts),
        )
        for tree in trees
    ]


def spots_of(tree: Tree, vocabulary: Vocabulary, facts: Facts) -> tuple[Spot, ...]:
    """Return the places that an image comes to, from the root to the leaf."""
    spots: list[Spot] = [()]
    for key in Course(tree, vocabulary).shown(facts):
        match key:
            case ("way", (tuple() as spot, int() as number), *_):
                spots.append((*spot, number))
    return tuple(spots)
