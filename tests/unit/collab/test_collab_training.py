"""Training on simulated crowds: what there is to learn is learnt, and nothing else is believed."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from bench.collab import crowd
from smashpass.core.errors import NotPossible
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.scoring.collab.folder import CollabFolder, train_model
from smashpass.services.training.collab.report import CollabReport
from smashpass.services.training.collab.service import SwipeTable, Trained


def report_of(trained: Trained, version: str = "") -> CollabReport:
    return CollabReport(1, 1, 1, 1, evaluation=trained.evaluation, version=version)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train_model(*crowd(300, 80, 50))


def test_a_taste_that_no_tag_says_is_learnt(trained: Trained) -> None:
    test = trained.evaluation
    assert test is not None
    assert report_of(trained).is_good_enough
    assert test.auc["collab"] > test.auc["popularity"] + 0.05
    assert test.auc["collab"] > test.auc["tags"] + 0.05


def test_shuffled_verdicts_are_refused() -> None:
    trained = train_model(*crowd(300, 80, 50, shuffled=True))
    assert trained.evaluation is not None
    assert not report_of(trained).is_good_enough


def test_taste_for_tags_is_left_to_tags() -> None:
    table, tags_of = crowd(300, 80, 50)
    draw = np.random.default_rng(3)
    likes = draw.normal(size=(301, 12)) * 3
    for place, (viewer, image) in enumerate(zip(table.viewers, table.images, strict=True)):
        liking = sum(likes[viewer, tag] for tag in tags_of(Ordinal(image)))
        table.smashes[place] = int(draw.random() < 1 / (1 + np.exp(-liking)))
    test = train_model(table, tags_of).evaluation
    assert test is not None
    assert test.auc["tags"] > test.auc["popularity"] + 0.1


def test_the_same_swipes_give_the_same_model_and_no_warning(trained: Trained) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = train_model(*crowd(300, 80, 50))
    assert trained.factors is not None
    assert again.factors is not None
    assert again.factors.version == trained.factors.version
    assert again.evaluation == trained.evaluation


@pytest.mark.parametrize("swipes", [(0, 0, 0), (5, 40, 20), (40, 40, 3)])
def test_too_few_swipes_give_no_model(swipes: tuple[int, int, int]) -> None:
    table = crowd(*swipes)[0] if swipes[0] else SwipeTable()
    assert train_model(table, lambda _: ()) == Trained(None, None)


def test_a_model_is_read_as_it_was_written_and_the_next_one_replaces_it(
    trained: Trained, tmp_path: Path
) -> None:
    folder = CollabFolder(tmp_path / "collab")
    assert folder.report() is None
    assert folder.load() is None
    assert folder.stamp() is None
    factors = trained.factors
    assert factors is not None
    folder.save(report_of(trained, factors.version), factors)
    before = folder.stamp()

    loaded = folder.load()
    assert loaded is not None
    assert loaded.version == factors.version
    assert loaded.calibration == factors.calibration
    cards = [Ordinal(number) for number in range(1, 100)]
    mine = (ImageSet([1, 2, 3]), ImageSet([4, 5, 6]))
    assert loaded.scores(loaded.viewer(*mine), cards) == factors.scores(
        factors.viewer(*mine), cards
    )
    folder.save(report_of(trained), None)
    assert folder.load() is None
    assert folder.stamp() != before
    assert [path.name for path in folder.folder.iterdir()] == ["collab.json"]


def test_a_damaged_model_is_not_used(trained: Trained, tmp_path: Path) -> None:
    folder = CollabFolder(tmp_path)
    assert trained.factors is not None
    folder.save(report_of(trained, trained.factors.version), trained.factors)
    (path,) = tmp_path.glob("*.factors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(NotPossible, match=r"damaged: its checksum is wrong.*collab train"):
        folder.load()
    path.write_bytes(bytes(content[:-4]))
    with pytest.raises(NotPossible, match="damaged"):
        folder.load()
    (tmp_path / "collab.json").write_text("{}")
    with pytest.raises(NotPossible, match="not the report of a training"):
        folder.report()
