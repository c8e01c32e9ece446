"""Workers that have grown give way one after the other, and nobody is left without an answer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from smashpass.web.server.handover import APART_S, GROWN_B, Handover, private_bytes

_CHILD = """
import sys
from pathlib import Path
from smashpass.web.server.handover import Handover
print(Handover(Path(sys.argv[1]), 1, grown_b=0, check_s=0).is_due(2), flush=True)
sys.stdin.read()
"""


def _worker(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CHILD, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _says(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def _age(folder: Path, seconds: float) -> None:
    """Make it look as if the last worker went some time ago."""
    (lock,) = folder.iterdir()
    at = time.time() - seconds
    os.utime(lock, (at, at))


def test_one_worker_at_a_time_and_none_right_after_another(tmp_path: Path) -> None:
    first, second = _worker(tmp_path), _worker(tmp_path)
    try:
        assert sorted([_says(first), _says(second)]) == ["False", "True"]
        _age(tmp_path, 2 * APART_S)
        late = _worker(tmp_path)
        assert _says(late) == "False"  # the one that gives way has not ended yet
        late.communicate()
    finally:
        first.communicate()
        second.communicate()
    _age(tmp_path, 0)
    soon = _worker(tmp_path)
    assert _says(soon) == "False"  # its successor may not be there yet
    soon.communicate()
    _age(tmp_path, 2 * APART_S)
    later = _worker(tmp_path)
    assert _says(later) == "True"
    later.communicate()


def test_a_worker_stays_while_the_library_or_its_memory_is_as_at_the_start(tmp_path: Path) -> None:
    assert not Handover(tmp_path, 7, grown_b=0, check_s=0).is_due(7)
    assert not Handover(tmp_path, 7, grown_b=1 << 50, check_s=0).is_due(8)
    assert not Handover(tmp_path, 7, grown_b=0, check_s=60).is_due(8)
    assert Handover(tmp_path, 7, grown_b=0, check_s=0).is_due(8)


def test_memory_of_its_own_is_what_was_written() -> None:
    before = private_bytes()
    block = bytearray(os.urandom(GROWN_B))
    grown = private_bytes() - before
    assert 0.9 * GROWN_B < grown < 3 * GROWN_B
    assert len(block) == GROWN_B
