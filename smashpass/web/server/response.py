"""What gunicorn sends, in fewer system calls."""

from __future__ import annotations

from typing import Any

from gunicorn.http.wsgi import Response
from gunicorn.util import write

_JOINED = 1 << 16
"""Bytes of a body up to which copying it costs less than a second system call."""


class JoinedResponse(Response):  # type: ignore[misc]
    """gunicorn's response, whose head and first part of the body are written at once."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._head = b""
        self.headers_sent = False

    def send_headers(self) -> None:
        """Hold the head back until there is something to send with it."""
        if not self.headers_sent:
            lines = [
                *self.default_headers(),
                *(f"{name}: {value}\r\n" for name, value in self.headers),
            ]
            self._head = "".join([*lines, "\r\n"]).encode("latin-1")
            self.headers_sent = True

    def _emit_body(self, data: bytes) -> None:
        if self._head and not self.chunked and len(data) <= _JOINED:
            data, self._head = self._head + data, b""
        self._send_head()
        super()._emit_body(data)

    def sendfile(self, respiter: Any) -> bool:
        """Send a file by the kernel, after the head."""
        self.send_headers()
        self._send_head()
        return bool(super().sendfile(respiter))

    def close(self) -> None:
        """Send what was held back, and the end."""
        self.send_headers()
        self._send_head()
        super().close()

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            write(self.sock, head)
