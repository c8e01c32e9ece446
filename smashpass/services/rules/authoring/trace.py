"""Tracing one image through every tree: its way, what each test read, and what would turn it."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.library.facts import Facts
from smashpass.core.rules.analysis.coverage import Course
from smashpass.core.rules.analysis.reachability import NodePath
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
        node_paths: The places that the image comes to, from the root to the leaf.
    """

    tree: Tree
    decision: Decision
    node_paths: tuple[NodePath, ...]


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
            node_paths_of(tree, vocabulary, facts),
        )
        for tree in trees
    ]


def node_paths_of(tree: Tree, vocabulary: Vocabulary, facts: Facts) -> tuple[NodePath, ...]:
    """Return the places that an image comes to, from the root to the leaf."""
    node_paths: list[NodePath] = [()]
    for key in Course(tree, vocabulary).goals_met(facts):
        match key:
            case ("way", (tuple() as node_path, int() as number), *_):
                node_paths.append((*node_path, number))
    return tuple(node_paths)
