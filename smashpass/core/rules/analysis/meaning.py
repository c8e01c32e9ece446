"""What two trees decide differently: exactly, over all images there can be."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.rules.analysis.mdd import EVERY_WORLD, NO_WORLD, TooLarge, Worlds
from smashpass.core.rules.analysis.reachability import end_of
from smashpass.core.rules.analysis.states import StateSpace, Witness
from smashpass.core.rules.analysis.universe import universe
from smashpass.core.rules.tree import Branch, Leaf, Lottery, Node, Tree

End = Leaf | Lottery


@dataclass(frozen=True, slots=True)
class MeaningChange:
    """Images that come to another leaf than before.

    Attributes:
        before: The leaf in the one tree.
        after: The leaf in the other tree; it decides differently or is called differently.
        witness: One such image.
    """

    before: End
    after: End
    witness: Witness

    @property
    def decides_differently(self) -> bool:
        """Whether more than the name of the leaf differs."""
        return end_of(self.before) != end_of(self.after)

    def as_json(self) -> dict[str, object]:
        """The change as ``rules diff --json`` prints it."""
        return {
            "before": self.before.id,
            "after": self.after.id,
            "decides_differently": self.decides_differently,
            "witness": self.witness.as_json(),
        }


@dataclass(frozen=True, slots=True)
class MeaningDifference:
    """All changes, by leaves in reading order; None if the trees are too large to tell."""

    changes: tuple[MeaningChange, ...] | None

    @property
    def is_same(self) -> bool:
        """Whether every image comes to the same leaf, for certain."""
        return self.changes == ()

    def as_json(self) -> list[dict[str, object]] | None:
        """The changes as ``rules diff --json`` prints them; None if they cannot be told."""
        return None if self.changes is None else [each.as_json() for each in self.changes]


def meaning_difference(before: Tree, after: Tree) -> MeaningDifference:
    """Compare two trees. Cost: some milliseconds, at most about 0.3 s."""
    try:
        space = StateSpace([before, after], universe([before, after]))
        old, new = _ends(space, before.root), _ends(space, after.root)
        changes = []
        for one, here in old.items():
            for other, there in new.items():
                if one != other:
                    both = space.diagrams.both(here, there)
                    witness = space.witness(both)
                    if witness is not None:
                        changes.append(MeaningChange(one, other, witness))
    except TooLarge:
        return MeaningDifference(None)
    return MeaningDifference(tuple(changes))


def _ends(space: StateSpace, root: Node) -> dict[End, Worlds]:
    """Return the worlds that come to each leaf."""
    found: dict[End, Worlds] = {}
    waiting: list[tuple[Node, Worlds]] = [(root, EVERY_WORLD)]
    while waiting:
        node, reach = waiting.pop()
        if reach == NO_WORLD:
            continue
        if not isinstance(node, Branch):
            found[node] = space.diagrams.either(found.get(node, NO_WORLD), reach)
            continue
        ways = []
        for arm in node.arms:
            holding = space.of(arm.when)
            ways.append((arm.then, space.diagrams.both(reach, holding)))
            reach = space.diagrams.without(reach, holding)
        waiting += reversed([*ways, (node.otherwise, reach)])
    return found
