"""Deciding one image by a tree of five levels: alone, with path, with flips, and by others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bench.library import NAMES, images
from bench.peers import rule_engine_tree, zen_trees
from bench.peers.expressions import context
from bench.report import Row, at_most, beside
from bench.site import Site
from bench.timing import each, interleaved
from bench.tree import benchmark_tree
from smashpass.core.imageset import Ordinal
from smashpass.core.library.facts import Facts
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.rules.tree import Tree
from tests.support.builders import Image, Library
from tests.unit.core.rules import oracle

LIMIT_S = 5e-6
PATH_LIMIT_S = 60e-6
FLIP_LIMIT_S = 1e-3
ZEN_SLOWER = 20.0
RULE_ENGINE_SLOWER = 5.0
EXPRESSION_NOTE = "their expression language without the engine: a leaf id, no path, no reason"

Decide = Callable[[Any], Any]


def measure(site: Site) -> Iterator[Row]:
    """Decide 1,000 images by every way in turn; a time is the mean of an image."""
    index = site.index()
    tree = benchmark_tree()
    compiled = compile_tree(tree, index.vocabulary)
    count = min(site.times(1_000, 1_000), site.size)
    ordinals = [Ordinal(number) for number in range(1, count + 1)]
    facts = [index.facts(ordinal) for ordinal in ordinals]

    def ours(*, explain: bool, flips: int = 0) -> Decide:
        def run(image_facts: Facts) -> Decision:
            return decide(
                compiled,
                image_facts,
                revision="bench",
                viewer="viewer",
                image="image",
                explain=explain,
                flip_limit=flips,
            )

        return run

    plain = ours(explain=False)
    expected = [plain(image_facts).leaf for image_facts in facts]
    contenders = {
        "decide": each(plain, facts),
        "facts": each(lambda ordinal: plain(index.facts(ordinal)), ordinals),
        "path": each(ours(explain=True), facts),
        "flip": each(ours(explain=True, flips=3), facts),
    }
    others = _others(tree, count, site.seed)
    for name, (leaf, contexts) in others.items():
        if [leaf(image_facts) for image_facts in contexts] != expected:
            raise AssertionError(f"{name} does not decide like us")
        contenders[name] = each(leaf, contexts)
    site.say(f"decision: {', '.join(contenders)}")
    timings = interleaved(contenders, site.rounds, site.budget_s)

    plain_s = timings["decide"].median
    title = "one decision, 5 levels"
    yield at_most(title, site.size, plain_s, LIMIT_S)
    yield Row(f"{title}, with reading the image", site.size, timings["facts"].median)
    yield at_most(f"{title}, with path", site.size, timings["path"].median, PATH_LIMIT_S)
    flip = timings["flip"].median
    yield at_most(f"{title}, with path and flip", site.size, flip, FLIP_LIMIT_S)
    gates = {
        "zen-engine, graph of switches": ZEN_SLOWER,
        "zen-engine, one node": ZEN_SLOWER,
        "rule-engine": RULE_ENGINE_SLOWER,
    }
    with_path = timings["path"].median
    for name in ("zen-engine, graph of switches", "zen-engine, one node"):
        note = "ours with the path, theirs without"
        theirs = timings[name].median
        yield beside(
            f"{title}, with path", site.size, with_path, name, theirs, at_least=1.0, note=note
        )
    for name in others:
        note = EXPRESSION_NOTE if name == "zen, bare expression" else ""
        theirs = timings[name].median
        yield beside(title, site.size, plain_s, name, theirs, at_least=gates.get(name), note=note)


def _others(tree: Tree, count: int, seed: int) -> dict[str, tuple[Decide, list[Any]]]:
    """Return the other ways to decide, each with the images in the form it wants."""
    pictures = list(images(count, seed))
    contexts = [
        context(drawn.names, {**drawn.attributes, "image.tag_count": float(len(drawn.tags))})
        for drawn in pictures
    ]
    library = Library(
        {
            drawn.ordinal: Image(
                frozenset(drawn.names), drawn.attributes, drawn.licence, drawn.source
            )
            for drawn in pictures
        },
        NAMES[1:],
    )
    naive = [oracle.picture(library, drawn.ordinal, {}, unknown=None) for drawn in pictures]

    def interpreted(picture: oracle.Picture) -> str:
        end = oracle.leaf(tree.root, picture)
        assert end is not None
        return end.id

    return {
        "naive interpreter": (interpreted, naive),
        "rule-engine": (rule_engine_tree.Rules(tree).leaf, contexts),
        "zen-engine, graph of switches": (zen_trees.Graph(tree).leaf, contexts),
        "zen-engine, one node": (zen_trees.OneNode(tree).leaf, contexts),
        "zen, bare expression": (zen_trees.Expression(tree).leaf, contexts),
    }
