"""Columns of scores: built from the store, followed by every process, chosen by scorer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.library.score_column import ScoreColumn
from smashpass.services.ports.scoring import ServingScores
from smashpass.services.scoring.columns import (
    ColumnFile,
    EmbeddingFiles,
    ScoreColumns,
    ScoreFiles,
    columns_of,
)
from smashpass.settings import load
from smashpass.snapshots.embeddings import EmbeddingFolder
from smashpass.snapshots.scores import ScoreFolder
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.scoring import PicturesInMemory, ScoresInMemory
from tests.support.libraries import fill

OIP = ModelVersion("oip", "beauty", "1", "webp")
NEWER = ModelVersion("oip", "beauty", "2", "webp")
OWN = ModelVersion("own", "", "1", "webp")
PICTURES = {number: f"{number:064x}" for number in range(1, 7)}

values = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=3),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-2, 2, width=32),
)
answers = st.dictionaries(
    st.integers(1, 70_000),
    st.dictionaries(st.sampled_from(["plugin.a", "plugin.b", "plugin.c"]), values),
)


@given(answers)
def test_a_column_holds_what_was_said_and_nothing_else(said: Mapping[int, Mapping]) -> None:
    ascending = ((Ordinal(number), said[number]) for number in sorted(said))
    columns = {column.name: column for column in columns_of(ServingScores(OIP, ascending))}
    for name in ("plugin.a", "plugin.b", "plugin.c"):
        given_values = {n: v[name] for n, v in said.items() if v.get(name) is not None}
        only_numbers = all(not isinstance(value, bool | str) for value in given_values.values())
        assert (name in columns) == bool(given_values and only_numbers)
        if name in columns:
            column = columns[name]
            assert column.source == OIP
            assert set(column.known) == set(said)
            assert {n: column.value(Ordinal(n)) for n in column.present} == given_values


def folder_files(folder: Path) -> ScoreFiles:
    scores = ScoreFolder(folder)
    return ScoreFiles(
        scores.newest_generation, scores.newest_stamp, scores.load_newest, scores.save
    )


def embedding_files(folder: Path) -> EmbeddingFiles:
    embeddings = EmbeddingFolder(folder)
    return EmbeddingFiles(embeddings.load_newest, embeddings.save)


def a_column(name: str, source: ModelVersion, value: float) -> ScoreColumn:
    (column,) = columns_of(ServingScores(source, iter([(Ordinal(1), {name: value})])))
    return column


@pytest.mark.parametrize(
    ("configured", "chosen"),
    [
        ({}, {}),
        ({"other": None}, {}),
        ({"oip": None}, {"plugin.x": OIP, "plugin.y": OIP}),
        ({"own": None}, {"plugin.x": OWN, "plugin.z": OWN}),
        # the one that began to serve last
        ({"oip": None, "own": None}, {"plugin.x": OWN, "plugin.y": OIP, "plugin.z": OWN}),
        # the one that names it
        ({"oip": ["plugin.x"], "own": None}, {"plugin.x": OIP, "plugin.z": OWN}),
        ({"oip": None, "own": ["plugin.x"]}, {"plugin.x": OWN, "plugin.y": OIP}),
    ],
)
def test_each_attribute_has_the_column_of_one_scorer(tmp_path, configured, chosen) -> None:
    files = folder_files(tmp_path)
    files.save(
        1,
        [
            a_column("plugin.x", OIP, 1.0),
            a_column("plugin.y", OIP, 2.0),
            a_column("plugin.x", OWN, 3.0),
            a_column("plugin.z", OWN, 4.0),
        ],
    )
    columns = ScoreColumns(files, lambda: configured).refresh()
    assert {name: column.source for name, column in columns.items()} == chosen


def test_a_new_file_is_followed_and_an_old_one_is_not_read_again(tmp_path: Path) -> None:
    files, asked = folder_files(tmp_path), []
    followed = ScoreColumns(files, lambda: asked.append(1) or {"oip": None})
    assert followed.refresh() == {}
    assert asked == []  # no plugin is loaded where there is no file
    files.save(1, [a_column("plugin.x", OIP, 1.0)])
    first = followed.refresh()
    assert first["plugin.x"].value(Ordinal(1)) == 1.0
    assert followed.refresh() is first
    assert asked == [1]
    files.save(2, [a_column("plugin.x", OIP, 2.0)])
    assert followed.refresh()["plugin.x"].value(Ordinal(1)) == 2.0
    files.save(1, [a_column("plugin.x", OIP, 3.0)])  # a database restored from a backup
    assert followed.refresh()["plugin.x"].value(Ordinal(1)) == 3.0


def test_a_damaged_file_is_named_once_and_costs_the_columns_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = folder_files(tmp_path)
    files.save(1, [a_column("plugin.x", OIP, 1.0)])
    followed = ScoreColumns(files, lambda: {"oip": None})
    assert list(followed.refresh()) == ["plugin.x"]
    files.save(2, [])
    (tmp_path / "scores-000000000002.snapshot").write_bytes(b"nothing")
    with caplog.at_level(logging.WARNING):
        assert [followed.refresh() for _ in range(3)] == [{}, {}, {}]
    assert [record.code for record in caplog.records] == ["snapshot_damaged"]
    files.save(3, [a_column("plugin.x", OIP, 1.0)])
    assert list(followed.refresh()) == ["plugin.x"]


def test_a_file_is_made_only_where_scores_changed(tmp_path: Path) -> None:
    store = ScoresInMemory(PicturesInMemory(dict(PICTURES), set(PICTURES)), StoppedClock())
    files = folder_files(tmp_path)
    column_file = ColumnFile(store, files, embedding_files(tmp_path))
    assert not column_file.save_if_due(busy=False)
    store.put(OIP, {PICTURES[1]: {"plugin.x": 0.5}})
    assert column_file.save_if_due(busy=True)
    assert files.newest_generation() == store.generation()
    store.put(OIP, {PICTURES[2]: {"plugin.x": 0.5}})
    assert column_file.is_behind()
    assert not column_file.save_if_due(busy=False)  # not so soon
    assert ColumnFile(store, files, embedding_files(tmp_path)).save_if_due(busy=False)
    assert not column_file.is_behind()
    assert column_file.is_sound()
    (tmp_path / f"scores-{store.generation():012d}.snapshot").write_bytes(b"nothing")
    assert not column_file.is_sound()


def unreadable(path: Path) -> None:
    """A file that the file system does not let anybody read, root included."""
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b"nothing"),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"plugin.x", b"plugin.y")),
        lambda path: path.unlink(),
        unreadable,
    ],
    ids=["other", "empty", "cut", "altered", "removed", "unreadable"],
)
def test_a_file_that_cannot_be_read_is_replaced_and_followed(tmp_path: Path, spoil) -> None:
    store = ScoresInMemory(PicturesInMemory(dict(PICTURES), set(PICTURES)), StoppedClock())
    files = folder_files(tmp_path)
    store.put(OIP, {PICTURES[1]: {"plugin.x": 0.5}})
    ColumnFile(store, files, embedding_files(tmp_path)).save()
    followed = ScoreColumns(files, lambda: {"oip": None})
    (path,) = tmp_path.glob("scores-*")
    content = path.read_bytes()
    spoil(path)
    assert followed.refresh() == {}
    repairing = ColumnFile(store, files, embedding_files(tmp_path))
    assert repairing.save_if_due(busy=False)
    assert path.read_bytes() == content  # under the same name
    assert followed.refresh()["plugin.x"].value(Ordinal(1)) == 0.5
    assert not repairing.save_if_due(busy=False)


def test_another_file_of_the_same_generation_is_followed(tmp_path: Path) -> None:
    files = folder_files(tmp_path)
    followed = ScoreColumns(files, lambda: {"oip": None})
    for value in (1.0, 2.0, 3.0):
        files.save(7, [a_column("plugin.x", OIP, value)])
        assert followed.refresh()["plugin.x"].value(Ordinal(1)) == value


def test_where_no_file_can_be_written_the_log_says_so_and_work_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = ScoresInMemory(PicturesInMemory(dict(PICTURES), set(PICTURES)), StoppedClock())
    store.put(OIP, {PICTURES[1]: {"plugin.x": 0.5}})
    folder = tmp_path / "snapshots"
    folder.write_text("not a folder")
    column_file = ColumnFile(store, folder_files(folder), embedding_files(folder))
    with caplog.at_level(logging.WARNING):
        assert [column_file.save_if_due(busy=False) for _ in range(3)] == [False] * 3
    assert [record.code for record in caplog.records] == ["not_possible"]


def test_a_slower_process_does_not_replace_a_newer_file(tmp_path: Path) -> None:
    store = ScoresInMemory(PicturesInMemory(dict(PICTURES), set(PICTURES)), StoppedClock())
    files = folder_files(tmp_path)
    store.put(OIP, {PICTURES[1]: {"plugin.x": 0.5}})

    class Slow(ScoresInMemory):
        """Another process scores and saves while the columns are read."""

        def serving(self) -> Iterator[ServingScores]:
            read = list(store.serving())
            store.put(OIP, {PICTURES[2]: {"plugin.x": 0.5}})
            ColumnFile(store, files, embedding_files(tmp_path)).save()
            return iter(read)

        def generation(self) -> int:
            return store.generation()

    slow = Slow(PicturesInMemory(), StoppedClock())
    assert (
        ColumnFile(slow, files, embedding_files(tmp_path)).save()
        == store.generation()
        == files.newest_generation()
    )
    (column,) = files.load_newest() or ()
    assert set(column.present) == {1, 2}


@pytest.fixture
def scored(installation: Installation, tmp_path: Path) -> Iterator[Installation]:
    """An installation with a scorer, whose images 1 to 4 and 7 were scored."""
    fill(installation)
    with installation.engine.begin() as connection:
        for ordinal in (1, 2, 3, 4, 5, 7):
            connection.exec_driver_sql(
                "UPDATE image SET sha256 = ? WHERE ordinal = ?",
                (bytes.fromhex(f"{ordinal:064x}"), ordinal),
            )
    home = str(installation.home)
    opened = Installation(
        load({"SMASHPASS_HOME": home, "SMASHPASS_SCORER_URL": "http://127.0.0.1:9"})
    )
    opened.scores.put(
        OIP, {f"{ordinal:064x}": {"plugin.x": ordinal / 8} for ordinal in (1, 2, 3, 4, 7)}
    )
    yield opened
    opened.engine.dispose()


def test_the_index_gets_the_columns_and_keeps_them_through_edits(scored: Installation) -> None:
    library = scored.library
    before = library.index
    assert before.scores == {}
    scored.column_file.save()
    assert library.index is before  # until the next refresh
    index = library.latest()
    column = index.scores["plugin.x"]
    assert column.source == OIP
    assert set(column.known) == {1, 2, 3, 4, 6, 7}  # 6 has no picture
    assert set(index.column("plugin.x").between(0.25, None) & index.live) == {2, 3, 4}
    assert library.latest() is index
    scored.catalogue.set_state(ImageSet([7]), "live", by="t", origin="t", reason="t")
    shown = library.latest()
    assert shown.version > index.version
    assert shown.scores is index.scores
    assert shown.facts(Ordinal(7)).value("plugin.x") == 7 / 8
    scored.scores.put(NEWER, {f"{5:064x}": {"plugin.x": 9.0}})
    scored.scores.serve(NEWER)
    scored.column_file.save()
    assert library.latest().facts(Ordinal(5)).value("plugin.x") == 9.0
    assert library.index.version == shown.version


def test_without_a_scorer_there_are_no_columns(scored: Installation) -> None:
    scored.column_file.save()
    without_scorer = Installation(load({"SMASHPASS_HOME": str(scored.home)}))
    assert without_scorer.library.index.scores == {}
    without_scorer.engine.dispose()


def test_a_damaged_file_does_not_stop_the_library(scored: Installation) -> None:
    scored.column_file.save()
    (path,) = (scored.home / "snapshots").glob("scores-*")
    path.write_bytes(path.read_bytes()[:-1])
    assert scored.library.index.scores == {}
    assert len(scored.library.index.live) == 6


def test_a_plugin_that_cannot_be_loaded_does_not_stop_the_library(scored: Installation) -> None:
    scored.column_file.save()
    broken = Installation(
        load({"SMASHPASS_HOME": str(scored.home), "SMASHPASS_PLUGINS": "missing"})
    )
    assert broken.library.index.scores == {}
    broken.engine.dispose()
