"""The journal of a folder: each call before it is made, and what came of it.

A line is on the disk before a call is. So a process that is killed at any moment has noted all
that it may owe, and a call without an end counts as paid.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import threading
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

from smashpass.core.errors import BadInput, Busy, NotPossible

JOURNAL = "journal.jsonl"
NOTHING = Decimal(0)


class CallJournal:
    """Calls, costs and pictures of one folder. One process at a time; any of its threads.

    Attributes:
        spent: What all calls cost, or may have cost; those under way included.
        pictures: By number: what is recorded of each picture that came.
        refused: By number: why the generator refuses a picture.
    """

    def __init__(self, folder: Path, of_run: Mapping[str, object]) -> None:
        """Open the journal of a folder, or begin one.

        Args:
            folder: Where it lies.
            of_run: What all runs in the folder must have in common.

        Raises:
            Busy: Another process works on the folder.
            BadInput: The file is not a journal.
            NotPossible: The folder belongs to a run with other properties.
        """
        self.spent = NOTHING
        self.pictures: dict[int, Mapping[str, Any]] = {}
        self.refused: dict[int, str] = {}
        self._costs: dict[int, Decimal] = {}
        self._numbers: dict[int, int] = {}
        self._path = folder / JOURNAL
        self._turn = threading.Lock()
        self._file = self._path.open("a+b", buffering=0)
        try:
            self._lock()
            self._read(of_run)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> CallJournal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def begin(self, number: int, price: Decimal, budget: Decimal | None) -> int | None:
        """Note a call for picture ``number`` and return its name; None: the budget forbids it.

        Args:
            number: Of the picture.
            price: The most that the call costs.
            budget: What all calls of the folder together may cost; None for no limit.
        """
        with self._turn:
            if budget is not None and self.spent + price > budget:
                return None
            call = len(self._costs)
            self._write({"call": call, "number": number, "price": str(price)})
            self._note_call(call, number, price)
            return call

    def end(
        self,
        call: int,
        cost: Decimal,
        *,
        picture: Mapping[str, Any] | None = None,
        refused: str = "",
    ) -> None:
        """Note what came of a call.

        Args:
            call: Its name.
            cost: What it costs in the end.
            picture: What is to be recorded, if a picture came.
            refused: Why the generator will never make this picture; "" if it may.
        """
        line: dict[str, Any] = {"end": call, "cost": str(cost)}
        if picture is not None:
            line["picture"] = picture
        if refused:
            line["refused"] = refused
        with self._turn:
            self._write(line)
            self._note_end(line)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                "another process renders into this folder",
                where=str(self._path),
                hint="wait until it has ended",
            ) from error

    def _read(self, of_run: Mapping[str, object]) -> None:
        """Read what is there; a line that was cut off while it was written never counted."""
        self._file.seek(0)
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        self._file.truncate(whole)
        lines = content[:whole].splitlines()
        if not lines:
            self._write(of_run)
            _sync_folder(self._path.parent)
            return
        try:
            entries = [json.loads(line) for line in lines]
            for entry in entries[1:]:
                if "call" in entry:
                    self._note_call(entry["call"], entry["number"], Decimal(entry["price"]))
                else:
                    self._note_end(entry)
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            raise BadInput(
                "the journal is damaged: what was spent cannot be told",
                where=str(self._path),
                hint="name an empty folder",
            ) from error
        for name, value in of_run.items():
            if entries[0].get(name) != value:
                raise NotPossible(
                    f"the folder is from a run with {name} {entries[0].get(name)!a}, not {value!a}",
                    where=str(self._path),
                    hint="name an empty folder, or repeat the options of that run",
                )

    def _note_call(self, call: int, number: int, price: Decimal) -> None:
        self._costs[call] = price
        self._numbers[call] = number
        self.spent += price

    def _note_end(self, line: Mapping[str, Any]) -> None:
        call = line["end"]
        cost = Decimal(line["cost"])
        self.spent += cost - self._costs[call]
        self._costs[call] = cost
        if "picture" in line:
            self.pictures[self._numbers[call]] = line["picture"]
        if "refused" in line:
            self.refused[self._numbers[call]] = line["refused"]

    def _write(self, entry: Mapping[str, object]) -> None:
        """Write a line, and wait until it is on the disk."""
        line = json.dumps(entry, ensure_ascii=False).encode() + b"\n"
        descriptor = self._file.fileno()
        before = os.fstat(descriptor).st_size
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._path))
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, before)  # other threads still write whole lines
            raise


def _sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
