"""Transactions of several threads that are committed together: one flush of the disk for all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from smashpass.core.errors import DatabaseUnavailable
from smashpass.store.engine.database import writing

MOST_TOGETHER = 64
"""Pieces of work in one transaction, so that the first of them does not wait long."""

Result = TypeVar("Result")


class _Entry:
    """Work of one thread that waits for its commit."""

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.woken = threading.Event()
        self.is_done = False
        self.result: Any = None
        self.error: BaseException | None = None

    def outcome(self) -> Any:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result


class GroupCommit:
    """Runs work in transactions that threads share. Safe for threads.

    SQLite takes one writer at a time, and every commit waits until the disk has flushed, which is
    several milliseconds on many. While one thread commits, the work of others gathers; the first
    of them then does all of it in one transaction. Nobody waits for others to come: a thread alone
    commits at once.

    Cost: at most two commits of waiting for each piece of work of up to 64 threads.
    Source: leader and followers, as in group commit of databases (Gawlick, Kinkade, 1985).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._waiting: list[_Entry] = []
        self._is_led = False

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Run work in a transaction that is on disk when this returns.

        Args:
            work: Called with the connection, perhaps by another thread, and again if the work
                of somebody else failed beside it: then that transaction is rolled back first.

        Raises:
            DatabaseUnavailable: The database does not answer; nothing of the work is kept.
        """
        if self._engine.dialect.name != "sqlite":  # PostgreSQL flushes for several by itself
            with writing(self._engine) as connection:
                return work(connection)
        entry = _Entry(work)
        with self._lock:
            self._waiting.append(entry)
            leads, self._is_led = not self._is_led, True
        if not leads:
            entry.woken.wait()
        if not entry.is_done:
            self._lead()
        result: Result = entry.outcome()
        return result

    def _lead(self) -> None:
        """Commit what waits, the leader's own included, then let the next thread lead."""
        with self._lock:
            entries = self._waiting[:MOST_TOGETHER]
            del self._waiting[:MOST_TOGETHER]
        try:
            self._commit(entries)
        except BaseException as error:  # this thread is to end: the others are told, not ended
            for entry in entries:
                entry.error = RuntimeError(f"a commit was cut off by {type(error).__name__}")
            raise
        finally:
            with self._lock:
                following = self._waiting[0] if self._waiting else None
                self._is_led = following is not None
            for entry in entries:
                entry.is_done = True
                entry.woken.set()
            if following is not None:
                following.woken.set()

    def _commit(self, entries: Sequence[_Entry]) -> None:
        """Do all work in one transaction; if some of it fails, each in one of its own."""
        try:
            with writing(self._engine) as connection:
                results = [entry.work(connection) for entry in entries]
        except DatabaseUnavailable as error:
            for entry in entries:
                entry.error = error
        except Exception as error:
            if len(entries) == 1:
                entries[0].error = error
                return
            for entry in entries:
                self._commit([entry])
        else:
            for entry, result in zip(entries, results, strict=True):
                entry.result = result
