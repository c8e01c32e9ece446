"""Programs on a watched disk: the shim is compiled, loaded with LD_PRELOAD, and read."""

from __future__ import annotations

import fcntl
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import PeerFailed

_SOURCE = Path(__file__).with_name("shim.c")
_RECORD = struct.Struct("=BqIII")
_CONTROL = struct.Struct("=qqqq")
_NEVER = (1 << 62, 1 << 62)


def lacking() -> str:
    """Say why nothing can be watched here; empty if it can."""
    return "" if shutil.which("cc") else "no C compiler here"


@dataclass(frozen=True, slots=True)
class Event:
    """One change of the disk, in the order in which they happened.

    Attributes:
        kind: ``c`` a file is made, ``d`` a folder, ``w`` bytes are written, ``t`` a file gets a
            length, ``s`` a file or the entries of a folder are flushed, ``u`` a name goes, ``r`` it
            is renamed, ``l`` it gets another name, ``a`` what follows ``path`` was acknowledged.
        path: Relative to the folder that is watched; "" for itself.
        second: The other name.
        offset: Where bytes begin, or the length.
        data: The bytes.
    """

    kind: str
    path: str
    second: str = ""
    offset: int = 0
    data: bytes = b""


class Disk:
    """A folder whose changes are written down, and can be made to fail."""

    def __init__(self, root: Path, beside: Path, *, keeps: bool) -> None:
        """Watch ``root``, with files in ``beside``; ``keeps`` the changes with their bytes.

        Raises:
            PeerFailed: The shim cannot be compiled.
        """
        root.mkdir(parents=True, exist_ok=True)
        beside.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self._library = beside.resolve() / "shim.so"
        self._log, self._control = beside.resolve() / "events", beside.resolve() / "control"
        self._keeps = keeps
        command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(self._library), str(_SOURCE), "-ldl"]
        compiled = subprocess.run(command, capture_output=True, text=True, check=False)
        if compiled.returncode:
            raise PeerFailed(f"the shim cannot be compiled: {compiled.stderr[-300:]}")
        self._log.write_bytes(b"")
        self._control.write_bytes(_CONTROL.pack(0, *_NEVER, 0))

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to run on this disk."""
        return {
            "LD_PRELOAD": str(self._library),
            "SHIM_ROOT": str(self.root),
            "SHIM_LOG": str(self._log),
            "SHIM_CONTROL": str(self._control),
            "SHIM_BYTES": "1" if self._keeps else "0",
        }

    def acknowledge(self, promise: str) -> None:
        """Note that everything before this was promised to somebody."""
        path = promise.encode()
        with self._locked() as log:
            os.write(log, _RECORD.pack(ord("a"), 0, len(path), 0, 0) + path)

    def fail(self, first: int, last: int, error: int) -> None:
        """From now on let the calls with these numbers, from 1, end with an error."""
        with self._locked():
            self._control.write_bytes(_CONTROL.pack(0, first, last, error))

    def work(self) -> None:
        """Let no call fail any more."""
        self.fail(*_NEVER, 0)

    def calls(self) -> int:
        """How many calls there were since it was last said which fail."""
        return int(_CONTROL.unpack(self._control.read_bytes())[0])

    def events(self) -> list[Event]:
        """Return all changes until now."""
        return list(self._read())

    def _read(self) -> Iterator[Event]:
        text, at = self._log.read_bytes(), 0
        prefix = f"{self.root}/"
        while at < len(text):
            kind, offset, *lengths = _RECORD.unpack_from(text, at)
            at += _RECORD.size
            parts = []
            for length in lengths:
                parts.append(text[at : at + length])
                at += length
            first, second = (part.decode() for part in parts[:2])
            if kind != ord("a"):
                first = "" if first == str(self.root) else first.removeprefix(prefix)
            # Who writes to a file without a name leaves nothing behind.
            if not first.endswith(" (deleted)"):
                yield Event(chr(kind), first, second.removeprefix(prefix), offset, parts[2])

    @contextmanager
    def _locked(self) -> Iterator[int]:
        log = os.open(self._log, os.O_WRONLY | os.O_APPEND)
        try:
            fcntl.flock(log, fcntl.LOCK_EX)
            yield log
        finally:
            os.close(log)
