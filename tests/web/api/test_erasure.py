"""A viewer who is erased is found nowhere, not with grep, not after a backup came back."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from smashpass.bootstrap import worker
from smashpass.bootstrap.container import Container
from smashpass.bootstrap.worker import job_runner
from smashpass.cli.decide.replay import replay_files
from smashpass.services.privacy.service import KIND


def found(home: Path, markers: list[str]) -> list[str]:
    """Files below home that hold one of the markers, as ``grep -r`` finds them."""
    patterns = [part for marker in markers for part in ("-e", marker)]
    process = subprocess.run(
        ["grep", "-r", "-l", "-F", "-a", *patterns, str(home)], capture_output=True, text=True
    )
    assert process.returncode in (0, 1), process.stderr
    return process.stdout.splitlines()


def seeded(world: Any, others: int = 3) -> tuple[Any, list[str]]:
    """A viewer among others, and random texts that are theirs alone."""
    viewer = world.new_viewer()
    crowd = [viewer, *(world.new_viewer() for _ in range(others))]
    markers = [viewer.viewer]
    for turn in range(8):
        for member in crowd:
            cards = member.deck(n=10)["cards"]
            names = [secrets.token_hex(8) for _ in cards]
            member.swipe(
                *(
                    (f"{name}-{turn}", card["image"], "smash")
                    for name, card in zip(names, cards, strict=True)
                )
            )
            if member is viewer:
                markers += names
    return viewer, markers


def settle(world: Any) -> None:
    """Wait until the decisions that were noted are in the log."""
    world.parts.recorder.close()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is settled before the job is done."""
    assert worker.SETTLED_S > 0.5
    monkeypatch.setattr(worker, "SETTLED_S", 0.0)


def test_grep_finds_nothing_of_an_erased_viewer(open_world: Callable[..., Any]) -> None:
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    viewer, markers = seeded(world)
    settle(world)
    assert len(markers) > 80
    holders = found(world.home, markers)
    assert any(path.endswith(".jsonl") for path in holders)
    assert any("smashpass.db" in path for path in holders)
    before = sorted(path.stat().st_size for path in world.parts.decision_folder.iterdir())

    assert viewer.ask("DELETE", "/me").status == 204
    assert world.parts.jobs.waiting(KIND) == 1
    assert job_runner(Container(world.parts)).step()

    assert found(world.home, markers) == []
    assert viewer.get("/me").status == 401
    after = sorted(path.stat().st_size for path in world.parts.decision_folder.iterdir())
    assert after == before  # those who append to the files notice nothing


def test_the_log_of_the_others_can_still_be_replayed(
    open_world: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    viewer, _ = seeded(world)
    settle(world)
    viewer.ask("DELETE", "/me")
    job_runner(Container(world.parts)).step()

    files = tuple(world.parts.decision_folder.iterdir())
    lines = [line for path in files for line in path.read_text().splitlines(keepends=True)]
    assert sum(line.isspace() for line in lines) == 80
    assert replay_files(Container(world.parts), files, as_json=True) == 0
    replayed = json.loads(capsys.readouterr().out)
    assert replayed["records"] == replayed["same"] == 240


def test_a_restored_backup_is_swept(open_world: Callable[..., Any], tmp_path: Path) -> None:
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    viewer, markers = seeded(world)
    settle(world)
    world.parts.erased.scrub()
    backup = tmp_path / "backup"
    backup.mkdir()
    shutil.copy(world.home / "smashpass.db", backup)
    shutil.copytree(world.parts.decision_folder, backup / "decisions")

    viewer.ask("DELETE", "/me")
    job_runner(Container(world.parts)).step()
    world.parts.engine.dispose()
    for name in ("smashpass.db-wal", "smashpass.db-shm"):
        (world.home / name).unlink(missing_ok=True)
    shutil.copy(backup / "smashpass.db", world.home)
    shutil.copytree(backup / "decisions", world.parts.decision_folder, dirs_exist_ok=True)

    restored = open_world()
    assert found(world.home, markers) != []
    assert restored.parts.erased.restored()
    removals = Container(restored.parts).privacy.retain()

    assert removals[-1].removed == 1
    assert found(world.home, markers) == []
    assert not restored.parts.erased.restored()


def test_the_export_is_complete_and_quick(open_world: Callable[..., Any]) -> None:
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    viewer, markers = seeded(world, others=1)
    settle(world)
    viewer.ask("PATCH", "/me", {"daily_limit": 45, "break_reminder": True})
    viewer.ask("DELETE", f"/swipes/{markers[1]}-0")
    began = time.monotonic()

    content = viewer.good("/me/export")

    assert time.monotonic() - began < 60
    assert content["viewer"]["settings"]["daily_limit"] == 45
    assert content["viewer"]["settings"]["break_reminder"]
    assert len(content["decisions"]) == 80
    assert {decision["viewer"] for decision in content["decisions"]} == {viewer.viewer}
    exported = {swipe["id"].partition("-")[0] for swipe in content["swipes"] + content["undone"]}
    assert exported == set(markers[1:])
    assert set(content["viewer"]) >= {"viewer", "age_band", "created_at", "last_seen", "swiping"}
