"""Every test of this folder runs on the fakes in memory and on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.support.databases import empty_database
from tests.support.fakes.clock import StoppedClock


@pytest.fixture
def clock() -> StoppedClock:
    """The clock that all stores of a test go by."""
    return StoppedClock()


@pytest.fixture(params=["fake", "sqlite", "postgresql"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, clock: StoppedClock
) -> Iterator[Engine | None]:
    """An empty database that goes by the clock; None where a fake is to be tested."""
    if request.param == "fake":
        yield None
        return
    with empty_database(request.param, request, tmp_path, clock) as engine:
        yield engine
