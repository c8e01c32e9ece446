"""A client connection, as seen by the polling thread."""

from __future__ import annotations

import socket
import struct
import time
from enum import Enum
from typing import Any

from gunicorn.workers.gthread import TConn

from smashpass.web.server.request_buffer import RequestBuffer

STALL_S = 20
"""How long a thread waits for more bytes of a long body, or for the client to read."""

_CHUNK = 1 << 16
_MAX_DISCARDED = 1 << 16


class Phase(Enum):
    """What a connection waits for; while it is answered it belongs to a thread."""

    IDLE = "idle"
    HEAD = "head"
    BODY = "body"
    ANSWERING = "answering"
    CLOSING = "closing"


class Connection(TConn):  # type: ignore[misc]
    """A connection with the received part of its next request."""

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any) -> None:
        super().__init__(cfg, sock, client, server)
        sock.setblocking(True)  # for the threads; the poller says each time that it won't wait
        self.data_ready = True
        self.is_unwatched = True
        self.buffer = RequestBuffer(cfg.limit_request_line)
        self.phase = Phase.IDLE
        self.deadline = 0.0
        self.is_long = False
        self._discarded = 0
        # For worker threads, in which the socket blocks; Python's own timeout would apply to the
        # whole response.
        patience = struct.pack("ll", STALL_S, 0)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            sock.setsockopt(socket.SOL_SOCKET, option, patience)
        # Files are sent by sendfile, for which Python ignores SO_SNDTIMEO.
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1_000 * STALL_S)

    def enter(self, phase: Phase, seconds: float) -> None:
        """Enter another phase with its own deadline."""
        self.phase, self.deadline = phase, time.monotonic() + seconds

    def await_request(self, seconds: float, received: bytes = b"") -> None:
        """Begin with the next request, of which some bytes may have come, in an idle phase."""
        self.buffer = RequestBuffer(self.cfg.limit_request_line, received)
        self.enter(Phase.IDLE, seconds)

    def receive(self) -> bytes | None:
        """Return available bytes; None if there are none yet, b"" at the end of the stream."""
        try:
            received: bytes = self.sock.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return received

    def end(self) -> bool:
        """Shut down sending; False if the client is gone."""
        self.buffer.take()
        try:
            self.sock.setblocking(False)
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            return False
        return True

    def has_ended(self) -> bool:
        """Discard further input; True once the client has closed, or sends too much."""
        received = self.receive()
        if received is None:
            return False
        self._discarded += len(received)
        return not received or self._discarded > _MAX_DISCARDED
