"""The effect of rules before they are published: on the whole library and on past swipes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.problems import Problem
from smashpass.core.rules.analysis.impact import (
    Shared,
    TreeImpact,
    Verdicts,
    chance,
    in_common,
    sample,
    tree_impact,
    verdicts,
)
from smashpass.core.rules.revision import Revision
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Tree, default_tree
from smashpass.services.ports.people import SwipeStore
from smashpass.services.rules.library_notes import library_notes
from smashpass.services.rules.publish import ACTIVE, Publisher
from smashpass.services.rules.sets import LoadTexts, merge_sets


@dataclass(frozen=True, slots=True)
class BackTest:
    """How often the default tree would have agreed with the people who swiped.

    A draw agrees by its odds. What is undecided agrees with nobody.

    Attributes:
        total: Swipes that stand, on images that may be served.
        agreed_before: How many the old rules agree with.
        agreed_after: How many the new rules agree with.
        undecided_before: How many of the swipes the old rules cannot be asked about.
        undecided_after: The same for the new rules.
    """

    total: int = 0
    agreed_before: float = 0.0
    agreed_after: float = 0.0
    undecided_before: int = 0
    undecided_after: int = 0

    def as_json(self) -> dict[str, object]:
        """The back-test as ``rules impact --json`` prints it; draws rounded to whole swipes."""
        return {
            "total": self.total,
            "agreed_before": round(self.agreed_before),
            "agreed_after": round(self.agreed_after),
            "undecided_before": self.undecided_before,
            "undecided_after": self.undecided_after,
        }


@dataclass(frozen=True, slots=True)
class SampledFlip:
    """One flipped image, with the leaves it came from and goes to."""

    image: str
    before: str
    after: str
    to: str

    def as_json(self) -> dict[str, object]:
        """The image as ``rules impact --json`` prints it."""
        return {"image": self.image, "before": self.before, "after": self.after, "to": self.to}


@dataclass(frozen=True, slots=True, eq=False)
class TreeReport:
    """The impact on one tree, with examples and what they have in common."""

    impact: TreeImpact
    sample: tuple[SampledFlip, ...]
    to_smash_share: tuple[Shared, ...]
    to_pass_share: tuple[Shared, ...]

    def as_json(self) -> dict[str, object]:
        """The report as ``rules impact --json`` prints it."""
        before, after = self.impact.before, self.impact.after
        leaf_ids = [*(after.leaves if after else ()), *(before.leaves if before else ())]
        return {
            "tree": self.impact.tree,
            "leaves": [
                {"leaf": leaf, "before": _count(before, leaf), "after": _count(after, leaf)}
                for leaf in dict.fromkeys(leaf_ids)
            ],
            "verdicts": {"before": _verdicts(before), "after": _verdicts(after)},
            "moves": [
                {"before": move.before, "after": move.after, "images": move.images}
                for move in self.impact.moves
            ],
            "flips": {"to_smash": len(self.impact.to_smash), "to_pass": len(self.impact.to_pass)},
            "expected_flips": {
                "to_smash": round(self.impact.expected_to_smash, 3),
                "to_pass": round(self.impact.expected_to_pass, 3),
            },
            "undecided": len(self.impact.undecided),
            "sample": [item.as_json() for item in self.sample],
            "in_common": {
                "to_smash": [_shared(item) for item in self.to_smash_share],
                "to_pass": [_shared(item) for item in self.to_pass_share],
            },
        }


@dataclass(frozen=True, slots=True, eq=False)
class Impact:
    """What a set of rules would change.

    Attributes:
        revision: The sha256 of the new set.
        against: The sha256 of the set it is compared with, None if there is none.
        images: How many images may be served.
        trees: A report for each tree of either set.
        swipes: The back-test.
        warnings: What the library has to say about the trees that are new or changed.
    """

    revision: str
    against: str | None
    images: int
    trees: tuple[TreeReport, ...]
    swipes: BackTest
    warnings: tuple[Problem, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The impact as ``rules impact --json`` prints it."""
        return {
            "revision": self.revision,
            "against": self.against,
            "images": self.images,
            "trees": [tree.as_json() for tree in self.trees],
            "swipes": self.swipes.as_json(),
            "warnings": [problem.as_json() for problem in self.warnings],
        }


