"""An installation in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.settings import load


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation with an empty library."""
    opened = Installation(load({"SMASHPASS_HOME": str(tmp_path / "home")}))
    opened.prepare()
    yield opened
    opened.engine.dispose()
