"""The file of embeddings: what comes back, what damages it, and which files go."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import NotPossible, SnapshotDamaged
from smashpass.core.imageset import Ordinal
from smashpass.core.library.embedding import packed_embedding
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ServingEmbeddings
from smashpass.snapshots.embeddings import EmbeddingFolder

SOURCE = ModelVersion("onnx", "täste", "1", "webp")
vectors = st.dictionaries(
    st.integers(1, 70_000).map(Ordinal),
    st.sampled_from([(3, 4, 0), (0, 1, 0), (-1, 2, 2)]),
    min_size=1,
    max_size=20,
)


def serving(numbers_by_image: dict[Ordinal, tuple[int, ...]]) -> ServingEmbeddings:
    rows = sorted(numbers_by_image.items())
    return ServingEmbeddings(
        SOURCE, iter([(ordinal, packed_embedding(numbers)) for ordinal, numbers in rows])
    )


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> EmbeddingFolder:
    return EmbeddingFolder(tmp_path_factory.mktemp("embeddings"))


@given(saved=vectors)
def test_embeddings_come_back_with_length_1(
    shared_folder: EmbeddingFolder, saved: dict[Ordinal, tuple[int, ...]]
) -> None:
    generation = (shared_folder.newest_stamp() or (0,))[0] + 1
    shared_folder.save(generation, serving(saved))
    assert (shared_folder.newest_stamp() or (0,))[0] == generation
    embeddings = shared_folder.load_newest()
    assert embeddings is not None
    assert embeddings.source == SOURCE
    assert embeddings.ordinals.tolist() == sorted(saved)
    for row, ordinal in zip(embeddings.vectors.tolist(), sorted(saved), strict=True):
        length = sum(number * number for number in saved[ordinal]) ** 0.5
        assert row == pytest.approx([n / length for n in saved[ordinal]], abs=1e-3)
        assert sum(number * number for number in row) == pytest.approx(1.0, abs=1e-6)


def test_two_files_are_kept_and_none_where_there_are_no_embeddings(tmp_path: Path) -> None:
    folder = EmbeddingFolder(tmp_path)
    assert folder.load_newest() is folder.newest_stamp() is None
    for generation in (1, 2, 3, 9):
        folder.save(generation, serving({Ordinal(1): (1, 0, 0)}))
    folder.save(4, serving({Ordinal(1): (1, 0, 0)}))  # a restored database
    assert sorted(path.name[-12:-9] for path in tmp_path.iterdir()) == ["003", "004"]
    folder.save(5, None)
    assert list(tmp_path.iterdir()) == []


def test_a_byte_that_changed_is_found(tmp_path: Path) -> None:
    folder = EmbeddingFolder(tmp_path)
    folder.save(1, serving({Ordinal(1): (1, 0, 0), Ordinal(2): (0, 1, 0)}))
    (path,) = tmp_path.iterdir()
    content = bytearray(path.read_bytes())
    content[-10] ^= 1
    path.write_bytes(content)
    with pytest.raises(SnapshotDamaged, match="scores fill"):
        folder.load_newest()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    place = tmp_path / "snapshots"
    place.write_text("not a folder")
    with pytest.raises(NotPossible):
        EmbeddingFolder(place).save(1, serving({Ordinal(1): (1, 0, 0)}))


def test_without_numpy_there_is_no_file_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = EmbeddingFolder(tmp_path)
    folder.save(1, serving({Ordinal(1): (1, 0, 0)}))
    monkeypatch.setattr("smashpass.snapshots.embeddings.find_spec", lambda _: None)
    assert folder.load_newest() is None
    folder.save(2, serving({Ordinal(1): (1, 0, 0)}))
    assert len(list(tmp_path.iterdir())) == 1
