"""Scores of a whole library: one file that all processes map, read by set algebra."""

from __future__ import annotations

import shutil
from array import array
from collections.abc import Iterator
from random import Random

from bench.report import Row, at_most, shown
from bench.site import Site
from bench.timing import interleaved, once
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.library.score_column import ScoreColumn
from smashpass.core.rules.analysis.impact import tree_impact
from smashpass.core.rules.compile.algebra import partition
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.tree import Arm, Attribute, Branch, Compare, Leaf, TagTest, Tree
from smashpass.snapshots.folder import newest
from smashpass.snapshots.format import SCORES
from smashpass.snapshots.scores import ScoreFolder

NAME = "plugin.aesthetic"
FILE_B, LOAD_S, WHOLE_S = 10e6, 0.1, 0.1
SOME = 1_000
THRESHOLDS = 0.5, 0.625


def measure(site: Site) -> Iterator[Row]:
    """Score every image, save and load the column, decide the library by it, move a threshold."""
    index = site.index()
    rng = Random(site.seed)
    ordinals = array("I", index.live)
    # What a model gives: 32-bit floats, nearly all of them different.
    values = array("d", array("f", (rng.random() for _ in ordinals)))
    site.say(f"building a column of {len(ordinals):,} scores")
    source = ModelVersion("oip", "faces", "1", "webp")
    column = ScoreColumn.build(NAME, source, ordinals, values, ImageSet(ordinals))
    folder = ScoreFolder(site.folder / "scores")
    shutil.rmtree(folder.folder, ignore_errors=True)
    folder.save(1, [column])
    file = newest(folder.folder, SCORES)
    assert file is not None
    size = float(file.stat().st_size)
    limit = FILE_B * site.growth
    yield at_most("scores: the file", site.size, size, limit, unit="B", judged=site.judged)
    turns = interleaved({"load": once(folder.load_newest)}, site.rounds, site.budget_s)
    limit = LOAD_S * site.growth
    yield at_most("scores: loaded", site.size, turns["load"].median, limit, judged=site.judged)
    loaded = folder.load_newest()
    assert loaded is not None
    scored = index.with_scores({NAME: loaded[0]})
    before, after = (_tree(threshold) for threshold in THRESHOLDS)
    yield _whole(site, after, scored)
    yield _impact(site, before, after, scored, dict(zip(ordinals, values, strict=True)))


def _whole(site: Site, tree: Tree, index: Index) -> Row:
    """Decide the library by sets, beside deciding some images of it one by one."""
    compiled = compile_tree(tree, index.vocabulary)
    some = [Ordinal(ordinal) for ordinal in index.live[:SOME]]

    def one_by_one() -> None:
        for ordinal in some:
            compiled.leaf(index.facts(ordinal))

    turns = interleaved(
        {"sets": once(lambda: partition(tree, index)), "one": once(one_by_one)},
        site.rounds,
        site.budget_s,
    )
    whole_s, limit = turns["sets"].median, WHOLE_S * site.growth
    return Row(
        "scores: the whole library decided with a plugin test",
        site.size,
        whole_s,
        beside="image by image, extrapolated",
        theirs=turns["one"].median * len(index.live) / len(some),
        gate=f"≤ {shown(limit, 's')}",
        passed=whole_s <= limit if site.judged else None,
    )


def _tree(threshold: float) -> Tree:
    """A tree that asks for a tag, a number of the library and a score."""
    high = Compare(NAME, "gte", threshold, on_missing=False)
    wide = Compare("image.width", "gte", 512, on_missing=False)
    high_leaf = Leaf("high", "smash", 50, "A high score")
    low, narrow, plain = (Leaf(name, "pass", 50, name) for name in ("low", "narrow", "plain"))
    inner = Branch("score", "if", (Arm(high, high_leaf),), low)
    middle = Branch("wide", "if", (Arm(wide, inner),), narrow)
    root = Branch("brown", "if", (Arm(TagTest("hair:brown"), middle),), plain)
    return Tree("scored", root, attributes={NAME: Attribute(NAME, "number", 0, 1)})


def _impact(site: Site, before: Tree, after: Tree, index: Index, values: dict[int, float]) -> Row:
    """Count what a moved threshold turns, by sets and image by image."""
    impact = tree_impact(before, after, index)
    tag = index.vocabulary.resolve("hair:brown")
    assert tag is not None
    width = index.column("image.width")
    assert width is not None
    low, high = THRESHOLDS
    expected = {
        ordinal
        for ordinal in index.having(tag) & width.between(512, None)
        if low <= values[ordinal] < high
    }
    exact = set(impact.to_pass) == expected and not impact.to_smash and not impact.undecided
    return Row(
        f"scores: impact of a moved threshold, {len(expected):,} images turn: wrong",
        site.size, 0.0 if exact else 1.0, "", gate="none", passed=exact,
    )  # fmt: skip
