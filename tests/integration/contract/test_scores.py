"""What every store of scores does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, insert

from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ScoreStore
from smashpass.store.engine.database import writing
from smashpass.store.engine.tables import credit, image, source
from smashpass.store.library.catalogue import Catalogue
from smashpass.store.library.scores import KeptScores
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.scoring import PicturesInMemory, ScoresInMemory

OLD = ModelVersion("oip", "beauty", "1", "webp")
NEW = ModelVersion("oip", "beauty", "2", "webp")
OTHER = ModelVersion("other", "", "", "webp")
A, B, C, D = ("ab" * 32, "00" * 32, "ff" * 32, "cd" * 32)
START = Ordinal(0)

TakeDown = Callable[[str], None]


@pytest.fixture
def pictures() -> PicturesInMemory:
    """Images 1 to 4 are live, 3 has no picture, 4 has that of 1; 5 is hidden, 6 in quarantine."""
    return PicturesInMemory({1: A, 2: B, 3: "", 4: A, 5: C, 6: D}, live={1, 2, 3, 4})


@pytest.fixture
def scores(engine: Engine | None, clock: StoppedClock, pictures: PicturesInMemory) -> ScoreStore:
    if engine is None:
        return ScoresInMemory(pictures, clock)
    texts = ("licence", "digital_source_type", "depicts", "author", "generator", "consent")
    credit_row = dict.fromkeys(texts, "")
    credit_row |= {"id": 1, "digest": b"", "source_id": 1, "real_person": False}
    image_row = {"source_id": 1, "credit_id": 1, "added_at": 0, "label": "", "reason": ""}
    image_row |= {"tags": b"", "attributes": b""}
    states = {5: 2, 6: 1}
    rows = [
        image_row
        | {"ordinal": number, "key": str(number), "state": states.get(number, 0)}
        | {"sha256": bytes.fromhex(sha256) or None}
        for number, sha256 in pictures.pictures.items()
    ]
    with writing(engine) as connection:
        connection.execute(insert(source), {"id": 1, "name": "set"})
        connection.execute(insert(credit), credit_row)
        connection.execute(insert(image), rows)
    return KeptScores(engine)


@pytest.fixture
def take_down(engine: Engine | None, pictures: PicturesInMemory) -> TakeDown:
    """Notes that a picture is taken down, before anybody scores it."""
    if engine is None:
        return pictures.taken_down.add
    return lambda sha256: Catalogue(engine).forbid_pictures([sha256], "wrong")


def serving(scores: ScoreStore) -> dict[ModelVersion, dict[int, dict[str, object]]]:
    return {
        version.source: {ordinal: dict(values) for ordinal, values in version.scores}
        for version in scores.serving()
    }


def test_nothing_is_known_at_first(scores: ScoreStore) -> None:
    assert scores.generation() == 0
    assert list(scores.versions()) == list(scores.serving()) == []
    assert scores.get("oip", [A]) == {}
    assert scores.count_unscored(OLD) == scores.count_pictured() == 3
    with pytest.raises(NotFound):
        scores.serve(OLD)
    scores.put(OLD, {})
    assert scores.generation() == 0
    assert list(scores.versions()) == []


def test_every_kind_of_value_comes_back_as_it_was(scores: ScoreStore) -> None:
    values = {
        "plugin.fraction": 0.1 + 0.2,
        "plugin.tiny": 5e-324,
        "plugin.whole": 3,
        "plugin.long": 2**80,
        "plugin.float": 2.0,
        "plugin.truth": True,
        "plugin.text": "schön",
        "plugin.nothing": None,
    }
    scores.put(OLD, {A: values, B: {}})
    kept = scores.get("oip", [A, B, C])
    assert kept == {A: (OLD, values), B: (OLD, {})}
    assert kept[A][1]["plugin.truth"] is True


def test_a_second_put_replaces_and_counts_once(scores: ScoreStore, clock: StoppedClock) -> None:
    scores.put(OLD, {A: {"plugin.x": 1.0}, B: {"plugin.x": 2.0}})
    first_at = clock()
    clock.move(5)
    scores.put(OLD, {A: {"plugin.y": 3.0}})
    assert scores.get("oip", [A, B]) == {A: (OLD, {"plugin.y": 3.0}), B: (OLD, {"plugin.x": 2.0})}
    (version,) = scores.versions()
    assert (version.source, version.pictures) == (OLD, 2)
    assert (version.serving, version.first_at) == (True, first_at)


def vectors(scores: ScoreStore) -> dict[ModelVersion, dict[int, bytes]]:
    return {version.source: dict(version.vectors) for version in scores.embeddings()}


def test_embeddings_are_kept_with_the_scores_and_replaced_with_them(scores: ScoreStore) -> None:
    assert vectors(scores) == {}
    scores.put(OLD, {A: {}, B: {}}, {A: b"aabb", B: b"bbcc"})
    assert vectors(scores) == {OLD: {1: b"aabb", 2: b"bbcc", 4: b"aabb"}}
    assert [version.embeddings for version in scores.versions()] == [2]
    scores.put(OLD, {A: {"plugin.x": 1.0}}, {A: b"ccdd"})
    assert vectors(scores) == {OLD: {1: b"ccdd", 2: b"bbcc", 4: b"ccdd"}}
    scores.put(OLD, {A: {}})
    assert vectors(scores) == {OLD: {2: b"bbcc"}}
    scores.put(OTHER, {A: {}}, {A: b"zz", D: b"zz"})  # nothing was said of D
    scores.put(NEW, {A: {}}, {A: b"nn"})
    assert list(vectors(scores)) == [OTHER, OLD]
    scores.serve(NEW)
    assert list(vectors(scores).items()) == [
        (NEW, {1: b"nn", 4: b"nn"}),
        (OTHER, {1: b"zz", 4: b"zz"}),
    ]


def test_an_embedding_of_another_length_costs_itself_alone(scores: ScoreStore) -> None:
    scores.put(OLD, {A: {}, B: {}, C: {}}, {A: b"aabb", B: b"bb", C: b"ccdd"})
    assert vectors(scores) == {OLD: {1: b"aabb", 4: b"aabb", 5: b"ccdd"}}
    scores.put(OLD, {A: {"plugin.x": 1.0}, B: {}}, {A: b"long as never", B: b"eeff"})
    assert vectors(scores) == {OLD: {2: b"eeff", 5: b"ccdd"}}
    assert scores.get("oip", [A]) == {A: (OLD, {"plugin.x": 1.0})}
    scores.put(OLD, {A: {}, B: {}, C: {}}, {A: b"ab", B: b"ab", C: b"abcd"})
    assert vectors(scores) == {OLD: {5: b"abcd"}}  # all were replaced at once: as long as before


def test_no_embedding_is_kept_of_what_was_taken_down(
    scores: ScoreStore, take_down: TakeDown
) -> None:
    take_down(D)
    scores.put(OLD, {A: {}, D: {}}, {A: b"aabb", D: b"ddee"})
    assert vectors(scores) == {OLD: {1: b"aabb", 4: b"aabb"}}
    assert [version.embeddings for version in scores.versions()] == [1]


def test_more_pictures_than_one_statement_takes(scores: ScoreStore) -> None:
    many = {f"{number:064x}": {"plugin.x": number / 7} for number in range(1, 2_001)}
    scores.put(OLD, many)
    assert {sha256: values for sha256, (_, values) in scores.get("oip", many).items()} == many


def test_the_first_version_serves_and_a_later_one_only_when_it_is_told_to(
    scores: ScoreStore,
) -> None:
    scores.put(OLD, {A: {"plugin.x": 1.0}})
    scores.put(NEW, {A: {"plugin.x": 2.0}, B: {"plugin.x": 3.0}})
    assert [(v.source, v.serving) for v in scores.versions()] == [(OLD, True), (NEW, False)]
    assert scores.get("oip", [A, B])[A] == (OLD, {"plugin.x": 1.0})
    assert scores.get("oip", [A, B])[B] == (NEW, {"plugin.x": 3.0})  # better than nothing
    scores.serve(NEW)
    scores.serve(NEW)
    assert [(v.source, v.serving) for v in scores.versions()] == [(OLD, False), (NEW, True)]
    assert scores.get("oip", [A])[A] == (NEW, {"plugin.x": 2.0})
    scores.serve(OLD)
    assert scores.get("oip", [A])[A] == (OLD, {"plugin.x": 1.0})


def test_scorers_serve_beside_each_other_and_the_last_to_begin_comes_last(
    scores: ScoreStore,
) -> None:
    scores.put(OLD, {A: {"plugin.x": 1.0}})
    scores.put(OTHER, {B: {"plugin.z": 1.0}})
    assert list(serving(scores)) == [OLD, OTHER]
    scores.put(NEW, {B: {"plugin.x": 2.0}})
    scores.serve(NEW)
    assert list(serving(scores)) == [OTHER, NEW]
    assert scores.get("other", [A, B]) == {B: (OTHER, {"plugin.z": 1.0})}


@pytest.mark.parametrize("part", ["model", "version", "preprocessing"])
def test_versions_that_differ_in_one_part_are_not_mixed_up(scores: ScoreStore, part: str) -> None:
    parts = {"scorer": "oip", "model": "beauty", "version": "1", "preprocessing": "webp"}
    other = ModelVersion(**parts | {part: "another"})
    scores.put(OLD, {A: {"plugin.x": 1.0}})
    assert scores.unscored(other, START, 9) == [(1, A), (2, B)]
    scores.put(other, {B: {"plugin.x": 1.0}})
    assert scores.unscored(OLD, START, 9) == [(2, B)]
    assert scores.unscored(other, START, 9) == [(1, A)]


def test_scores_in_use_are_of_all_images_in_whatever_state(scores: ScoreStore) -> None:
    scores.put(OLD, {A: {"plugin.x": 1.0}, D: {}, C: {"plugin.x": None}})
    assert serving(scores) == {
        OLD: {
            1: {"plugin.x": 1.0},
            3: {},  # it has no picture
            4: {"plugin.x": 1.0},
            5: {"plugin.x": None},
            6: {},
        }
    }
    (version,) = scores.serving()
    assert version.source == OLD


def test_scores_in_use_may_be_left_early(scores: ScoreStore) -> None:
    scores.put(OLD, {A: {"plugin.x": 1.0}})
    scores.put(OTHER, {A: {"plugin.z": 1.0}})
    versions = scores.serving()
    assert next(next(versions).scores)[0] == 1
    assert dict(next(versions).scores)[Ordinal(1)] == {"plugin.z": 1.0}
    scores.put(OLD, {B: {"plugin.x": 1.0}})


def test_unscored_images_come_page_by_page_and_a_picture_once(scores: ScoreStore) -> None:
    assert scores.unscored(OLD, START, 9) == [(1, A), (2, B)]
    assert scores.unscored(OLD, START, 1) == [(1, A)]
    assert scores.unscored(OLD, Ordinal(1), 9) == [(2, B), (4, A)]
    assert scores.unscored(OLD, Ordinal(4), 9) == []
    scores.put(OLD, {A: {}})
    assert scores.unscored(OLD, START, 9) == [(2, B)]
    assert (scores.count_unscored(OLD), scores.count_unscored(NEW)) == (1, 3)
    scores.put(OLD, {B: {"plugin.x": None}})
    assert scores.unscored(OLD, START, 9) == []
    assert (scores.count_unscored(OLD), scores.count_pictured()) == (0, 3)


def test_the_generation_grows_with_every_change(scores: ScoreStore) -> None:
    generations = [scores.generation()]
    for change in (
        lambda: scores.put(OLD, {A: {"plugin.x": 1.0}}),
        lambda: scores.put(OLD, {A: {"plugin.x": 1.0}}),
        lambda: scores.put(NEW, {A: {"plugin.x": 2.0}}),
        lambda: scores.serve(NEW),
    ):
        change()
        generations.append(scores.generation())
    assert generations == sorted(set(generations))


def test_nothing_is_kept_of_what_was_taken_down(scores: ScoreStore, take_down: TakeDown) -> None:
    take_down(A)
    scores.put(OLD, {A: {"plugin.x": 1.0}})
    assert list(scores.versions()) == []
    scores.put(OLD, {A: {"plugin.x": 1.0}, B: {"plugin.x": 2.0}})
    assert scores.get("oip", [A, B]) == {B: (OLD, {"plugin.x": 2.0})}
