"""What a command answers, and how to type one that file modes bind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
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


_TYPED = """
import contextlib, io, json, sys
from smashpass.cli.main import run
for command in json.load(sys.stdin):
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(command)
    print(json.dumps([code, *(each.buffer.getvalue().decode() for each in (out, err))]))
"""


def bound_commands(home: Path, commands: Sequence[Sequence[str]]) -> list[Answer]:
    """Run commands of ``smashpass`` in another process that the modes of files bind.

    The user stays who they are, so that interpreter and checkout can be read; root is left
    without the rights to read and write what no mode allows.
    """
    python = [sys.executable, "-P", "-c", _TYPED]
    if os.geteuid() == 0:
        python = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *python]
    ended = subprocess.run(
        python,
        input=json.dumps(commands),
        env={"PATH": os.environ["PATH"], "SMASHPASS_HOME": str(home), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return [Answer(*json.loads(line)) for line in ended.stdout.splitlines()]


def bound_smashpass(home: Path, *arguments: str) -> Answer:
    """Run one such command."""
    (answer,) = bound_commands(home, [arguments])
    return answer
