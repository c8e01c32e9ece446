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
import threading
import time
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from selectors import EVENT_READ
from threading import Thread
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine, NoMoreData
from gunicorn.http.wsgi import create
from gunicorn.util import close_graceful, write_error
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from smashpass.web.server.backlog import PROBES, Backlog, refusal
from smashpass.web.server.connection import Connection, Phase
from smashpass.web.server.handover import Handover
from smashpass.web.server.request_buffer import MAX_HEAD, Arrival
from smashpass.web.server.response import JoinedResponse

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

TURN_S = 0.003
"""How long a read waits for its turn before it runs beside the others.

Threads that run at once take the interpreter's lock from each other at every system call, which
costs more than a deck. In turns they do not; and whoever waits for something else, such as a
scorer, keeps nobody longer than this.
"""

_READS = (b"GET ", b"HEAD ")
_NOTICE_S = 1.0
_SWEEP_S = 0.5
_OTHER_FILES = 256
_NOTHING_YET = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
_CLIENT_GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)
_NO_FILE_LEFT = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """The worker class that ``gunicorn_conf`` names."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.worker_connections: int = self.cfg.worker_connections
        self._waiting: dict[Connection, None] = {}  # in order of arrival
        self._buffered = 0
        self._next_sweep = 0.0
        self._requests: SimpleQueue[Connection | None] = SimpleQueue()
        self._long_requests: SimpleQueue[Connection | None] = SimpleQueue()
        self._backlog = Backlog()
        self._turn = threading.Lock()
        self._next_notice = 0.0
        self.handover: Handover | None = None

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
        queues = [self._requests] * self.cfg.threads + [self._long_requests] * LONG_BODIES
        for requests in queues:
            Thread(target=self._answer_all, args=(requests,), daemon=True).start()
        super().run()
        for requests in queues:
            requests.put(None)

    def accept(self, listener: socket.socket) -> None:
        """Accept a connection; at the limit, close the one that has waited longest."""
        try:
            client, address = listener.accept()
        except OSError as error:
            if error.errno in _NO_FILE_LEFT and self._waiting:
                self._drop(self._oldest())
            elif error.errno not in _NOTHING_YET:
                raise
            return
        self.nr_conns += 1
        connection = Connection(self.cfg, client, address, listener.getsockname())
        connection.await_request(self._patience_s)
        self._waiting[connection] = None
        self._watch(connection)
        self._receive(connection)
        if self.nr_conns >= self.worker_connections and self._waiting:
            self._drop(self._oldest())

    def enqueue_req(self, conn: Connection) -> None:
        """Hand a request to a thread, or refuse it if too many wait."""
        if self._backlog.is_overdue() and not conn.buffer.starts_with(PROBES):
            self._shed(conn)
            return
        conn.phase = Phase.ANSWERING
        if conn.is_long:
            self._long_requests.put(conn)
        else:
            self._backlog.add()
            self._requests.put(conn)

    def _answer_all(self, requests: SimpleQueue[Connection | None]) -> None:
        """Answer requests for as long as the worker lives; runs in a thread."""
        while (conn := requests.get()) is not None:
            try:
                stays = self._answer(conn)
            except Exception:
                self.log.exception("Error handling a connection")
                stays = False
            if stays:
                self._await_next(conn)
            else:
                self.method_queue.defer(self._begin_closing, conn)

    def _answer(self, conn: Connection) -> bool:
        """Answer a request; return whether the connection stays open."""
        if not conn.is_long:
            self._backlog.take()
        has_turn = conn.buffer.starts_with(_READS) and self._turn.acquire(timeout=TURN_S)
        try:
            conn.init()
            conn.parser.unreader.unread(conn.buffer.take())
            return bool(self.handle(conn))
        finally:
            if has_turn:
                self._turn.release()

    def handle(self, conn: Connection) -> bool:
        """Parse a request and answer it; return whether the connection stays open."""
        request = None
        try:
            request = next(conn.parser)
            if not self.handle_request(request, conn):
                return False
            # Where all of it was read before, this waits for nobody.
            deadline = time.monotonic() + BODY_S if conn.is_long else None
            return bool(conn.parser.finish_body(deadline=deadline))
        except (NoMoreData, StopIteration):
            return False
        except OSError as error:
            if error.errno not in _CLIENT_GONE:
                self.log.exception("Socket error processing request.")
            return False
        except Exception as error:
            self.handle_error(request, conn.sock, conn.client, error)
            return False

    def _await_next(self, conn: Connection) -> None:
        """Wait for the next request of a connection; called by the thread that has answered.

        The poller watches the connection all the time, so nothing has to be said to it, unless
        it has stopped because there was something to read already.
        """
        received = conn.parser.unreader.take_buffered()
        if received:
            self.method_queue.defer(self._resume, conn, received)
            return
        conn.await_request(self._patience_s)
        self._waiting[conn] = None
        # In this order: the poller stops to watch first, and looks whether it waits afterwards.
        if conn.is_unwatched:
            self.method_queue.defer(self._watch, conn)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a parsed request; give up on a client that reads nothing for ``STALL_S``."""
        answer = None
        try:
            answer, environ = create(
                req, conn.sock, conn.client, conn.server, self.cfg, response_class=JoinedResponse
            )
            environ["wsgi.multithread"] = True
            if not self.alive:
                answer.force_close()
            parts = self.wsgi(environ, answer.start_response)
            try:
                if isinstance(parts, environ["wsgi.file_wrapper"]):
                    answer.write_file(parts)
                else:
                    for part in parts:
                        answer.write(part)
                answer.close()
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        except (BlockingIOError, TimeoutError):
            self.log.debug("Gave up on a client that does not read.")
            return False
        except OSError:
            raise
        except (Exception, SystemExit):
            if answer is None or not answer.headers_sent:
                raise
            # The answer has begun: a second one would be taken for the rest of it.
            self.log.exception("Error handling request")
            close_graceful(conn.sock)
            return False
        return not answer.should_close()

    def notify(self) -> None:
        """Tell the arbiter that this worker lives, once a second rather than with each event.

        A worker that has grown ends, as after a signal: what it has begun is answered.
        """
        now = time.monotonic()
        if now >= self._next_notice:
            self._next_notice = now + _NOTICE_S
            super().notify()
            if self.handover is not None and self.handover.is_due(self._version()):
                self.alive = False

    def _resume(self, conn: Connection, received: bytes) -> None:
        """Consider the next request, of which something came with the one before."""
        conn.await_request(self._patience_s, received)
        self._waiting[conn] = None
        self._buffered += len(received)
        self._watch(conn)
        self._consider(conn)

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

    @property
    def _patience_s(self) -> float:
        """How long a connection may be idle."""
        return float(self.cfg.keepalive if self.alive else STOP_KEEPALIVE_LINGER)

    def _version(self) -> int:
        """The library version that this worker answers from."""
        return int(self.wsgi.extensions["keeping_up"].version)

    def _oldest(self) -> Connection:
        """The connection that has waited longest."""
        # A copy, which is made in one step: threads add to the original.
        return next(iter(list(self._waiting)))

    def _watch(self, conn: Connection) -> None:
        """Let the poller tell when there is something to read, if anybody waits for it."""
        if conn.is_unwatched and conn in self._waiting:
            conn.is_unwatched = False
            self.poller.register(conn.sock, EVENT_READ, partial(self._on_readable, conn))

    def _unwatch(self, conn: Connection) -> None:
        if not conn.is_unwatched:
            conn.is_unwatched = True
            self.poller.unregister(conn.sock)

    def _forget(self, conn: Connection) -> None:
        """Take a connection out of those that wait for a request."""
        if conn in self._waiting:
            del self._waiting[conn]
            self._buffered -= len(conn.buffer)

    def _on_readable(self, conn: Connection, _sock: socket.socket) -> None:
        if conn in self._waiting:
            if conn.phase is not Phase.CLOSING:
                self._receive(conn)
            elif conn.has_ended():
                self._drop(conn)
            return
        # It is being answered: its thread reads the rest of the request, or leaves it.
        self._unwatch(conn)
        # If that ended just now, the thread may have missed that nobody watches.
        self._watch(conn)

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
            self._drop(self._oldest())

    def _consider(self, conn: Connection) -> None:
        """Enqueue a complete request, refuse one that is too large, or keep waiting."""
        arrival = conn.buffer.arrival()
        if arrival in (Arrival.WHOLE, Arrival.HEAD):
            self._forget(conn)
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
        self._forget(conn)
        self.handle_error(None, conn.sock, conn.client, error)
        self._begin_closing(conn)

    def _shed(self, conn: Connection) -> None:
        """Refuse a request at once, without a thread."""
        self.wsgi.extensions["metrics"].count_shed()
        with suppress(OSError):
            conn.sock.send(refusal(), socket.MSG_DONTWAIT)
        self._begin_closing(conn)

    def _expire(self, conn: Connection) -> None:
        """Close a connection past its deadline; answer 408 if a request had begun."""
        if conn.phase not in (Phase.HEAD, Phase.BODY):
            self._drop(conn)
            return
        self._forget(conn)
        with suppress(OSError):
            write_error(conn.sock, 408, "Request Timeout", "The request did not arrive in time.")
        self._begin_closing(conn)

    def _begin_closing(self, conn: Connection) -> None:
        """Shut down sending and wait for the client to close, so that no bytes are lost."""
        if conn.end():
            conn.enter(Phase.CLOSING, LINGER_S)
            self._waiting[conn] = None
            self._watch(conn)
        else:
            self._drop(conn)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self._unwatch(conn)
        self.nr_conns -= 1
        conn.close()
