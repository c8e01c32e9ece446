"""Keeping up: failures are kept and told, never raised, and end when they end."""

from __future__ import annotations

import threading
import time

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.imageset import ImageSet
from smashpass.services.runtime.refresher import INTERVAL_S, Refresher
from tests.support.libraries import fill


class Moody:
    """Something to follow that fails on demand."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.looks = 0

    def refresh(self) -> int:
        self.looks += 1
        if self.failure is not None:
            raise self.failure
        return self.looks


def test_a_failure_degrades_what_was_ready_and_ends() -> None:
    moody = Moody()
    following = Refresher(moody.refresh)
    moody.failure = DatabaseUnavailable("it is gone", where="/somewhere")
    following.poll()
    assert (following.ready, following.degraded) == (False, "database_unavailable")
    moody.failure = None
    following.poll()
    assert (following.ready, following.degraded) == (True, "")
    moody.failure = DatabaseUnavailable("it is gone")
    following.poll()
    assert (following.ready, following.degraded) == (True, "database_unavailable")


def test_requests_look_only_so_often_and_not_beside_a_thread() -> None:
    moody = Moody()
    following = Refresher(moody.refresh)
    for _ in range(50):
        following.poll_if_due()
    assert moody.looks == 1
    time.sleep(INTERVAL_S + 0.05)
    following.poll_if_due()
    assert moody.looks == 2


def test_a_bug_does_not_end_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    moody = Moody()
    moody.failure = ZeroDivisionError("a bug")
    following = Refresher(moody.refresh)
    following.start()
    deadline = time.monotonic() + 5
    while moody.looks < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert following.degraded == "internal_error"
    assert "following failed" in caplog.text
    moody.failure = None
    while following.degraded and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (following.ready, following.degraded) == (True, "")
    assert threading.active_count() >= 2


def test_library_and_rules_are_followed(installation: Installation) -> None:
    following = Refresher(installation.library.refresh, installation.rules.refresh)
    following.poll()
    assert following.ready
    assert installation.rules.trees == ()
    fill(installation)
    Container(installation).rules.ensure_active()
    following.poll()
    assert len(installation.library.index.live) == 6
    assert installation.rules.trees
    installation.catalogue.set_state(ImageSet([7]), "live", by="t", origin="t", reason="t")
    following.poll()
    assert len(installation.library.index.live) == 7
