"""``smashpass collab``: from the swipes in the database to a model that is used, or not."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.collab import crowd
from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.imageset import Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.people.swipe import Swipe
from smashpass.importing.runs.lock import collab_lock
from smashpass.settings import load
from tests.support.command_line import Answer

VIEWERS, IMAGES, SWIPES = 220, 50, 45
CREDIT = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")


def add_crowd(parts: Installation, *, shuffled: bool = False) -> None:
    """Import the images, and have a crowd swipe them."""
    parts.prepare()
    table, tags_of = crowd(VIEWERS, IMAGES, SWIPES, shuffled=shuffled)
    rows = [
        ImageRow(f"p{n}", tuple(f"t{tag}" for tag in sorted(tags_of(Ordinal(n)))), CREDIT, n, 9, 9)
        for n in range(1, IMAGES + 1)
    ]
    number = parts.runs.start("demo", {})
    parts.catalogue.write_rows(number, rows, on_existing="skip", position=len(rows))
    parts.runs.finish(number)
    swipes = defaultdict(list)
    columns = zip(table.viewers, table.images, table.smashes, table.times, strict=True)
    for viewer, image, smashed, at in columns:
        verdict = "smash" if smashed else "pass"
        swipes[viewer].append(Swipe(f"s{image}", Ordinal(image), verdict, at))
    for of_viewer in swipes.values():
        parts.swipes.record(parts.viewers.create("18+").id, of_viewer)


@pytest.fixture(scope="module")
def swiped_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("collab") / "home"
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    add_crowd(parts)
    parts.engine.dispose()
    return home


@pytest.fixture
def parts(swiped_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    monkeypatch.setenv("SMASHPASS_HOME", str(swiped_home))
    parts = Installation(load({"SMASHPASS_HOME": str(swiped_home)}))
    yield parts
    parts.engine.dispose()


@pytest.fixture
def smashpass(capsys: pytest.CaptureFixture[str]):
    def typed(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return typed


def test_a_taste_is_learnt_and_the_model_put_to_use(parts: Installation, smashpass) -> None:
    assert smashpass("collab", "status").out == "never trained; run: smashpass collab train\n"

    answer = smashpass("collab", "train", "--json")
    assert (answer.code, answer.err) == (0, "")
    document = json.loads(answer.out)
    assert document["in_use"]
    assert document["is_good_enough"]
    assert (document["viewers"], document["images"]) == (VIEWERS, IMAGES)
    assert document["evaluation"]["over_tags"]["low"] > 0

    factors = parts.collab_folder.load()
    assert factors is not None
    assert factors.version == document["version"]
    assert factors.ordinals.tolist() == list(range(1, IMAGES + 1))
    status = smashpass("collab", "status")
    assert status.out.startswith(f"in use: version {factors.version}; AUC within ")


def test_whoever_has_no_suggestions_is_not_learnt_from(
    parts: Installation, swiped_home: Path, smashpass
) -> None:
    before = json.loads(smashpass("collab", "train", "--json").out)["viewers"]
    for number in (3, 4):
        parts.viewers.set_limits(number, {"taste": False})
    minor = parts.viewers.create("13-17")
    parts.swipes.record(minor.id, [Swipe("s1", Ordinal(1), "smash", 5)])
    try:
        assert json.loads(smashpass("collab", "train", "--json").out)["viewers"] == before - 2
    finally:
        for number in (3, 4):
            parts.viewers.set_limits(number, {"taste": True})


def test_a_second_training_is_refused_while_one_runs(swiped_home: Path, parts, smashpass) -> None:
    with collab_lock(swiped_home, "a test"):
        answer = smashpass("collab", "train")
    assert answer.code == 75
    assert "collaborative filtering is being trained" in answer.err


def test_what_does_not_beat_popularity_switches_the_older_one_off(
    parts: Installation, smashpass
) -> None:
    assert smashpass("collab", "train").code == 0
    draw = random.Random(3)
    verdicts = [
        {"verdict": draw.random() < 0.5, "viewer": viewer, "image": image}
        for viewer in range(1, VIEWERS + 1)
        for image in range(1, IMAGES + 1)
    ]
    with parts.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE swipe SET verdict = :verdict WHERE viewer_id = :viewer AND image = :image"
            ),
            verdicts,
        )
    answer = smashpass("collab", "train")
    assert (answer.code, answer.err) == (3, "")
    assert answer.out.startswith("off, as it ")
    assert parts.collab_folder.load() is None

    forced = smashpass("collab", "train", "--force")
    assert forced.code == 0
    assert forced.out.startswith("in use by force: version ")
    assert parts.collab_folder.load() is not None
