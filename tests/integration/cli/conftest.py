"""What tests of the command line share: a home of their own, and a way to type a command."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.store.engine.database import connect, migrate
from tests.support.command_line import Answer
from tests.support.libraries import fill

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
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return typed


@pytest.fixture
def installation(home: Path, empty_database: Path) -> Iterator[Installation]:
    """An installation with an empty library."""
    home.mkdir()
    shutil.copy(empty_database, home / "smashpass.db")
    opened = Installation(load({"SMASHPASS_HOME": str(home)}))
    yield opened
    opened.engine.dispose()


@pytest.fixture
def library(installation: Installation) -> Installation:
    """An installation with the portraits of ``tests.libraries`` and no rules."""
    fill(installation)
    return installation
