"""The socket that a server listens on: address validation, opening, and a startup probe."""

from __future__ import annotations

import errno
import os
import select
import socket
import stat
import time
from contextlib import suppress
from dataclasses import dataclass

import click

from smashpass.core.errors import NotPossible

_MAX_PORT = 65_535
_BACKLOG = 1_024
_EXAMPLE = "127.0.0.1:8000"

_IN_USE_WAIT_S = 6.0
"""How long a killed server may still hold its address: the time its workers have to end."""

_RETRY_S = 0.2
_HEALTH = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a path, or a host with a port (0: any free one)."""

    text: str
    path: str = ""
    host: str = ""
    port: int = 0


def parse_address(text: str) -> Address:
    """Read ``HOST:PORT``, ``[IPv6]:PORT`` or ``unix:PATH``; for use as a click type.

    Raises:
        BadParameter: It has another form; the message suggests a correction.
    """
    if text.startswith("unix:"):
        path = text.removeprefix("unix:")
        if not path.strip("/"):
            raise click.BadParameter(f"{text!r} has no path; try unix:/run/smashpass.sock")
        return Address(text, path=os.path.abspath(path))  # noqa: PTH100
    scheme, separator, rest = text.partition("://")
    if separator:
        raise click.BadParameter(f"{text!r} is a URL; leave out {scheme}:// and write {rest}")
    host, separator, port = text.rpartition(":")
    if not separator:
        raise click.BadParameter(_without_colon(text))
    if not host:
        raise click.BadParameter(f"{text!r} has no host; try 127.0.0.1:{port or 8000}")
    if not (port.isascii() and port.isdigit() and int(port[:9]) <= _MAX_PORT):
        raise click.BadParameter(f"{text!r}: the port must be a number from 0 to {_MAX_PORT}")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise click.BadParameter(
            f"{text!r}: write an IPv6 address in brackets, for example [::1]:8000"
        )
    return Address(text, host=host, port=int(port))


parse_address.__name__ = "address"


def _without_colon(text: str) -> str:
    if not text:
        return f"the address is empty; try {_EXAMPLE}"
    if text.isascii() and text.isdigit():
        return f"{text!r} has no host; try 127.0.0.1:{text}"
    return f"{text!r} has no port; try {text}:8000"


def open_listener(address: Address) -> socket.socket:
    """Listen on an address.

    Waits up to ``_IN_USE_WAIT_S`` if it is in use, because a killed server may be about to end.

    Raises:
        BadParameter: This machine does not have the address.
        NotPossible: It is in use or forbidden.
    """
    until = time.monotonic() + _IN_USE_WAIT_S
    while True:
        try:
            return _listen_on_path(address) if address.path else _listen_on_port(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                if time.monotonic() < until:
                    time.sleep(_RETRY_S)
                    continue
                raise NotPossible(
                    f"{address.text} is in use by another server",
                    hint="stop it, or choose another address",
                ) from error
            raise _translated(address, error) from error


def _listen_on_port(address: Address) -> socket.socket:
    try:
        places = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise click.BadParameter(
            f"{address.text!r}: the host {address.host!r} cannot be resolved"
        ) from error
    # A name such as localhost may have both; all clients try IPv4.
    family, _, _, _, place = min(places, key=lambda entry: entry[0] != socket.AF_INET)
    return _listen(socket.socket(family), place)


def _listen_on_path(address: Address) -> socket.socket:
    """Listen on a path; a stale socket file is replaced."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(address.path).st_mode):  # noqa: PTH116
            raise NotPossible(
                f"{address.text} is a file or folder, not a socket", hint="choose another path"
            )
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            # A server whose queue is full (EAGAIN) is alive too.
            result = probe.connect_ex(address.path)
        if result in (0, errno.EAGAIN):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        if result != errno.ECONNREFUSED:
            raise OSError(result, os.strerror(result))
        os.unlink(address.path)  # noqa: PTH108
    # As gunicorn does: a proxy that runs as another user must be able to connect.
    before = os.umask(0)
    try:
        return _listen(socket.socket(socket.AF_UNIX), address.path)
    finally:
        os.umask(before)


def _listen(listener: socket.socket, place: object) -> socket.socket:
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)  # type: ignore[arg-type]
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _translated(address: Address, error: OSError) -> Exception:
    """Translate the error for an address that cannot be opened."""
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = "choose a folder that you can write to"
        if not address.path:
            hint = "ports below 1024 need a privilege; choose another behind a proxy"
        return NotPossible(f"{address.text}: permission denied", hint=hint)
    if error.errno == errno.EADDRNOTAVAIL:
        return click.BadParameter(f"{address.text!r} is not an address of this machine")
    # A path that is too long has no error number.
    reason = error.strerror or str(error)
    return click.BadParameter(f"{address.text!r}: {reason}")


def url_of(listener: socket.socket) -> str:
    """Return the address for display, such as ``http://127.0.0.1:8000``."""
    place = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{place}"
    host = f"[{place[0]}]" if listener.family == socket.AF_INET6 else place[0]
    return f"http://{host}:{place[1]}"


class StartupProbe:
    """A health request to a starting server, answered once it is serving."""

    def __init__(self, listener: socket.socket) -> None:
        self._family, self._place = listener.family, listener.getsockname()
        self._connection: socket.socket | None = None

    def succeeded(self, seconds: float) -> bool:
        """Wait up to ``seconds`` for the answer; True once a healthy one arrived."""
        try:
            if self._connection is None:
                self._connection = socket.socket(self._family)
                self._connection.settimeout(seconds)
                self._connection.connect(self._place)
                self._connection.sendall(_HEALTH)
            if not select.select([self._connection], [], [], seconds)[0]:
                return False
            answer = self._connection.recv(_BACKLOG)
        except OSError:
            answer = b""
        self.close()
        if b" 200 " in answer.partition(b"\r\n")[0]:
            return True
        time.sleep(seconds)
        return False

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
