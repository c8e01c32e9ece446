"""``smashpass export``: the same rows in each format, and nothing that opens a viewer."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.core.imageset import Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.people.swipe import Swipe
from smashpass.services.operations.export import COLUMNS
from smashpass.settings import load


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    installation = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    installation.prepare()
    credit = Credit("demo", "CC0-1.0", "digitalArt", False, "creature", author="=1+1")
    images = [
        ImageRow(key=f"k{number}", tags=("beard", "hat"), credit=credit, line=number, width=256,
                 height=512, attributes=(("score", 1.5),))
        for number in range(1, 6)
    ]  # fmt: skip
    number = installation.runs.start("demo", {})
    installation.catalogue.write_rows(number, images, on_existing="skip", position=5)
    installation.runs.finish(number)
    installation.build_snapshot()
    for person in range(2):
        viewer = installation.viewers.create("18+")
        swipes = [Swipe(f"s{n}", Ordinal(n), "smash", n, "pass") for n in range(1, 4)]
        installation.swipes.record(viewer.id, swipes)
        if person:
            installation.swipes.undo(viewer.id, "s1")
        installation.audit.append("ann", "act", viewer.age_band, {"n": person})
    installation.engine.dispose()
    return installation


def exported(subject: str, form: str, out: Path) -> list[dict[str, Any]]:
    """The rows of a file, as they are before any format."""
    file = out / f"{subject}.{form}"
    assert run(["export", subject, "--format", form, "--out", str(file)]) == 0
    assert [path.name for path in out.glob(f"*{subject}.{form}*")] == [file.name]
    if form == "jsonl":
        return [json.loads(line) for line in file.read_text().splitlines()]
    if form == "csv":
        return list(csv.DictReader(io.StringIO(file.read_text())))
    from pyarrow.parquet import read_table

    rows: list[dict[str, Any]] = read_table(file).to_pylist()
    return rows


@pytest.mark.parametrize(("subject", "count"), [("swipes", 6), ("library", 5), ("audit", 2)])
@pytest.mark.usefixtures("parts")
def test_each_format_has_the_same_rows(subject: str, count: int, tmp_path: Path) -> None:
    plain = exported(subject, "jsonl", tmp_path)
    assert len(plain) == count
    assert all(tuple(row) == COLUMNS[subject] for row in plain)
    assert exported(subject, "parquet", tmp_path) == plain
    spelled = {True: "true", False: "false", None: "", "=1+1": "'=1+1"}
    texts = [
        {
            name: str(value)
            if isinstance(value, int) and value not in (True, False)
            else str(spelled.get(value, value))
            for name, value in row.items()
        }
        for row in plain
    ]
    if subject != "audit":  # where 1 is a number and no truth
        assert exported(subject, "csv", tmp_path) == texts


def test_viewers_are_told_apart_and_their_names_open_nothing(
    parts: Installation, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    swipes = exported("swipes", "jsonl", tmp_path)
    names = {row["viewer"] for row in swipes}
    assert len(names) == 2
    assert all(parts.viewers.delta(name) is None for name in names)
    assert sum(row["undone"] for row in swipes) == 1
    assert {row["image"] for row in swipes} == {
        parts.image_ids.encode(Ordinal(n)) for n in (1, 2, 3)
    }
    parts.engine.dispose()
    command = ["export", "swipes", "--json", "--out", str(tmp_path / "again.jsonl")]
    assert run(command) == 0
    assert json.loads(capsysbinary.readouterr().out)["rows"] == 6
    assert run(["export", "swipes", "--json", "--format", "csv"]) == 2
    capsysbinary.readouterr()
    assert run(["export", "swipes"]) == 0
    assert capsysbinary.readouterr().out == (tmp_path / "swipes.jsonl").read_bytes()


@pytest.mark.usefixtures("parts")
def test_a_place_that_cannot_be_written_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["export", "library", "--out", str(tmp_path / "none" / "x.jsonl")]) == 1
    message = capsys.readouterr().err
    assert "x.jsonl: cannot write the export: No such file" in message
    assert message.count("\n") == 1
