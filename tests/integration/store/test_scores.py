"""Scores in the database, beyond what every store of scores does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.exc import IntegrityError

from smashpass.core.library.model_version import ModelVersion
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import counter, model_version
from smashpass.store.library.catalogue import Catalogue
from smashpass.store.library.scores import KeptScores

OLD = ModelVersion("oip", "beauty", "1", "webp")
NEW = ModelVersion("oip", "beauty", "2", "webp")
OTHER = ModelVersion("other", "", "", "webp")
A, B, C = ("ab" * 32, "00" * 32, "ff" * 32)


@pytest.fixture
def scores(engine: Engine) -> KeptScores:
    return KeptScores(engine)


def test_a_takedown_removes_what_every_version_said(engine: Engine, scores: KeptScores) -> None:
    for version in (OLD, NEW):
        scores.put(version, {A: {"plugin.x": 1.0}, B: {"plugin.x": 2.0}})
    generation = scores.generation()
    Catalogue(engine).forbid_pictures([A], "wrong")
    assert scores.get("oip", [A, B]) == {B: (OLD, {"plugin.x": 2.0})}
    assert [version.pictures for version in scores.versions()] == [1, 1]
    assert scores.generation() == generation + 1
    Catalogue(engine).forbid_pictures([C], "of which nothing was known")
    assert scores.generation() == generation + 1


def test_a_takedown_removes_embeddings_too(engine: Engine, scores: KeptScores) -> None:
    scores.put(OLD, {A: {}, B: {}}, {A: b"aabb", B: b"bbcc"})
    Catalogue(engine).forbid_pictures([A], "wrong")
    assert [version.embeddings for version in scores.versions()] == [1]


def test_the_database_itself_lets_one_version_of_a_scorer_serve(
    engine: Engine, scores: KeptScores
) -> None:
    for version in (OLD, NEW, OTHER):
        scores.put(version, {A: {"plugin.x": 1.0}})
    with pytest.raises(IntegrityError), writing(engine) as connection:
        connection.execute(text("UPDATE model_version SET serving = 9"))
    with reading(engine) as connection:
        counted = select(func.count()).select_from(model_version)
        assert connection.scalar(counted.where(model_version.c.serving > 0)) == 2


def test_a_text_that_cannot_be_encoded_is_no_value(scores: KeptScores) -> None:
    scores.put(OLD, {A: {"plugin.half": "\ud800", "plugin.\udfff": 2.0, "plugin.x": 1.0}})
    assert scores.get("oip", [A]) == {A: (OLD, {"plugin.half": None, "plugin.x": 1.0})}


def test_a_takedown_while_the_picture_is_being_scored_leaves_no_score(
    engine: Engine, scores: KeptScores
) -> None:
    with ThreadPoolExecutor() as pool:
        with writing(engine) as connection:  # nobody gets to write scores yet
            connection.execute(update(counter).values(value=counter.c.value))
            put = pool.submit(scores.put, OLD, {A: {"plugin.x": 1.0}, B: {"plugin.x": 2.0}})
            time.sleep(0.2)
            takedown = pool.submit(Catalogue(engine).forbid_pictures, [A], "wrong")
            time.sleep(0.2)
        put.result()
        takedown.result()
    assert scores.get("oip", [A, B]) == {B: (OLD, {"plugin.x": 2.0})}


def test_takedowns_and_scoring_never_wait_for_each_other(
    engine: Engine, scores: KeptScores
) -> None:
    pictures = [f"{number:064x}" for number in range(1, 301)]
    several = {sha256: {"plugin.x": 1.0} for sha256 in pictures}
    scores.put(OLD, several)
    with ThreadPoolExecutor() as pool:
        puts = [pool.submit(scores.put, OLD, several) for _ in range(15)]
        # In the opposite order to that in which they are scored.
        for sha256 in reversed(pictures[-30:]):
            Catalogue(engine).forbid_pictures([sha256], "wrong")
        for put in puts:
            put.result()
    assert scores.get("oip", pictures).keys() == set(pictures[:-30])
