"""The tree of the benchmarks: five levels, 31 branches, 32 leaves, every kind of predicate.

Every path is five tests long, which is the most that a rule file may ask.
"""

from __future__ import annotations

from smashpass.core.query.parser import parse
from smashpass.core.rules.tree import (
    MAX_DEPTH,
    AllOf,
    AnyOf,
    Arm,
    AtLeast,
    Branch,
    Compare,
    Leaf,
    Node,
    NoneOf,
    NotOf,
    Predicate,
    QueryTest,
    TagTest,
    Tree,
)


def _tags(*patterns: str) -> tuple[TagTest, ...]:
    return tuple(TagTest(pattern) for pattern in patterns)


def _query(text: str) -> QueryTest:
    return QueryTest(text, parse(text))


def _levels() -> tuple[tuple[Predicate, ...], ...]:
    """The tests of each level; branches of a level take turns."""
    hats = TagTest("hat:*")
    large = Compare("image.width", "gte", 768.0)
    liked = Compare("image.score", "gte", 0.5, on_missing=True)
    return (
        (AnyOf(_tags("hair:blonde", "hair:white", "hair:silver", "hair:grey")),),
        (AllOf((TagTest("beard"), NoneOf((hats, TagTest("glasses"))))), liked),
        (
            AtLeast(2, (hats, TagTest("glasses"), large, TagTest("style:photo"))),
            _query('"kind:person" ("eyes:blue" OR "eyes:green") -"background:space"'),
            Compare("image.score", "between", (0.25, 0.75)),
        ),
        (
            NotOf(TagTest("background:plain")),
            large,
            AnyOf((*_tags("trait_0001", "trait_0002", "trait_0003"), TagTest("style:an*"))),
            AllOf((TagTest("kind:person"), Compare("image.height", "lt", 1000.0))),
        ),
        (
            TagTest("eyes:brown"),
            Compare("image.height", "gte", 1024.0),
            NoneOf(_tags("trait_0004", "trait_0005")),
            Compare("image.score", "lt", 0.9, on_missing=True),
            AnyOf((*_tags("style:oil", "style:sketch"), Compare("image.width", "eq", 832.0))),
        ),
    )


def benchmark_tree() -> Tree:
    """Return the tree."""
    levels = _levels()

    def node(level: int, place: int) -> Node:
        if level == MAX_DEPTH:
            weight = 40 + place
            if place % 3:
                return Leaf(f"leaf-{place}", "pass", weight, f"Way {place} ends in a pass")
            return Leaf(f"leaf-{place}", "smash", weight, f"Way {place} ends in a smash")
        return branch(level, place)

    def branch(level: int, place: int) -> Branch:
        when = levels[level][place % len(levels[level])]
        then = node(level + 1, 2 * place)
        otherwise = node(level + 1, 2 * place + 1)
        return Branch(f"level-{level + 1}-{place}", "if", (Arm(when, then),), otherwise)

    return Tree("bench", branch(0, 0), title="The tree of the benchmarks")
