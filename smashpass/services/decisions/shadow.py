"""Comparing what the active revision decides with what the canary does, decision by decision."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.library.facts import Facts
from smashpass.core.rules.attributes import is_plugin
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.revision import CanaryComparison
from smashpass.core.rules.tree import Lottery
from smashpass.services.decisions.record import Count, DecidedImage, DecisionBatch

SAMPLED = 24
"""Differences kept between two flushes."""


class ComparisonStore(Protocol):
    """Where the counts of all processes are added."""

    def add(self, number: int, more: CanaryComparison) -> None:
        """Add what was seen of the canary that the database keeps under ``number``."""


def difference(
    active: CompiledTree, canary: CompiledTree, facts: Facts
) -> tuple[str, str, str] | None:
    """Return what becomes of an image, with both ends in words; None if both say the same.

    The first text is ``to_smash``, ``to_pass``, ``moved`` (another leaf, the same verdict) or
    ``unsure``: one is drawn by odds, or reads a scorer's number that was not asked for.
    """
    before, read = active.reached(facts)
    after, read_too = canary.reached(facts)
    unknown = any(is_plugin(each) and facts.value(each) is None for each in (*read, *read_too))
    if unknown:
        return "unsure", before.id, after.id
    if isinstance(before, Lottery) or isinstance(after, Lottery):
        return None if before == after else ("unsure", before.id, after.id)
    if before.verdict != after.verdict:
        said = f"{before.verdict} {before.id}", f"{after.verdict} {after.id}"
        return f"to_{after.verdict}", *said
    if before.id != after.id:
        return "moved", f"{before.verdict} {before.id}", f"{after.verdict} {after.id}"
    return None


class Shadow:
    """Counts differences and keeps some; used by one thread."""

    def __init__(self, counts: ComparisonStore) -> None:
        """Take where the counts go."""
        self._counts = counts
        self._seen: dict[int, CanaryComparison] = {}

    def take(self, noted: DecisionBatch, count: Count) -> None:
        """Compare the decisions of one request, whoever made them."""
        canary, active = noted.canary, noted.active
        if canary is None or noted.tree not in canary.trees or noted.tree not in active.trees:
            return
        words = noted.index.vocabulary
        one = active.compiled(active.trees[noted.tree], words)
        other = canary.compiled(canary.trees[noted.tree], words)
        seen = self._seen.get(canary.number, CanaryComparison())
        different = 0
        for made in noted.made:
            found = difference(one, other, facts_of(noted, made))
            seen = replace(seen, compared=seen.compared + 1)
            if found is None:
                continue
            what, before, after = found
            seen = replace(seen, **{what: getattr(seen, what) + 1})
            if what != "unsure":
                different += 1
                if len(seen.sample) < SAMPLED:
                    words_of = {"before": before, "after": after}
                    line = {"image": made.image, "tree": noted.tree, **words_of}
                    seen = replace(seen, sample=(*seen.sample, line))
        self._seen[canary.number] = seen
        count("compared", len(noted.made))
        count("different", different)

    def flush(self) -> None:
        """Add what was seen to the counts of all processes; kept if the database is away."""
        while self._seen:
            number, seen = next(iter(self._seen.items()))
            try:
                self._counts.add(number, seen)
            except DatabaseUnavailable:
                return
            del self._seen[number]


def facts_of(noted: DecisionBatch, made: DecidedImage) -> Facts:
    """Return what was known when a decision was made."""
    facts = noted.index.facts(made.ordinal, noted.given)
    return facts if made.scores is None else made.scores.applied(facts)
