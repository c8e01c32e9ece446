"""Child processes: they end with their parent, and are ended in time."""

from __future__ import annotations

import ctypes
import signal
import subprocess
from collections.abc import Callable

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


def at_parents_death(number: signal.Signals) -> Callable[[], None]:
    """Return a ``preexec_fn`` by which a child is sent a signal if its parent is killed."""
    libc = ctypes.CDLL(None, use_errno=True)

    def end_with_parent() -> None:
        libc.prctl(_DIE_WITH_PARENT, number)

    return end_with_parent


def wait_or_kill(process: subprocess.Popen[bytes], patience_s: float) -> int:
    """Wait for a process that was asked to end; kill it if it takes longer. Return its status."""
    try:
        return process.wait(max(0.0, patience_s))
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