class Impacts:
    """Computes the impact of rules that are not published yet."""

    def __init__(
        self,
        published: Publisher,
        load: LoadTexts,
        swipes: SwipeStore,
        name_image: Callable[[Ordinal], str],
    ) -> None:
        self._published = published
        self._load = load
        self._swipes = swipes
        self._name_image = name_image

    def of(
        self, rules: RuleSet, index: Index, *, against: str | None = None, whole: bool = True
    ) -> Impact:
        """Compare ``rules`` with a revision.

        Args:
            rules: Without errors. If not ``whole``, a tree with what it includes, which is
                added to the other set or takes the place of its tree there.
            index: The library.
            against: Name of a revision; None for the active one, or nothing if none is active.
            whole: Whether ``rules`` are a whole set.

        Raises:
            NotFound: There is no such revision.
            RulesInvalid: The files do not go together with the others of the revision.
            Conflict: A fragment lies elsewhere there.
        """
        old = self._old(against)
        loaded = None if old is None else self._load(old.files)
        if loaded is not None and not whole:
            rules = merge_sets(loaded, rules, self._load)
        before = {} if loaded is None else {tree.id: tree for tree in loaded.trees}
        after = {tree.id: tree for tree in rules.trees}
        seed = f"{'' if old is None else old.sha256}{rules.revision}"
        impacts = {
            name: tree_impact(before.get(name), after.get(name), index)
            for name in sorted(before.keys() | after.keys())
        }
        return Impact(
            rules.revision,
            None if old is None else old.sha256,
            len(index.live),
            tuple(self._report(impact, index, seed) for impact in impacts.values()),
            self._back_test(
                default_tree(before.values()), default_tree(after.values()), impacts, index
            ),
            tuple(
                problem
                for name, impact in impacts.items()
                if impact.after is not None and impact.after is not impact.before
                for problem in library_notes(after[name], rules.places[name], impact.after, index)
            ),
        )

    def reports(
        self,
        before: Mapping[str, Tree],
        after: Mapping[str, Tree],
        names: Iterable[str],
        index: Index,
    ) -> tuple[TreeReport, ...]:
        """Compare some trees of two sets, by id, without asking the swipes."""
        return tuple(
            self._report(tree_impact(before.get(name), after.get(name), index), index, name)
            for name in names
        )

    def _old(self, against: str | None) -> Revision | None:
        if against is not None:
            return self._published.find(against)
        try:
            return self._published.find(ACTIVE)
        except NotFound:
            return None

    def _report(self, impact: TreeImpact, index: Index, seed: str) -> TreeReport:
        return TreeReport(
            impact,
            tuple(self._flip(impact, image) for image in sample(impact, seed)),
            in_common(impact.to_smash, index, seed),
            in_common(impact.to_pass, index, seed),
        )

    def _flip(self, impact: TreeImpact, ordinal: Ordinal) -> SampledFlip:
        return SampledFlip(
            self._name_image(ordinal),
            _leaf_of(impact.before, ordinal),
            _leaf_of(impact.after, ordinal),
            "smash" if ordinal in impact.to_smash else "pass",
        )

    def _back_test(
        self,
        before: Tree | None,
        after: Tree | None,
        impacts: Mapping[str, TreeImpact],
        index: Index,
    ) -> BackTest:
        """Ask the default tree of both sets about every swipe that stands.

        Images with the same counts are asked about together.
        """
        old = None if before is None else impacts[before.id].before or verdicts(before, index)
        new = None if after is None else impacts[after.id].after or verdicts(after, index)
        alike: dict[tuple[int, int], list[Ordinal]] = {}
        for image, swipes, smashes in self._swipes.counts_by_image():
            alike.setdefault((swipes, smashes), []).append(image)
        total = 0
        sums = [0.0, 0.0]
        open_ = [0, 0]
        for (swipes, smashes), same_counts in alike.items():
            images = index.live & ImageSet(same_counts)
            total += swipes * len(images)
            for place, side in enumerate((old, new)):
                if side is None:
                    open_[place] += swipes * len(images)
                    continue
                open_[place] += swipes * images.intersection_cardinality(side.undecided)
                for leaf, ending in side.leaves.items():
                    smash = chance(side.ends[leaf])
                    agreed = smash * smashes + (1 - smash) * (swipes - smashes)
                    if agreed and ending:
                        sums[place] += agreed * images.intersection_cardinality(ending)
        return BackTest(total, sums[0], sums[1], open_[0], open_[1])


def _leaf_of(side: Verdicts | None, ordinal: Ordinal) -> str:
    assert side is not None, "an image flips between two versions"
    return next(leaf for leaf, images in side.leaves.items() if ordinal in images)


def _count(side: Verdicts | None, leaf: str) -> int:
    return 0 if side is None or leaf not in side.leaves else len(side.leaves[leaf])


def _verdicts(side: Verdicts | None) -> dict[str, int] | None:
    if side is None:
        return None
    return {
        "smash": len(side.sure("smash")),
        "pass": len(side.sure("pass")),
        "drawn": sum(len(images) for _, images in side.drawn()),
        "undecided": len(side.undecided),
    }


def _shared(shared: Shared) -> dict[str, object]:
    return {"tag": shared.tag, "share": round(shared.share, 4), "lift": round(shared.lift, 2)}
