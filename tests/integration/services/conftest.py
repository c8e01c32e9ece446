"""What tests of the services share: an installation in a folder of its own, ready to be used."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.settings import load
from smashpass.store.engine.database import connect, migrate


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema, to be copied: that is quicker than to migrate."""
    path = tmp_path_factory.mktemp("template") / "smashpass.db"
    engine = connect(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def installation(empty_database: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation with an empty library."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(empty_database, home / "smashpass.db")
    opened = Installation(load({"SMASHPASS_HOME": str(home)}))
    yield opened
    opened.engine.dispose()
