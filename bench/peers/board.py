"""What the image boards on PostgreSQL have in common: a server of their own with room for all."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

import psycopg

from bench.servers import memory
from tests.support.postgres import PostgresServer, binaries


class Board(ABC):
    """A server with 1 GB of cache, 64 MB for each sort, and a database whose URL is ``url``."""

    def __init__(self) -> None:
        programs = binaries()
        if programs is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self._server = PostgresServer(programs, memory="1GB")
        try:
            self._server.configure("work_mem", "64MB")
            self._server.configure("maintenance_work_mem", "1GB")
            self.url = self._server.new_database()
            self.connection = psycopg.connect(self.url, autocommit=True)
            began = time.perf_counter()
            self._fill()
            self.built_s = time.perf_counter() - began
        except BaseException:
            self._server.stop()
            raise

    @abstractmethod
    def _fill(self) -> None:
        """Make the tables and put the library in."""

    def close(self) -> None:
        """End the server."""
        self.connection.close()
        self._server.stop()

    def built(self) -> float:
        """Return the seconds that filling took, indexes and statistics included."""
        return self.built_s

    def disk(self) -> int:
        """Return the bytes of tables and indexes."""
        row = self.connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])

    def memory(self) -> int:
        """Return the bytes that its processes hold, shared ones counted once."""
        return sum(memory(process)["Pss"] for process in self._server.processes())
