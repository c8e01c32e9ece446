"""Bulk edits: they do what the preview told, once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadQuery
from smashpass.core.imageset import Ordinal
from smashpass.services.tagging import bulk
from smashpass.settings import load
from tests.support.libraries import PORTRAITS, fill

NAMES = st.lists(
    st.sampled_from(["beard", "smile", "Smile", "specs", "hat:top", "never seen", "new_one"]),
    max_size=3,
)


def own(installation: Installation) -> dict[int, set[str]]:
    """The tags of every image by name, as the database has them."""
    names = installation.catalogue.vocabulary().names
    records = installation.catalogue.images(sorted(PORTRAITS))
    return {int(record.ordinal): {names[tag] for tag in record.tags} for record in records}


@pytest.fixture
def filled(installation: Installation) -> Path:
    fill(installation)
    installation.engine.dispose()
    return installation.home


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    query=st.sampled_from(
        ["", "beard", "hair:blonde", "-glasses", "beard OR specs", "width:>=512"]
    ),
    add=NAMES,
    remove=NAMES,
)
def test_a_bulk_edit_does_what_was_told_before_and_nothing_twice(
    filled: Path, tmp_path: Path, query: str, add: list[str], remove: list[str]
) -> None:
    home = tmp_path / "again"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(filled, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    preview = bulk.preview(parts.library.index, query, add, remove, ()).as_json()
    before = own(parts)
    wish = {"query": query, "add": add, "remove": remove, "by": "ann", "reason": "why"}
    parts.jobs.enqueue(bulk.KIND, wish)
    job = parts.jobs.take([bulk.KIND])
    assert job is not None
    counted: list[int] = []
    bulk.do(job, parts.catalogue, parts.library.index, counted.append)
    after = own(parts)
    assert counted == [preview["images"]]
    assert sum(len(after[ordinal] - before[ordinal]) for ordinal in before) == preview["added"]
    assert sum(len(before[ordinal] - after[ordinal]) for ordinal in before) == preview["removed"]
    assert after[7] == before[7], "a hidden image is not edited"
    version = parts.library.refresh()
    if query == "":
        bulk.do(job, parts.catalogue, parts.library.index, counted.append)
        assert own(parts) == after
        assert parts.library.refresh() == version
    parts.engine.dispose()


def test_a_query_that_cannot_be_read_edits_nothing(installation: Installation) -> None:
    fill(installation)
    index = installation.library.index
    for query in ("beerd", "(beard", "my:smashed"):
        with pytest.raises(BadQuery):
            bulk.preview(index, query, ["smile"], [], ()).as_json()
    assert index.own_tags(Ordinal(5)) == frozenset()
