"""``smashpass audit``: what the trail says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.store.engine.database import writing
from smashpass.store.engine.tables import audit


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    installation = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    installation.prepare()
    for number in range(3):
        installation.audit.append("ann", "act", str(number))
    installation.engine.dispose()
    return installation


def test_a_whole_trail_is_verified_and_written_out(
    parts: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["audit", "verify", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["entries"], report["broken"]) == (True, 3, None)

    assert run(["audit", "export", "--after", "1"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["target"] for line in lines] == ["1", "2"]
    assert lines[-1]["sha256"] == report["sha256"]


def test_a_changed_entry_is_named(parts: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(parts.engine) as connection:
        connection.execute(update(audit).where(audit.c.id == 2).values(actor="ben"))
    assert run(["audit", "verify"]) == 1
    assert capsys.readouterr().out.startswith("entry 2: it was changed or moved")
    parts.engine.dispose()
