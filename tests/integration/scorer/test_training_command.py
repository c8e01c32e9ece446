"""``smashpass scorer train`` on the swipes of an installation."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.people.swipe import Swipe
from smashpass.settings import load

COLUMNS = ("file_name", "tags", "source", "licence", "digital_source_type", "real_person",
           "consent", "depicts")  # fmt: skip


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """A library of three drawn pictures, and one of a real person."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, COLUMNS)
        table.writeheader()
        for number, colour in enumerate(("red", "green", "blue", "grey")):
            Image.new("RGB", (64, 64), colour).save(folder / f"{colour}.png")
            credit = ("test", "CC0-1.0", "digitalCreation", number == 3, "given" * (number == 3))
            row = (f"{colour}.png", f"tint:{colour}", *credit, "adult" if number == 3 else "object")
            table.writerow(dict(zip(COLUMNS, row, strict=True)))
    assert run(["import", str(folder)]) == 0
    return Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))


def scorer(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does; it becomes another process."""
    command = [str(Path(sys.executable).with_name("smashpass")), "scorer", *arguments]
    return subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)


def test_only_what_models_may_learn_from_is_written(
    installation: Installation, tmp_path: Path
) -> None:
    images = list(installation.library.latest().live)
    for age_band, taste in (("18+", True), ("18+", True), ("13-17", True), ("18+", False)):
        viewer = installation.viewers.create(age_band).id
        installation.viewers.set_limits(viewer, {"taste": taste})
        installation.swipes.record(
            viewer,
            [
                Swipe(f"s{image}", image, "smash" if image == images[0] else "pass", 1_000 + image)
                for image in images
                if image != images[2]
            ],
        )
    model = tmp_path / "model"
    trained = scorer("train", "--out", str(model))
    assert (trained.returncode, trained.stdout) == (1, "")
    assert "are too few" in trained.stderr
    about, *lines = map(json.loads, (model / "training.jsonl").read_text("utf-8").splitlines())
    assert about["format"] == "smashpass-training/1"
    encode = installation.image_ids.encode
    assert {line["image"]: (line["tags"], line["smashes"], line["passes"]) for line in lines} == {
        encode(images[0]): (["tint:red"], 2, 0),
        encode(images[1]): (["tint:green"], 0, 2),
    }
    assert all(Path(line["picture"]).is_file() for line in lines)
    assert not any("viewer" in line for line in lines)


def test_a_file_that_is_there_already_is_used_as_it_is(
    installation: Installation, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "training.jsonl").write_text('{"format": "smashpass-training/1"}\n')
    trained = scorer("train", "--out", str(model), "--json")
    assert trained.returncode == 1
    assert json.loads(trained.stdout)["code"] == "bad_input"
    assert len((model / "training.jsonl").read_text().splitlines()) == 1
    assert installation.library.latest().live


@pytest.mark.parametrize("arguments", [(), ("train",), ("train", "--epochs", "0", "--out", "m")])
def test_wrong_usage_writes_nothing(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "nothing"))
    monkeypatch.chdir(tmp_path)
    refused = scorer(*arguments)
    assert refused.returncode in (1, 2)
    assert refused.stderr
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    "command", [(), *((name,) for name in ("train", "evaluate", "export", "serve"))]
)
def test_help_needs_no_installation(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "nothing"))
    shown = scorer(*command, "--help")
    assert shown.returncode == 0
    assert f"Example: smashpass scorer {(*command, 'train')[0]}" in shown.stdout
