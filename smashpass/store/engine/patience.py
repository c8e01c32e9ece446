"""How long a PostgreSQL server that says nothing is waited for, and by how many."""

from __future__ import annotations

import threading
import time
from typing import Any

from sqlalchemy.engine import URL, Dialect
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_TIMEOUT_S = 3
"""How long each server may take to answer the first time."""

_OPTIONS = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    # A machine that lost its power says nothing: without these, a request would wait for minutes.
    "keepalives_idle": 4,
    "keepalives_interval": 2,
    "tcp_user_timeout": 8_000,
}
_SILENT_S = 1.0


def driver_options(url: URL) -> dict[str, int]:
    """Return what the driver is told unless the address says otherwise: s, and the last in ms."""
    return {name: value for name, value in _OPTIONS.items() if name not in url.query}


class Silence:
    """Lets one thread of a process wait for a silent server; the others fail at once meanwhile.

    Otherwise every request would wait, and soon no thread be left for decks out of memory. Refused
    connections cost nothing, and are tried each time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said = ""
        self._next_at = 0.0

    def connect(
        self,
        dialect: Dialect,
        _record: ConnectionPoolEntry,
        arguments: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Any:
        """Return a new connection of the driver; for the event ``do_connect`` of an engine.

        Raises:
            OperationalError: The driver's own; also where the server was silent a moment ago.
        """
        failure: Any = dialect.loaded_dbapi.OperationalError
        began = time.monotonic()
        with self._lock:
            if self._said:
                if began < self._next_at:
                    raise failure(self._said)
                self._next_at = began + CONNECT_TIMEOUT_S  # this one waits for all
        try:
            connection = dialect.connect(*arguments, **options)
        except failure as error:
            ended = time.monotonic()
            with self._lock:
                if ended - began > _SILENT_S:
                    self._said, self._next_at = str(error), ended + CONNECT_TIMEOUT_S
            raise
        with self._lock:
            self._said = ""
        return connection
