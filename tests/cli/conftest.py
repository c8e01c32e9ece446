"""What tests of the command line share: a home of their own, and a way to type a command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smashpass.bootstrap import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.store.database import connect, migrate
from tests.libraries import fill


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def failure(self) -> str:
        """The one line that a failed command says."""
        assert self.code in (1, 2), self
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("smashpass: ")
        assert "Traceback" not in line
        return line


Smashpass = Callable[..., Answer]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema, to be copied: that is quicker than to migrate."""
    path = tmp_path_factory.mktemp("template") / "smashpass.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation that does not exist yet."""
    path = tmp_path / "home"
    monkeypatch.setenv("SMASHPASS_HOME", str(path))
    for name in ("SMASHPASS_CONFIG", "SMASHPASS_DATABASE_URL", "SMASHPASS_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return path


@pytest.fixture
def smashpass(home: Path, capsys: pytest.CaptureFixture[str]) -> Smashpass:
    """Types a command: ``smashpass("tags", "list")``."""

    def typed(*arguments: str) -> Answer:
        capsys.readouterr()
        code = run(list(arguments))
        shown = capsys.readouterr()
        return Answer(code, shown.out, shown.err)

    return typed


@pytest.fixture
def installation(home: Path, empty_database: Path) -> Iterator[Installation]:
    """An installation with an empty library."""
    home.mkdir()
    shutil.copy(empty_database, home / "smashpass.db")
    made = Installation(load({"SMASHPASS_HOME": str(home)}))
    yield made
    made.engine.dispose()


@pytest.fixture
def library(installation: Installation) -> Installation:
    """An installation with the portraits of ``tests.libraries`` and no rules."""
    fill(installation)
    return installation
