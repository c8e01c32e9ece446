"""The file of score columns: what comes back, how large it is, and which files go."""

from __future__ import annotations

import random
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import NotPossible, SnapshotDamaged
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.library.score_column import ScoreColumn
from smashpass.snapshots.scores import ScoreFolder

SOURCE = ModelVersion("oip", "beauty", "1", "webp")
OTHER = ModelVersion("other", "", "ä", "webp")
TENTH = 200_000
"""Images: a tenth of the largest library."""


def a_column(
    values: dict[int, float], name: str = "plugin.x", source: ModelVersion = SOURCE
) -> ScoreColumn:
    ordinals = sorted(values)
    numbers = array("d", [values[ordinal] for ordinal in ordinals])
    known = ImageSet([*ordinals, 7_000])
    return ScoreColumn.build(name, source, array("I", ordinals), numbers, known)


def contents(column: ScoreColumn) -> tuple[object, ...]:
    values = {number: column.value(Ordinal(number)) for number in column.present}
    return column.name, column.source, column.bits, set(column.known), values


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> ScoreFolder:
    return ScoreFolder(tmp_path_factory.mktemp("scores"))


columns = st.builds(
    a_column,
    st.dictionaries(
        st.integers(1, 200_000), st.floats(allow_nan=False, allow_infinity=False), max_size=30
    ),
    st.sampled_from(["plugin.x", "plugin.ÿ"]),
    st.sampled_from([SOURCE, OTHER]),
)


@given(saved=st.lists(columns, max_size=4))
def test_columns_come_back_as_they_were(shared_folder: ScoreFolder, saved) -> None:
    generation = (shared_folder.newest_generation() or 0) + 1
    shared_folder.save(generation, saved)
    assert shared_folder.newest_generation() == generation
    loaded = shared_folder.load_newest()
    assert [*map(contents, loaded or ())] == [*map(contents, saved)]


def test_there_may_be_no_file(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        assert ScoreFolder(folder).newest_generation() is None
        assert ScoreFolder(folder).load_newest() is None


def test_two_files_are_kept_and_other_kinds_are_left_alone(tmp_path: Path) -> None:
    library = tmp_path / "library-000000000001.snapshot"
    library.touch()
    folder = ScoreFolder(tmp_path)
    for generation in range(1, 5):
        folder.save(generation, [])
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == [library.name, "scores-000000000003.snapshot", "scores-000000000004.snapshot"]


def test_an_earlier_generation_replaces_the_files_of_later_ones(tmp_path: Path) -> None:
    folder = ScoreFolder(tmp_path)
    for generation in (8, 9, 3):
        folder.save(generation, [a_column({generation: 1.0})])
    assert folder.newest_generation() == 3
    (loaded,) = folder.load_newest() or ()
    assert set(loaded.present) == {3}


def test_an_altered_file_is_refused_wherever_it_was_altered(tmp_path: Path) -> None:
    folder = ScoreFolder(tmp_path)
    folder.save(1, [a_column({number: number / 3 for number in range(1, 50)})])
    (path,) = tmp_path.iterdir()
    content = path.read_bytes()
    for place in [*range(0, len(content), 41), len(content) - 1]:
        altered = bytearray(content)
        altered[place] ^= 1
        path.write_bytes(altered)
        with pytest.raises(Exception, match="scores fill") as refusal:
            folder.load_newest()
        assert refusal.value.code in ("snapshot_damaged", "snapshot_incompatible")
    path.write_bytes(content[:-32])
    with pytest.raises(SnapshotDamaged):
        folder.load_newest()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotPossible, match="folder of snapshots"):
        ScoreFolder(tmp_path / "file" / "folder").save(1, [])


def test_a_tenth_of_the_largest_library_takes_a_megabyte(tmp_path: Path) -> None:
    chance = random.Random(1)
    values = array("f", [chance.random() for _ in range(TENTH)])
    ordinals = array("I", range(1, TENTH + 1))
    column = ScoreColumn.build(
        "plugin.x", SOURCE, ordinals, array("d", values), ImageSet(range(1, TENTH + 1))
    )
    folder = ScoreFolder(tmp_path)
    folder.save(1, [column])
    (path,) = tmp_path.iterdir()
    assert path.stat().st_size <= 1_000_000
    (loaded,) = folder.load_newest() or ()
    assert all(loaded.value(Ordinal(n)) == values[n - 1] for n in range(1, TENTH, 997))
