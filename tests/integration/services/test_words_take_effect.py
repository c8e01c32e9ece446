"""Edits of words: no image is written, every process follows, and all of it can be undone."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.services.search.search import count_matches
from smashpass.services.tagging.revert import revert
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.plans import plan_alias, plan_implication, plan_rename
from smashpass.settings import load
from smashpass.store.engine.database import reading
from smashpass.store.engine.tables import image
from tests.support.libraries import fill

COMMON = "hair:blonde"
"""The commonest tag of the portraits."""


def rows(installation: Installation) -> list[tuple[object, ...]]:
    with reading(installation.engine) as connection:
        return [tuple(row) for row in connection.execute(image.select().order_by("ordinal"))]


@pytest.mark.parametrize(
    ("plan", "query", "equivalent"),
    [
        (lambda words: plan_alias(words, "fresh", COMMON), "fresh", COMMON),
        (lambda words: plan_implication(words, COMMON, "fresh"), "fresh", COMMON),
        (lambda words: plan_rename(words, COMMON, "fresh"), "fresh", COMMON),
    ],
    ids=["alias", "implication", "rename"],
)
def test_an_edit_of_the_commonest_tag_writes_no_image(installation, plan, query, equivalent):
    fill(installation)
    other = Installation(load({"SMASHPASS_HOME": str(installation.home)}))
    other.library.refresh()
    before, having = rows(installation), count_matches(other.library.index, equivalent)
    assert having > 1
    assert other.library.index.vocabulary.find(query) is None

    change = apply_plan(installation.catalogue, plan, by="ann", origin="test", reason="a test")
    assert change is not None
    other.library.refresh()
    assert count_matches(other.library.index, query) == having
    assert rows(installation) == before

    revert(installation.changes, installation.catalogue, change.seq, by="ann", origin="test")
    other.library.refresh()
    index = other.library.index
    assert count_matches(index, equivalent) == having
    assert count_matches(index, f'"{query}"') == 0
    assert rows(installation) == before
    other.engine.dispose()
