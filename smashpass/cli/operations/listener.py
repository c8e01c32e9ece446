"""The socket that a server listens on: its address checked, opened, and asked once."""

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

_TAKEN_S = 6.0
"""How long a server that was killed may still hold its address: as long as its workers may end."""

_AGAIN_S = 0.2
_HEALTH = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen: a path, or a host with a port (0: any free one)."""

    text: str
    path: str = ""
    host: str = ""
    port: int = 0


def parse_address(text: str) -> Address:
    """Read ``HOST:PORT``, ``[IPv6]:PORT`` or ``unix:PATH``; to be used as a type of click.

    Raises:
        BadParameter: It is not of that form; says what would be.
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

    Waits for ``_TAKEN_S`` if it is taken, since a server that was killed may be about to end.

    Raises:
        BadParameter: There is no such address on this machine.
        NotPossible: It is taken or forbidden.
    """
    until = time.monotonic() + _TAKEN_S
    while True:
        try:
            return _listen_on_path(address) if address.path else _listen_on_port(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                if time.monotonic() < until:
                    time.sleep(_AGAIN_S)
                    continue
                raise NotPossible(
                    f"{address.text} is in use by another server", hint="end it, or choose another"
                ) from error
            raise _as_said(address, error) from error


def _listen_on_port(address: Address) -> socket.socket:
    try:
        places = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise click.BadParameter(
            f"{address.text!r}: the host {address.host!r} cannot be resolved"
        ) from error
    # A name such as localhost may have both; IPv4 is what clients try everywhere.
    family, _, _, _, place = min(places, key=lambda found: found[0] != socket.AF_INET)
    return _listen(socket.socket(family), place)


def _listen_on_path(address: Address) -> socket.socket:
    """Listen on a path; the file of a server that is gone is replaced."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(os.stat(address.path).st_mode):  # noqa: PTH116
            raise NotPossible(
                f"{address.text} is a file or folder, not a socket", hint="choose another path"
            )
        with socket.socket(socket.AF_UNIX) as probe:
            probe.setblocking(False)
            # One whose queue is full (EAGAIN) is alive too.
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


def _as_said(address: Address, error: OSError) -> Exception:
    """Return what a person is told of an address that cannot be had."""
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = "choose a folder that you may write to"
        if not address.path:
            hint = "ports below 1024 need a right; choose another and let a proxy pass it on"
        return NotPossible(f"{address.text}: permission denied", hint=hint)
    if error.errno == errno.EADDRNOTAVAIL:
        return click.BadParameter(f"{address.text!r} is not an address of this machine")
    # A path that is too long has no error number.
    reason = error.strerror or str(error)
    return click.BadParameter(f"{address.text!r}: {reason}")


def url_of(listener: socket.socket) -> str:
    """Return the address as it is shown, such as ``http://127.0.0.1:8000``."""
    place = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{place}"
    host = f"[{place[0]}]" if listener.family == socket.AF_INET6 else place[0]
    return f"http://{host}:{place[1]}"


class FirstAnswer:
    """A question to a server that is starting, whose answer shows that it serves."""

    def __init__(self, listener: socket.socket) -> None:
        self._family, self._place = listener.family, listener.getsockname()
        self._connection: socket.socket | None = None

    def arrived(self, seconds: float) -> bool:
        """Wait for the answer for so long; True once it is there and says that all is well."""
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
        """Give up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
