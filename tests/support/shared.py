"""Folders that are filled once for all processes of a run, and copied or read by each."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest


def filled_once(factory: pytest.TempPathFactory, name: str, fill: Callable[[Path], object]) -> Path:
    """Return the folder that the first process to ask had ``fill`` make; others wait for it.

    Nobody may change what is in it.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        folder = factory.mktemp(name) / name
        fill(folder)
        return folder
    run = factory.getbasetemp().parent
    folder, done = run / f"shared-{name}" / name, run / f"shared-{name}.done"
    with (run / f"shared-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.parent.mkdir()
            fill(folder)
            done.touch()
    return folder
