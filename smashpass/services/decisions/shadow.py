"""Comparing what the active revision decides with what the canary does, decision by decision."""

from __future__ import annotations

from dataclasses import replace

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.library.facts import Facts
from smashpass.core.rules.attributes import is_plugin
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.revision import CanaryComparison
from smashpass.core.rules.tree import Lottery
from smashpass.services.decisions.batch import Count, DecidedImage, DecisionBatch, with_taste
from smashpass.services.ports.rules import CanaryStore

SAMPLED = 24
"""Differences kept between two flushes."""


def difference(
    active: CompiledTree, canary: CompiledTree, facts: Facts
) -> tuple[str, str, str] | None:
    """Return what becomes of an image, with both ends as text; None if both agree.

    The first text is ``to_smash``, ``to_pass``, ``moved`` (another leaf, the same verdict) or
    ``unsure``: one is drawn by odds, or reads a scorer's number that was not asked for.
    """
    before, read = active.reached(facts)
    after, read_too = canary.reached(facts)
    unknown = any(is_plugin(name) and facts.value(name) is None for name in (*read, *read_too))
    if unknown:
        return "unsure", before.id, after.id
    if isinstance(before, Lottery) or isinstance(after, Lottery):
        return None if before == after else ("unsure", before.id, after.id)
    if before.verdict != after.verdict:
        ends = f"{before.verdict} {before.id}", f"{after.verdict} {after.id}"
        return f"to_{after.verdict}", *ends
    if before.id != after.id:
        return "moved", f"{before.verdict} {before.id}", f"{after.verdict} {after.id}"
    return None


class Shadow:
    """Counts differences and keeps some; used by one thread."""

    def __init__(self, counts: CanaryStore) -> None:
        self._counts = counts
        self._comparisons: dict[int, CanaryComparison] = {}

    def take(self, batch: DecisionBatch, count: Count) -> None:
        """Compare the decisions of one request, whoever made them."""
        canary, active = batch.canary, batch.active
        if canary is None or batch.tree not in canary.trees or batch.tree not in active.trees:
            return
        vocabulary = batch.index.vocabulary
        active_tree = active.compiled(active.trees[batch.tree], vocabulary)
        canary_tree = canary.compiled(canary.trees[batch.tree], vocabulary)
        comparison = self._comparisons.get(canary.number, CanaryComparison())
        different = 0
        for decision in batch.decisions:
            outcome = difference(active_tree, canary_tree, facts_of(batch, decision))
            comparison = replace(comparison, compared=comparison.compared + 1)
            if outcome is None:
                continue
            kind, before, after = outcome
            comparison = replace(comparison, **{kind: getattr(comparison, kind) + 1})
            if kind != "unsure":
                different += 1
                if len(comparison.sample) < SAMPLED:
                    ends = {"before": before, "after": after}
                    line = {"image": decision.image, "tree": batch.tree, **ends}
                    comparison = replace(comparison, sample=(*comparison.sample, line))
        self._comparisons[canary.number] = comparison
        count("compared", len(batch.decisions))
        count("different", different)

    def flush(self) -> None:
        """Add what was seen to the counts of all processes; kept if the database is away."""
        while self._comparisons:
            number, comparison = next(iter(self._comparisons.items()))
            try:
                self._counts.add(number, comparison)
            except DatabaseUnavailable:
                return
            del self._comparisons[number]


def facts_of(batch: DecisionBatch, decision: DecidedImage) -> Facts:
    """Return what was known when a decision was made."""
    facts = batch.index.facts(decision.ordinal, with_taste(batch.context, decision.taste))
    return facts if decision.scores is None else decision.scores.applied(facts)
