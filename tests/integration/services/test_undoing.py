"""Undoing many changes: it does what was told before, and keeps what others did since."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.worker import job_runner
from smashpass.core.errors import BadInput, Conflict
from smashpass.core.imageset import ImageSet
from smashpass.services.tagging import bulk
from smashpass.services.tagging import undo as undoing
from smashpass.services.tagging.revert import revert
from smashpass.services.tagging.undo import ChangeFilter
from smashpass.settings import load
from tests.support.libraries import PORTRAITS, fill

EDIT = st.tuples(
    st.sampled_from(["ann", "bo"]),
    st.sampled_from(["beard", "smile", "glasses"]),
    st.booleans(),
    st.sets(st.integers(1, 6), min_size=1),
)


def own(parts: Installation) -> dict[int, set[str]]:
    """The tags of every image by name, as the database has them."""
    names = parts.catalogue.vocabulary().names
    return {
        int(image.ordinal): {names[tag] for tag in image.tags}
        for image in parts.catalogue.images(sorted(PORTRAITS))
    }


def edit(parts: Installation, by: str, name: str, give: bool, images: set[int]) -> int | None:
    """Give or take a tag; return the number of the entry."""
    (tag,) = parts.catalogue.create_tags([name], by=by, origin="t")
    wish = {"add": [tag]} if give else {"remove": [tag]}
    change = parts.catalogue.apply_tag_edit(ImageSet(images), by=by, origin="t", reason="r", **wish)
    return None if change is None else change.seq


@pytest.fixture
def filled(installation: Installation) -> Path:
    fill(installation)
    installation.engine.dispose()
    return installation.home


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(edits=st.lists(EDIT, min_size=1, max_size=6), chosen=st.sets(st.integers(0, 5)))
def test_undoing_does_what_was_told_and_nothing_twice(
    filled: Path, tmp_path: Path, edits: list[tuple[str, str, bool, set[int]]], chosen: set[int]
) -> None:
    home = tmp_path / "again"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(filled, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    seqs = [edit(parts, *item) for item in edits]
    numbers = tuple(seq for place, seq in enumerate(seqs) if seq and place in chosen)
    if numbers:
        parts.library.refresh()
        entries = undoing.find(parts.changes, ChangeFilter(numbers))
        outcome = undoing.preview(parts.library.index, entries, parts.catalogue)
        undone_entries = undoing.undo(
            parts.changes, parts.catalogue, numbers, by="cy", reason="r", origin="t"
        )
        undone = sum(
            len(item.added) + len(item.removed)
            for entry in undone_entries
            for item in entry.body().edits
        )
        assert undone == sum(item.undone for item in outcome)
        everything = sum(
            len(item.added) + len(item.removed) for entry in entries for item in entry.body().edits
        )
        assert everything == undone + sum(item.kept for item in outcome)
    parts.engine.dispose()


def test_undoing_everything_brings_back_the_state_before(installation: Installation) -> None:
    fill(installation)
    before = own(installation)
    for place, name in enumerate(("beard", "smile", "beard", "crown")):
        edit(installation, "ann", name, place != 2, {1, 2, 3, 5})
    by_ann = ChangeFilter(by="ann")
    numbers = [entry.seq for entry in undoing.find(installation.changes, by_ann) if entry.images]
    undoing.undo(
        installation.changes, installation.catalogue, numbers, by="bo", reason="r", origin="t"
    )
    assert own(installation) == before


def test_what_others_edited_since_is_kept(installation: Installation) -> None:
    fill(installation)
    number = edit(installation, "ann", "crown", True, {1, 2, 3})
    edit(installation, "bo", "crown", False, {2})
    edit(installation, "bo", "smile", True, {1})
    installation.library.refresh()
    (outcome,) = undoing.preview(
        installation.library.index,
        undoing.find(installation.changes, ChangeFilter((number,))),
        installation.catalogue,
    )
    assert (outcome.undone, outcome.kept) == (2, 1)
    undoing.undo(
        installation.changes, installation.catalogue, [number], by="cy", reason="r", origin="t"
    )
    after = own(installation)
    assert not any("crown" in after[ordinal] for ordinal in (1, 2, 3))
    assert "smile" in after[1]


def test_a_bulk_edit_in_parts_is_undone_whole(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(installation)
    before = own(installation)
    monkeypatch.setattr(bulk, "PART", 2)
    wish = {"query": "", "add": ["crown"], "remove": ["beard"], "by": "ann", "reason": "r"}
    number = installation.jobs.enqueue(bulk.KIND, wish, total=6)
    worker = job_runner(Container(installation))
    worker.step()
    parts = installation.changes.history(origin=f"job {number}", kind="tags")
    assert len(parts) == 3
    assert installation.jobs.get(number).done == 6
    entries = undoing.find(installation.changes, ChangeFilter(job=number))
    undo = {"changes": [entry.seq for entry in entries], "by": "bo", "reason": "r"}
    installation.jobs.enqueue(undoing.KIND, undo, total=len(entries))
    worker.step()
    assert own(installation) == before


def test_a_cancelled_bulk_edit_has_done_whole_parts(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(installation)
    monkeypatch.setattr(bulk, "PART", 2)
    wish = {"query": "", "add": ["crown"], "remove": [], "by": "ann", "reason": "r"}
    number = installation.jobs.enqueue(bulk.KIND, wish, total=6)
    job = installation.jobs.take([bulk.KIND])

    def cancel(undone: int) -> None:
        installation.jobs.cancel(number)
        installation.jobs.heartbeat(job, completed=undone)

    with pytest.raises(Conflict):
        bulk.do(job, installation.catalogue, installation.library.index, cancel)
    crowned = [ordinal for ordinal, tags in own(installation).items() if "crown" in tags]
    assert len(crowned) == 2


def test_what_an_import_brought_is_hidden_and_comes_back(installation: Installation) -> None:
    fill(installation)
    (import_entry,) = undoing.find(installation.changes, ChangeFilter(run=1))
    undoing.undo(
        installation.changes,
        installation.catalogue,
        [import_entry.seq],
        by="a",
        reason="r",
        origin="t",
    )
    installation.library.refresh()
    assert not installation.library.index.live
    hiding = installation.changes.history(limit=1)[0]
    revert(installation.changes, installation.catalogue, hiding.seq, by="a", origin="test")
    installation.library.refresh()
    assert len(installation.library.index.live) == 6  # the seventh was hidden by somebody else


def test_what_was_taken_down_stays_down(installation: Installation) -> None:
    fill(installation)
    catalogue = installation.catalogue
    hiding = catalogue.set_state([1, 2], "hidden", by="ann", origin="t", reason="r")
    catalogue.set_state([2], "taken_down", by="mo", origin="t", reason="r")
    installation.library.refresh()
    (outcome,) = undoing.preview(installation.library.index, [hiding], catalogue)
    assert (outcome.undone, outcome.kept) == (1, 1)
    revert(installation.changes, catalogue, hiding.seq, by="ann", origin="test")
    assert [image.state for image in catalogue.images([1, 2])] == ["live", "taken_down"]
    gone = catalogue.set_state([3], "taken_down", by="mo", origin="t", reason="r")
    with pytest.raises(Conflict):
        revert(installation.changes, catalogue, gone.seq, by="ann", origin="test")


def test_nothing_named_is_no_wish_for_everything(installation: Installation) -> None:
    fill(installation)
    with pytest.raises(BadInput):
        undoing.find(installation.changes, ChangeFilter(since=1))
