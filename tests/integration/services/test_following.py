"""Following the library: an index kept up from the log is the one that the database gives."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import Conflict, DatabaseUnavailable, NotFound, SnapshotDamaged
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.library.data import FACETS
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import TagEdit, VocabularyPlan
from smashpass.core.tags.names import TagId
from smashpass.services.runtime import library as following
from smashpass.services.runtime.library import LiveLibrary, build
from smashpass.settings import load
from smashpass.store.engine.database import writing
from smashpass.store.engine.tables import image
from smashpass.store.library.catalogue import Catalogue
from tests.support.libraries import fill

NAMES = ("beard", "hair:blonde", "hat", "whiskers", "smile", "old", "new")
SOURCES = ("demo", "Other Set")
BY = {"by": "third", "origin": "test"}
MEMORY = Path("/dev/shm")

names = st.sampled_from(NAMES)
some_names = st.lists(names, max_size=4, unique=True).map(tuple)
ordinals = st.sets(st.integers(1, 9), max_size=5)
rows = st.builds(
    ImageRow,
    key=st.sampled_from(["a", "b", "c", "d"]),
    tags=some_names,
    credit=st.builds(
        Credit,
        st.sampled_from(SOURCES),
        st.sampled_from(["CC0-1.0", "CC-BY-4.0"]),
        st.just("digitalArt"),
        real_person=st.just(False),
        depicts=st.just("creature"),
    ),
    line=st.just(1),
    width=st.sampled_from([None, 256, 512]),
    attributes=st.lists(
        st.tuples(st.sampled_from(["score", "heat"]), st.sampled_from([0.0, 0.5, 1.0])),
        max_size=2,
        unique_by=lambda pair: pair[0],
    ).map(tuple),
    refusal=st.sampled_from(["", "", "", "no licence"]),
)
edits = st.one_of(
    st.tuples(
        st.just("import"),
        st.lists(rows, min_size=1, max_size=3, unique_by=lambda row: (row.credit.source, row.key)),
        st.sampled_from(["skip", "overwrite", "append"]),
    ),
    st.tuples(
        st.just("tags"),
        st.lists(
            st.tuples(names, ordinals, ordinals),
            min_size=1,
            max_size=3,
            unique_by=lambda step: step[0],
        ),
    ),
    st.tuples(st.just("state"), ordinals, st.sampled_from(["live", "hidden", "taken_down"])),
    st.tuples(
        st.just("attribute"),
        st.sampled_from(["score", "heat", "age"]),
        st.dictionaries(st.integers(1, 9), st.sampled_from([None, 0.0, 0.5, 2.0]), max_size=4),
    ),
    st.tuples(
        st.just("words"),
        st.sampled_from(["alias", "unalias", "imply", "unimply", "deprecate", "name"]),
        names,
        names,
    ),
    st.tuples(st.just("rules"), st.sampled_from("abc")),
)


def edit(third: Installation, wish: tuple) -> None:
    """Do one edit; those that the library refuses are left out."""
    library = third.catalogue
    match wish:
        case ("import", batch, on_existing):
            run = third.runs.start("x", {})
            library.write_rows(run, batch, on_existing=on_existing, position=1)
        case ("tags", wanted):
            library.create_tags([name for name, _, _ in wanted], **BY)
            ids = {tag.name: tag.id for tag in library.tags()}
            library.apply_tag_edits(
                [TagEdit(ids[name], ImageSet(add), ImageSet(take)) for name, add, take in wanted],
                **BY,
            )
        case ("state", images, state):
            library.set_state(images, state, reason="r", **BY)
        case ("attribute", name, values):
            library.set_attribute(name, values, **BY)
        case ("words", kind, one, other):
            words(library, kind, one, other)
        case ("rules", digit):
            third.revisions.publish({}, digit * 64, by="third", reason="r")


def words(library: Catalogue, kind: str, name: str, other_name: str) -> None:
    """Change words, as far as the tables and good sense allow: aliases without chains."""
    vocabulary = library.vocabulary()
    aliases = {vocabulary.names[a] for a in vocabulary.aliases}
    bound = {vocabulary.names[t] for t in vocabulary.aliases.values()}
    if kind == "alias" and (name in bound or other_name in aliases or name == other_name):
        return
    if kind == "imply" and NAMES.index(name) >= NAMES.index(other_name):
        return
    wish = {
        "alias": VocabularyPlan(aliased=((name, other_name),)),
        "unalias": VocabularyPlan(unaliased=((name, other_name),)),
        "imply": VocabularyPlan(implied=((name, other_name),)),
        "unimply": VocabularyPlan(unimplied=((name, other_name),)),
        "deprecate": VocabularyPlan(deprecated=(name,)),
        "name": VocabularyPlan(names=(name,)),
    }[kind]
    try:
        library.edit_vocabulary(wish, **BY)
    except (Conflict, NotFound):
        return


def what_it_says(index: Index) -> dict[str, object]:
    """Return everything that can be asked of an index, as plain values."""
    vocabulary = index.vocabulary
    ordinals = sorted(index.live | index.parts.hidden)
    return {
        "version": index.version,
        "names": vocabulary.names,
        "aliases": dict(vocabulary.aliases),
        "implications": {tag: set(all_) for tag, all_ in vocabulary.implications.items() if all_},
        "deprecated": set(vocabulary.deprecated),
        "live": set(index.live),
        "known": ordinals,
        "having": {
            name: set(index.having(TagId(tag))) for tag, name in enumerate(vocabulary.names) if name
        },
        "own": {ordinal: set(index.own_tags(Ordinal(ordinal))) for ordinal in ordinals},
        "values": {
            name: {
                ordinal: column.value(Ordinal(ordinal))
                for ordinal in ordinals
                if column.value(Ordinal(ordinal)) is not None
            }
            for name in index.columns()
            if (column := index.column(name)) is not None
        },
        "facets": {name: dict(index.facet_values(name)) for name in FACETS},
        "facet images": {
            (name, value): set(index.facet(name, value))
            for name in FACETS
            for value in index.facet_values(name)
        },
    }


@contextmanager
def three(template: Path) -> Iterator[tuple[Installation, Installation, Installation]]:
    """Open one home three times: two that follow, and one that edits."""
    # In memory where that is possible: thousands of commits wait for no disk there.
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        shutil.copy(template, Path(folder) / "smashpass.db")
        opened = [Installation(load({"SMASHPASS_HOME": folder})) for _ in range(3)]
        try:
            yield opened[0], opened[1], opened[2]
        finally:
            for opened_one in opened:
                opened_one.engine.dispose()


@given(
    wishes=st.lists(edits, min_size=1, max_size=8),
    saved_after=st.integers(0, 8),
    late=st.sets(st.integers(0, 7)),
    limit=st.sampled_from([0, 50_000]),
)
def test_what_followers_know_is_what_the_database_gives(
    empty_database, wishes, saved_after, late, limit
):
    with pytest.MonkeyPatch.context() as patch, three(empty_database) as (first, second, third):
        # At 0 every tail is long: then a newer snapshot is read in its place.
        patch.setattr(following, "LONG_TAIL_IMAGES", limit)
        for step, wish in enumerate(wishes):
            edit(third, wish)
            if step == saved_after:
                third.build_snapshot()
            truth = what_it_says(build(third.catalogue))
            first.library.refresh()
            assert what_it_says(first.library.index) == truth
            if step not in late:
                second.library.refresh()
                assert what_it_says(second.library.index) == truth
        second.library.refresh()
        assert what_it_says(second.library.index) == truth
        assert second.library.index.version == third.changes.latest()


def test_an_index_in_use_stays_as_it_is(installation):
    fill(installation)
    before = installation.library.index
    state = what_it_says(before)
    installation.catalogue.apply_tag_edit(ImageSet([5]), add=[TagId(1)], **BY)
    installation.library.refresh()
    assert installation.library.index is not before
    assert what_it_says(before) == state


def test_nothing_new_keeps_the_same_index(installation):
    fill(installation)
    index = installation.library.index
    assert installation.library.refresh() == index.version
    assert installation.library.index is index


def test_many_changes_are_followed_in_parts(installation):
    fill(installation)
    other_name = LiveLibrary(
        installation.catalogue, installation.changes, installation.snapshots, installation.screening
    )
    assert other_name.refresh() == 2
    for number in range(following.CHANGES_AT_ONCE + 20):
        images = ImageSet([1 + number % 6])
        add = [TagId(2)] if number % 2 else []
        take = [] if number % 2 else [TagId(2)]
        installation.catalogue.apply_tag_edit(images, add=add, remove=take, **BY)
        installation.catalogue.set_attribute("score", {1: number}, **BY)
    other_name.refresh()
    assert what_it_says(other_name.index) == what_it_says(build(installation.catalogue))


def test_a_process_starts_from_the_snapshot_and_its_tail(installation):
    fill(installation)
    installation.build_snapshot()
    installation.catalogue.apply_tag_edit(ImageSet([5]), add=[TagId(1)], **BY)
    fresh = Installation(installation.settings)
    assert fresh.snapshots.newest_version() == 2
    assert what_it_says(fresh.library.index) == what_it_says(build(installation.catalogue))
    fresh.engine.dispose()


def test_a_damaged_snapshot_is_an_error_and_not_an_older_index(installation):
    fill(installation)
    installation.build_snapshot()
    (file,) = installation.snapshots.folder.iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    with pytest.raises(SnapshotDamaged):
        installation.library.refresh()


def test_a_lost_database_leaves_the_index_as_it_is(installation):
    fill(installation)
    index = installation.library.index
    installation.engine.dispose()
    database = installation.home / "smashpass.db"
    database.rename(database.with_suffix(".away"))
    (installation.home / "smashpass.db").mkdir()
    with pytest.raises(DatabaseUnavailable):
        installation.library.refresh()
    assert installation.library.index is index


def test_threads_that_refresh_at_once_agree(installation):
    fill(installation)
    histories: list[list[int]] = [[] for _ in range(4)]
    stop = threading.Event()

    def follow(versions: list[int]) -> None:
        while not stop.is_set():
            installation.library.refresh()
            versions.append(installation.library.index.version)

    threads = [threading.Thread(target=follow, args=(versions,)) for versions in histories]
    for thread in threads:
        thread.start()
    for number in range(20):
        installation.catalogue.set_attribute("score", {1: number}, **BY)
    stop.set()
    for thread in threads:
        thread.join()
    installation.library.refresh()
    assert all(versions == sorted(versions) for versions in histories)
    assert what_it_says(installation.library.index) == what_it_says(build(installation.catalogue))


FOLLOWER = """
import sys, time
from smashpass.bootstrap.installation import Installation
from smashpass.settings import load

