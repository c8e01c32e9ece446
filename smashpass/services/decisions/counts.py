"""How the recorded decisions ended: by tree and leaf, of one revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from orjson import JSONDecodeError, loads


@dataclass(frozen=True, slots=True)
class DecisionCounts:
    """Counts of recorded decisions.

    Attributes:
        total: How many records there are of the revision.
        ends: By tree id and leaf id, how many ended there.
        first: The moment of the earliest one, "" if there is none.
    """

    total: int = 0
    ends: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    first: str = ""

    def of(self, tree: str) -> Mapping[str, int]:
        """Return the counts of one tree by leaf id."""
        return self.ends.get(tree, {})


def count_decisions(lines: Iterable[bytes], revision: str) -> DecisionCounts:
    """Count the records of one revision; incomplete lines are skipped.

    The log is read while it is written, and from the middle of a file, so the first and the last
    line may be half of one.
    """
    total, first = 0, ""
    ends: dict[str, dict[str, int]] = {}
    for line in lines:
        try:
            record = loads(line)
            if record["revision"] != revision:
                continue
            tree, leaf, at = record["tree"], record["decision"]["leaf"], record["at"]
        except (JSONDecodeError, KeyError, TypeError):
            continue
        counts = ends.setdefault(tree, {})
        counts[leaf] = counts.get(leaf, 0) + 1
        total += 1
        first = min(first or at, at)
    return DecisionCounts(total, ends, first)
