"""What two trees decide differently: exactly, over all possible images."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.rules.analysis.mdd import EVERY_STATE, NO_STATE, StateSet, TooLarge
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

    def as_json(self) -> list[dict[str, object]] | None:
        """The changes as ``rules diff --json`` prints them; None if the trees are too large."""
        return None if self.changes is None else [change.as_json() for change in self.changes]


def meaning_difference(before: Tree, after: Tree) -> MeaningDifference:
    """Compare two trees. Cost: some milliseconds, at most about 0.3 s."""
    try:
        space = StateSpace([before, after], universe([before, after]))
        old, new = _ends(space, before.root), _ends(space, after.root)
        changes = []
        for old_end, old_states in old.items():
            for new_end, new_states in new.items():
                if old_end != new_end:
                    common = space.diagrams.both(old_states, new_states)
                    witness = space.witness(common)
                    if witness is not None:
                        changes.append(MeaningChange(old_end, new_end, witness))
    except TooLarge:
        return MeaningDifference(None)
    return MeaningDifference(tuple(changes))


def _ends(space: StateSpace, root: Node) -> dict[End, StateSet]:
    """Return the assignments that reach each leaf."""
    states_by_end: dict[End, StateSet] = {}
    waiting: list[tuple[Node, StateSet]] = [(root, EVERY_STATE)]
    while waiting:
        node, reach = waiting.pop()
        if reach == NO_STATE:
            continue
        if not isinstance(node, Branch):
            states_by_end[node] = space.diagrams.either(states_by_end.get(node, NO_STATE), reach)
            continue
        ways = []
        for arm in node.arms:
            holding = space.of(arm.when)
            ways.append((arm.then, space.diagrams.both(reach, holding)))
            reach = space.diagrams.without(reach, holding)
        waiting += reversed([*ways, (node.otherwise, reach)])
    return states_by_end
