"""A deck decides by kept scores as the algebra does for the whole library."""

from __future__ import annotations

from hypothesis import given

from smashpass.core.imageset import Ordinal
from smashpass.core.rules.compile.algebra import partition
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.services.scoring.collect import Scoring
from smashpass.services.scoring.scores import ImageToScore
from tests.unit.core.rules.test_scores_decide import cases, scored

VALUES = {"viewer.swipes": 5.0, "query.terms": 3.0}


def no_pictures(sha256: str) -> bytes:
    raise AssertionError("no picture is needed where no scorer is asked")


@given(cases(full=True))
def test_a_deck_ends_at_the_leaves_of_the_algebra(case) -> None:
    library, tree, answered = case
    index = scored(library, answered)
    live = [Ordinal(ordinal) for ordinal in sorted(library.live)]
    images = [
        ImageToScore(str(ordinal), index.facts(ordinal, VALUES), ordinal=ordinal)
        for ordinal in live
    ]
    scoring = Scoring([], no_pictures, deadline_s=0.0)

    decisions = scoring.decisions(
        compile_tree(tree, library.vocabulary), images, revision="r", viewer="v",
        columns=index.scores,
    )  # fmt: skip

    leaves = partition(tree, index, VALUES).leaves
    for ordinal, decision in zip(live, decisions, strict=True):
        assert [id for id, ended in leaves.items() if ordinal in ended] == [decision.leaf]