installation = Installation(load({"SMASHPASS_HOME": sys.argv[1]}))
library = installation.library
library.refresh()
print("ready", library.index.version, flush=True)
until = time.monotonic() + 20
while time.monotonic() < until:
    before = library.index.version
    if library.refresh() != before:
        beard = library.index.vocabulary.resolve("beard")
        print(library.index.version, library.index.count(beard), flush=True)
    time.sleep(0.1)
"""


def test_an_edit_is_seen_by_another_process_within_a_second(installation):
    fill(installation)
    beard = installation.library.index.vocabulary.resolve("beard")
    assert beard is not None
    follower = subprocess.Popen(
        [sys.executable, "-c", FOLLOWER, str(installation.home)], stdout=subprocess.PIPE, text=True
    )
    assert follower.stdout is not None
    try:
        assert follower.stdout.readline() == "ready 2\n"
        for version, images, count in ((3, [5], 3), (4, [2, 4], 5)):
            installation.catalogue.apply_tag_edit(ImageSet(images), add=[beard], **BY)
            started = time.monotonic()
            assert follower.stdout.readline() == f"{version} {count}\n"
            assert time.monotonic() - started < 1
    finally:
        follower.kill()
        follower.wait()
        follower.stdout.close()


def test_a_command_in_another_process_is_seen_by_this_one(installation):
    fill(installation)
    before = installation.library.index.version
    subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from smashpass.cli.main import run; sys.exit(run(sys.argv[1:]))",
            "tags",
            "imply",
            "beard_full",
            "beard",
        ],
        env={"SMASHPASS_HOME": str(installation.home), "PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
    )
    started = time.monotonic()
    assert installation.library.refresh() == before + 1
    assert time.monotonic() - started < 1
    beard = installation.library.index.vocabulary.resolve("beard")
    assert beard is not None
    assert set(installation.library.index.having(beard)) == {1, 3, 6}


def test_an_attribute_that_no_image_has_any_more_is_forgotten(installation):
    fill(installation)
    assert "image.heat" not in installation.library.index.columns()
    for values in ({1: 0.5}, {1: None}):
        installation.catalogue.set_attribute("heat", values, **BY)
        installation.library.refresh()
        truth = build(installation.catalogue)
        assert installation.library.index.columns() == truth.columns()


def test_ages_are_counted_from_the_day_of_the_last_change(installation) -> None:
    def age(of: Installation) -> float:
        return of.library.index.numbers(Ordinal(1))["image.age_days"]

    fill(installation)
    index = installation.library.index
    last = installation.changes.read_after(index.version - 1, 1)[0]
    assert index.day == last.at // 86_400_000_000
    before = age(installation)  # 0, or 1 if midnight came in between
    with writing(installation.engine) as connection:
        earlier = image.c.added_at - 3 * 86_400_000_000
        connection.execute(update(image).values(added_at=earlier))
    fresh = Installation(installation.settings)
    assert age(fresh) == before + 3
    fresh.build_snapshot()
    from_file = Installation(installation.settings)
    assert age(from_file) == before + 3
    for opened in (fresh, from_file):
        opened.engine.dispose()
