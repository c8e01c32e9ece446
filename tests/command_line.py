"""What a command answers, and how to type one that file modes bind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECONDS = 120


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)

    @property
    def failure(self) -> str:
        """The one line that a failed command says."""
        assert self.code in (1, 2), self
        assert self.out == ""
        (line,) = self.err.splitlines()
        assert line.startswith("smashpass: ")
        assert "Traceback" not in line
        return line


def bound_smashpass(home: Path, *arguments: str) -> Answer:
    """Run ``smashpass`` in a process of its own that the modes of files bind.

    The user stays who they are, so that interpreter and checkout can be read; root is left
    without the rights to read and write what no mode allows.
    """
    command = [sys.executable, "-P", "-m", "smashpass", *arguments]
    if os.geteuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    ended = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "SMASHPASS_HOME": str(home), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return Answer(ended.returncode, ended.stdout, ended.stderr)
