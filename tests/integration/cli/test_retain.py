"""``smashpass retain``: what the daily job says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.store.engine.database import writing
from smashpass.store.engine.tables import viewer


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    installation = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    installation.prepare()
    installation.viewers.create("18+")
    old = installation.viewers.create("18+")
    with writing(installation.engine) as connection:
        connection.execute(update(viewer).where(viewer.c.id == old.id).values(seen_day=1))
    installation.engine.dispose()
    return installation


@pytest.mark.usefixtures("parts")
def test_a_dry_run_counts_and_the_job_removes(capsys: pytest.CaptureFixture[str]) -> None:
    removed = []
    for options in (["--dry-run"], [], []):
        assert run(["retain", "--json", *options]) == 0
        report = json.loads(capsys.readouterr().out)
        assert report["dry_run"] == bool(options)
        removed.append({kind["name"]: kind["removed"] for kind in report["kinds"]}["viewers"])
    assert removed == [1, 1, 0]


def test_a_wrong_clock_is_one_line_and_exit_1(
    parts: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    parts.old_rows.note_run(parts.clock() + 10 * 3_600_000_000)
    parts.engine.dispose()
    assert run(["retain"]) == 1
    message = capsys.readouterr().err
    assert message.startswith("smashpass: nothing is removed: it is 20")
    assert "set the clock of this machine" in message
    assert message.count("\n") == 1
