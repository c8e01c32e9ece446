"""Clocks that were wrong leave nothing behind that holds for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from smashpass.clock import system_clock
from smashpass.core.errors import Conflict
from smashpass.store.engine.database import writing
from smashpass.store.engine.tables import job
from smashpass.store.operations.jobs import LONGEST_LEASE_US, Jobs

DAY_US = 86_400_000_000


@pytest.mark.parametrize("ahead", [2 * LONGEST_LEASE_US, DAY_US, 3_650 * DAY_US])
def test_a_lease_from_a_clock_that_was_ahead_does_not_hold_for_ever(engine, ahead):
    jobs = Jobs(engine)
    number = jobs.enqueue("x", {})
    leased = jobs.take(["x"])
    assert jobs.take(["x"]) is None
    with writing(engine) as connection:
        connection.execute(update(job).values(lease_until=system_clock() + ahead))

    second_job = jobs.take(["x"])

    assert second_job is not None
    assert second_job.id == number
    with pytest.raises(Conflict):
        jobs.heartbeat(leased)
