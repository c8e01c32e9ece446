"""Files of the home are for their owner alone, whatever the umask of who starts the program."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.support.servers import ROOT, Server, free_port, until

STATED = ("--source", "shop", "--licence", "CC0-1.0", "--no-real-person", "--depicts", "object",
          "--digital-source-type", "digitalCreation")  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home that does not exist yet, for processes with the usual umask."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SMASHPASS_DECISION_LOG_PERCENT", "100")
    before = os.umask(0o022)
    yield tmp_path / "home"
    os.umask(before)


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    """A folder of four pictures, each with its tags in a file beside it."""
    folder = tmp_path / "set"
    folder.mkdir()
    for number in range(4):
        Image.new("RGB", (8, 8), (number * 60, 9, 7)).save(folder / f"{number}.png")
        (folder / f"{number}.png.txt").write_text("hat\n")
    return folder


def smashpass(*arguments: str, text: str = "") -> None:
    command = [sys.executable, "-m", "smashpass", *arguments]
    subprocess.run(command, input=text, text=True, check=True, cwd=ROOT, capture_output=True)


def modes(home: Path) -> dict[str, str]:
    """Return the modes of everything in the home, by its path."""
    paths = [home, *home.rglob("*")]
    return {str(path.relative_to(home)): oct(stat.S_IMODE(path.stat().st_mode)) for path in paths}


def test_whatever_is_written_below_home_is_for_its_owner_alone(
    home: Path, tmp_path: Path, collection: Path
) -> None:
    smashpass("import", str(collection), *STATED)
    smashpass("admin", "create", "ann", "--role", "admin", text="a long enough password\n")
    server = Server(home, free_port())
    try:
        server.wait()
        server.ask("GET", "/api/v1/deck")
        until("a decision is logged", lambda: any((home / "decisions").rglob("*.jsonl*")))
        written = modes(home)
    finally:
        server.close()
    smashpass("index", "build")
    written |= modes(home)

    for part in ("smashpass.db", "smashpass.db-wal", "smashpass.db-shm", "secret_key", "media",
                 "snapshots", "runs", "decisions"):  # fmt: skip
        assert part in written
    wrong = {
        path: mode
        for path, mode in written.items()
        if mode != ("0o700" if (home / path).is_dir() else "0o600")
    }
    assert wrong == {}


def test_files_elsewhere_are_as_the_umask_of_the_user_says(home: Path, tmp_path: Path) -> None:
    smashpass("rules", "test", str(ROOT / "rules"), "--junit", str(tmp_path / "rules.xml"))
    smashpass("render", "--count", "3", "--out", str(tmp_path / "pictures"))
    assert stat.S_IMODE((tmp_path / "rules.xml").stat().st_mode) == 0o644
    assert set(modes(tmp_path / "pictures").values()) == {"0o755", "0o644"}
    assert not home.exists()
