"""Deciding the whole library at once, beside deciding its images one by one."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from bench.report import Row, at_most, beside
from bench.site import Site
from bench.timing import interleaved, once
from bench.tree import benchmark_tree
from smashpass.core.imageset import Ordinal
from smashpass.core.rules.compile.algebra import partition
from smashpass.core.rules.compile.compile import compile_tree

LIMIT_S = 50e-3
SAMPLE = 10_000


def measure(site: Site) -> Iterator[Row]:
    """Measure the partition; the closure decides a sample, and must agree on it."""
    index = site.index()
    tree = benchmark_tree()
    compiled = compile_tree(tree, index.vocabulary)
    count = min(SAMPLE, site.size)
    drawn = Random(site.seed).sample(range(1, site.size + 1), count)
    sample = [Ordinal(number) for number in drawn]

    parts = partition(tree, index)
    assert not parts.undecided
    assert sum(map(len, parts.leaves.values())) == len(index.live)
    for ordinal in sample:
        assert ordinal in parts.leaves[compiled.leaf(index.facts(ordinal)).id]

    def one_by_one() -> None:
        for ordinal in sample:
            compiled.leaf(index.facts(ordinal))

    site.say("whole library: algebra, closures")
    timings = interleaved(
        {"algebra": once(lambda: partition(tree, index)), "closures": once(one_by_one)},
        site.rounds,
        site.budget_s,
    )
    title = "whole library, 5 levels, 32 leaves"
    whole = timings["algebra"].median
    yield at_most(title, site.size, whole, LIMIT_S * site.growth, judged=site.judged)
    scaled = timings["closures"].median / count * site.size
    note = f"measured on {count:,} images and multiplied up"
    yield beside(title, site.size, whole, "image by image", scaled, note=note)
