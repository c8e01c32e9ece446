"""The effect of a changed tree on a whole library: exact, by image sets, not image by image.

What depends on the viewer, the query or a score that is not kept is undecided and counted apart. An
image in a weighted leaf counts by its odds: the draw depends on the revision, so it is made anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, union
from smashpass.core.library.index import Index
from smashpass.core.rules.analysis.reachability import end_of
from smashpass.core.rules.compile.algebra import Partition, partition
from smashpass.core.rules.explain.decide import odds
from smashpass.core.rules.tree import Leaf, Lottery, Tree, leaves
from smashpass.core.tags.names import TagId
from smashpass.core.values import Verdict

SAMPLE = 24
_LOOKED_AT = 500
"""Flipped images whose tags are looked at, to find which tags to count over all of them."""
_MIN_SHARE = 0.1
_MIN_LIFT = 1.1
_LISTED = 8

End = Leaf | Lottery


@dataclass(frozen=True, slots=True, eq=False)
class Verdicts:
    """The verdicts of one tree for every image that may be served.

    Attributes:
        ends: The leaves by id.
        leaves: Images by leaf id.
        undecided: Images whose leaf depends on more than the library knows.
    """

    ends: Mapping[str, End]
    leaves: Mapping[str, ImageSet]
    undecided: ImageSet

    def sure(self, verdict: Verdict) -> ImageSet:
        """Return the images with this verdict for every viewer."""
        certain = float(verdict == "smash")
        return union(
            [images for leaf, images in self.leaves.items() if chance(self.ends[leaf]) == certain]
        )

    def drawn(self) -> Iterator[tuple[float, ImageSet]]:
        """Yield the chance of smash and the images of each real lottery."""
        for leaf, images in self.leaves.items():
            if 0 < (smash := chance(self.ends[leaf])) < 1:
                yield smash, images


@dataclass(frozen=True, slots=True)
class Move:
    """Images that moved from one leaf to another."""

    before: str
    after: str
    images: int


@dataclass(frozen=True, slots=True)
class Shared:
    """A tag that is more frequent among some images than in the library.

    Attributes:
        tag: Its name.
        share: Which part of the images has it.
        lift: That share, divided by the share of the whole library.
    """

    tag: str
    share: float
    lift: float


@dataclass(frozen=True, slots=True, eq=False)
class TreeImpact:
    """What changes between two versions of one tree; one of them may not exist.

    Attributes:
        tree: Id of the tree.
        before: What the old version says, None if there is none.
        after: What the new version says, None if there is none.
        to_smash: Images that were a certain pass and are a certain smash.
        to_pass: The other way round.
        expected_to_smash: How many images turn to smash when draws count by their odds.
        expected_to_pass: The other way round.
        moves: Images that changed their leaf, most first.
    """

    tree: str
    before: Verdicts | None
    after: Verdicts | None
    to_smash: ImageSet
    to_pass: ImageSet
    expected_to_smash: float
    expected_to_pass: float
    moves: tuple[Move, ...]

    @property
    def undecided(self) -> ImageSet:
        """Images that cannot be compared: undecided before, or after."""
        return union(
            [verdicts.undecided for verdicts in (self.before, self.after) if verdicts is not None]
        )


def verdicts(tree: Tree, index: Index) -> Verdicts:
    """Decide the whole library by one tree."""
    decided: Partition = partition(tree, index)
    return Verdicts(
        {leaf.id: leaf for leaf in leaves(tree.root)}, decided.leaves, decided.undecided
    )


def tree_impact(before: Tree | None, after: Tree | None, index: Index) -> TreeImpact:
    """Compare two versions of a tree over the whole library.

    Cost: two partitions and some set operations; below 0.1 s for five levels and 2,000,000
    images.
    """
    tree = after or before
    assert tree is not None, "there is nothing to compare"
    old = None if before is None else verdicts(before, index)
    new = old if before == after else None if after is None else verdicts(after, index)
    if old is None or new is None or old is new:
        return TreeImpact(tree.id, old, new, EMPTY, EMPTY, 0.0, 0.0, ())
    to_smash = old.sure("pass") & new.sure("smash")
    to_pass = old.sure("smash") & new.sure("pass")
    moves = tuple(sorted(_moves(old, new), key=lambda move: (-move.images, move.before)))
    expected = _expected(old, new, moves)
    return TreeImpact(tree.id, old, new, to_smash, to_pass, *expected, moves)


def chance(end: End) -> float:
    """Return the chance of smash at a leaf: 0 or 1, or in between for a lottery."""
    if isinstance(end, Leaf):
        return float(end.verdict == "smash")
    sums = odds(end)
    return sums.get("smash", 0) / sum(sums.values())


def sample(impact: TreeImpact, seed: str, size: int = SAMPLE) -> list[Ordinal]:
    """Return some flipped images, the same for the same seed, in both directions."""
    smashes, passes = len(impact.to_smash), len(impact.to_pass)
    half = size // 2
    smash_count = min(smashes, max(half, size - passes))
    parts = ((impact.to_smash, smash_count), (impact.to_pass, min(passes, size - smash_count)))
    return [image for images, count in parts for image in _some_of(images, count, seed)]


def in_common(images: ImageSet, index: Index, seed: str = "") -> tuple[Shared, ...]:
    """Return the tags that stand out among ``images``, the highest lift first.

    The shares are exact. Which tags are counted is found from 500 of the images, so a tag that
    fewer than some hundredths of them have may be missed.
    """
    if not images or not index.live:
        return ()
    occurrences: dict[TagId, int] = {}
    few = len(images) <= _LOOKED_AT
    looked_at = [*images] if few else _some_of(images, _LOOKED_AT, seed)
    for ordinal in looked_at:
        for tag in index.vocabulary.effective(index.own_tags(ordinal)):
            occurrences[tag] = occurrences.get(tag, 0) + 1
    standing_out = []
    for tag, count in occurrences.items():
        if count * 2 < _MIN_SHARE * len(looked_at):
            continue
        having = index.having(tag)
        share = having.intersection_cardinality(images) / len(images)
        lift = share * len(index.live) / len(having)
        if share >= _MIN_SHARE and lift >= _MIN_LIFT:
            standing_out.append(Shared(index.vocabulary.names[tag], share, lift))
    standing_out.sort(key=lambda shared: (-shared.lift, -shared.share, shared.tag))
    return tuple(standing_out[:_LISTED])


def _expected(old: Verdicts, new: Verdicts, moves: Iterable[Move]) -> tuple[float, float]:
    """Return the expected numbers of images that turn to smash and to pass.

    Images that come to a leaf of the same odds as before are left out: the rules changed
    nothing about them.
    """
    stayed = [
        Move(leaf, leaf, images.intersection_cardinality(new.leaves[leaf]))
        for leaf, images in old.leaves.items()
        if leaf in new.leaves
    ]
    to_smash = to_pass = 0.0
    for move in (*moves, *stayed):
        before, after = old.ends[move.before], new.ends[move.after]
        if end_of(before) != end_of(after):
            was, will = chance(before), chance(after)
            to_smash += move.images * (1 - was) * will
            to_pass += move.images * was * (1 - will)
    return to_smash, to_pass


def _moves(old: Verdicts, new: Verdicts) -> Iterator[Move]:
    """Yield every pair of leaves between which images moved; leaves are identified by id."""
    out = {leaf: images - new.leaves.get(leaf, EMPTY) for leaf, images in old.leaves.items()}
    into = {leaf: images - old.leaves.get(leaf, EMPTY) for leaf, images in new.leaves.items()}
    for before, gone in out.items():
        for after, come in into.items():
            if gone and come and (count := gone.intersection_cardinality(come)):
                yield Move(before, after, count)


def _some_of(images: ImageSet, count: int, seed: str) -> list[Ordinal]:
    """Return ``count`` of the images, ascending, drawn by the seed alone."""
    chosen: set[int] = set()
    number = 0
    while len(chosen) < count:
        digest = hashlib.blake2b(f"{seed}/{number}".encode(), digest_size=8).digest()
        chosen.add(int.from_bytes(digest) % len(images))
        number += 1
    return [Ordinal(images[place]) for place in sorted(chosen)]
