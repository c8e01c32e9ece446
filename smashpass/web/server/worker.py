"""gunicorn's threaded worker, with threads only for requests that have arrived.

In gunicorn a thread reads the request, and so waits for the client: as many slow clients as there
are threads keep everybody else out. Here the thread that watches the connections reads the head
and a small body too, and hands on what is complete. Bodies that are long or of unknown length are
read by threads of their own, so that they can delay nothing but each other.
"""

from __future__ import annotations

import errno
import resource
import socket
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine
from gunicorn.util import write_error
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from smashpass.web.server.backlog import PROBES, Backlog, refusal
from smashpass.web.server.connection import Connection, Phase
from smashpass.web.server.request_buffer import MAX_HEAD, Arrival, RequestBuffer

HEAD_S = 15.0
"""Time limit for a request head, from its first byte."""

BODY_S = 30.0
"""Time limit for a small body, from the end of the head."""

LINGER_S = 2.0
"""How long a client may take to close after our shutdown (RFC 9112, section 9.6)."""

LONG_BODIES = 4
"""Threads for bodies that are long or of unknown length."""

MAX_BUFFERED = 1 << 26
"""Bytes of incomplete requests per worker; beyond it the oldest connections are closed."""

_SWEEP_S = 0.5
_OTHER_FILES = 256
_NOTHING_YET = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
_NO_FILE_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """The worker class that ``gunicorn_conf`` names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker_connections: int = self.cfg.worker_connections
        self._waiting: dict[Connection, None] = {}  # in order of arrival
        self._buffered = 0
        self._next_sweep = 0.0
        self._long_pool = ThreadPoolExecutor(LONG_BODIES)
        self._backlog = Backlog()

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuse TLS and the PROXY protocol."""
        super().check_config(cfg, log)
        if cfg.is_ssl or cfg.proxy_protocol != "off":
            raise RuntimeError("TLS and the PROXY protocol are left to a proxy in front")

    def init_process(self) -> None:
        """Raise the file limit to the number of connections."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = self.worker_connections + _OTHER_FILES
        if soft != resource.RLIM_INFINITY and soft < needed:
            soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            self.worker_connections = max(1, min(self.worker_connections, soft - _OTHER_FILES))
        super().init_process()

    def run(self) -> None:
        """Serve until stopped."""
        super().run()
        self._long_pool.shutdown(wait=False)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection; at the limit, close the one that has waited longest."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _NO_FILE_LEFT and self._waiting:
                self._drop(next(iter(self._waiting)))
            elif error.errno not in _NOTHING_YET:
                raise
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, client, address, listener.getsockname())
        self._await_request(connection)
        self._receive(connection)
        if self.nr_conns >= self.worker_connections and self._waiting:
            self._drop(next(iter(self._waiting)))

    def enqueue_req(self, conn: Connection) -> None:
        """Submit a request to a thread pool, or refuse it if too many wait."""
        if self._backlog.is_overdue() and not conn.buffer.starts_with(PROBES):
            self._shed(conn)
            return
        if not conn.is_long:
            self._backlog.add()
        pool = self._long_pool if conn.is_long else self.tpool
        answer = pool.submit(self.handle, conn)
        answer.add_done_callback(partial(self.method_queue.defer, self.finish_request, conn))

    def handle(self, conn: Connection) -> Any:
        """Answer a request; runs in a thread."""
        if not conn.is_long:
            self._backlog.take()
        conn.init()
        conn.parser.unreader.unread(conn.buffer.take())
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a parsed request; give up on a client that reads nothing for ``STALL_S``."""
        try:
            return bool(super().handle_request(req, conn))
        except (BlockingIOError, TimeoutError):
            self.log.debug("Gave up on a client that does not read.")
            return False

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        """Wait for the next request of a connection, or close it."""
        keep = not fs.cancelled() and fs.exception() is None and bool(fs.result())
        if keep:
            self._await_request(conn, conn.parser.unreader.take_buffered())
        else:
            self._begin_closing(conn)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections past their deadline, or all."""
        now = time.monotonic()
        if now < self._next_sweep and not force:
            return
        self._next_sweep = now + _SWEEP_S
        for connection in list(self._waiting):
            if force:
                self._drop(connection)
            elif connection.deadline <= now:
                self._expire(connection)

    def murder_pending(self) -> None:
        """Do nothing: waiting connections are handled in one place."""

    def _cap_keepalive(self, deadline: float) -> None:
        """Shorten the deadline of idle connections; those receiving a request may continue."""
        for connection in self._waiting:
            if connection.phase is Phase.IDLE:
                connection.deadline = min(connection.deadline, deadline)

    def _await_request(self, conn: Connection, received: bytes = b"") -> None:
        """Watch a connection for its next request, part of which may have arrived."""
        conn.sock.setblocking(False)
        conn.buffer = RequestBuffer(self.cfg.limit_request_line, received)
        self._buffered += len(received)
        conn.enter(Phase.IDLE, self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)
        self._watch(conn)
        if received:
            self._consider(conn)

    def _watch(self, conn: Connection) -> None:
        self._waiting[conn] = None
        self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))

    def _unwatch(self, conn: Connection) -> None:
        if conn in self._waiting:
            del self._waiting[conn]
            self._buffered -= len(conn.buffer)
            self.poller.unregister(conn.sock)

    def _on_readable(self, conn: Connection, _sock: socket.socket) -> None:
        # It may have been dropped since the poller reported it.
        if conn not in self._waiting:
            return
        if conn.phase is not Phase.CLOSING:
            self._receive(conn)
        elif conn.has_ended():
            self._drop(conn)

    def _receive(self, conn: Connection) -> None:
        """Read available bytes of a request."""
        received = conn.receive()
        if received is None:
            return
        if not received:
            self._drop(conn)
            return
        conn.buffer.add(received)
        self._buffered += len(received)
        self._consider(conn)
        while self._buffered > MAX_BUFFERED:
            self._drop(next(iter(self._waiting)))

    def _consider(self, conn: Connection) -> None:
        """Enqueue a complete request, refuse one that is too large, or keep waiting."""
        arrival = conn.buffer.arrival()
        if arrival in (Arrival.WHOLE, Arrival.HEAD):
            self._unwatch(conn)
            conn.is_long = arrival is Arrival.HEAD
            self.enqueue_req(conn)
        elif arrival is Arrival.LINE_TOO_LONG:
            limit = self.cfg.limit_request_line
            self._refuse(conn, LimitRequestLine(len(conn.buffer), limit))
        elif arrival is Arrival.HEAD_TOO_LONG:
            self._refuse(conn, LimitRequestHeaders(f"more than {MAX_HEAD} bytes"))
        elif conn.buffer.has_head:
            if conn.phase is not Phase.BODY:
                conn.enter(Phase.BODY, BODY_S)
        elif conn.phase is Phase.IDLE:
            conn.enter(Phase.HEAD, HEAD_S)

    def _refuse(self, conn: Connection, error: Exception) -> None:
        self._unwatch(conn)
        self.handle_error(None, conn.sock, conn.client, error)
        self._begin_closing(conn)

    def _shed(self, conn: Connection) -> None:
        """Refuse a request at once, without a thread."""
        self.wsgi.extensions["metrics"].count_shed()
        with suppress(OSError):
            conn.sock.send(refusal())
        self._begin_closing(conn)

    def _expire(self, conn: Connection) -> None:
        """Close a connection past its deadline; answer 408 if a request had begun."""
        if conn.phase not in (Phase.HEAD, Phase.BODY):
            self._drop(conn)
            return
        self._unwatch(conn)
        with suppress(OSError):
            write_error(conn.sock, 408, "Request Timeout", "The request did not arrive in time.")
        self._begin_closing(conn)

    def _begin_closing(self, conn: Connection) -> None:
        """Shut down sending and wait for the client to close, so that no bytes are lost."""
        if conn.end():
            conn.enter(Phase.CLOSING, LINGER_S)
            self._watch(conn)
        else:
            self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._unwatch(conn)
        self.nr_conns -= 1
        conn.close()
