"""An import in its own process: the same command a person would type, supervised."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence

from smashpass.core.errors import NotPossible
from smashpass.processes import at_parents_death, wait_or_kill

GOOD = (0, 3)
"""Exit codes of an import that came to its end; 3: some rows were refused."""

_HEARTBEAT_S = 5.0
_END_S = 60.0
_CHUNK = 1 << 16


def import_in_child(arguments: Sequence[str], report_progress: Callable[[int], None]) -> None:
    """Run ``smashpass import`` and return when it has ended.

    Args:
        arguments: Of the command.
        report_progress: Called every few seconds with how much was read, in percent. If it
            raises, the import is stopped after its batch, so that the same command goes on from
            there.

    Raises:
        NotPossible: The import failed; says why.
    """
    process = _start([sys.executable, "-P", "-m", "smashpass", "import", "--json", *arguments])
    heard = _Heard()
    ended = False
    try:
        _listen(process, heard, report_progress)
        ended = True
    finally:
        if not ended:
            _stop(process)
        assert process.stdout is not None
        process.stdout.close()
    code = process.wait()
    if code not in GOOD:
        raise NotPossible(heard.failure or f"the import ended with exit code {code}")


class _Heard:
    """The output of the command so far, one JSON object per line."""

    def __init__(self) -> None:
        self.percent = 0
        self.failure = ""
        self._rest = b""

    def add(self, part: bytes) -> None:
        """Parse the lines of a chunk of output."""
        *lines, self._rest = (self._rest + part).split(b"\n")
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue  # a message for people, of Python itself
            if message.get("type") == "progress" and message["bytes_total"]:
                self.percent = min(100, 100 * message["bytes_read"] // message["bytes_total"])
            if "code" in message and "detail" in message and "type" not in message:
                self.failure = str(message["detail"])


def _listen(
    process: subprocess.Popen[bytes], heard: _Heard, report_progress: Callable[[int], None]
) -> None:
    """Read the output of a process until it ends; report at least every few seconds."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            report_progress(heard.percent)
            if selector.select(_HEARTBEAT_S):
                part = os.read(process.stdout.fileno(), _CHUNK)
                if not part:
                    return
                heard.add(part)


def _start(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the process; it is interrupted if this one ends first."""
    return subprocess.Popen(  # noqa: S603 - our own command, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=at_parents_death(signal.SIGINT),
        start_new_session=True,
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Interrupt a process like Ctrl-C; kill it if it does not end."""
    process.send_signal(signal.SIGINT)
    wait_or_kill(process, _END_S)
