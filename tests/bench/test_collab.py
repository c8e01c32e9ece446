"""The measure of collaborative filtering, at a tenth: its gates hold there too."""

from __future__ import annotations

from pathlib import Path

from bench.collab import measure
from bench.site import Site


def test_the_gate_accepts_a_taste_and_refuses_shuffled_verdicts(tmp_path: Path) -> None:
    rows = {row.measure: row for row in measure(Site(tmp_path, 1_000, rounds=20, share=0.1))}
    accepted = rows["collab, a taste without tags: AUC within viewers"]
    refused = rows["collab, shuffled verdicts: AUC within viewers"]
    assert accepted.passed
    assert refused.passed
    assert accepted.ours is not None
    assert accepted.theirs is not None
    assert accepted.ours > accepted.theirs + 0.05
