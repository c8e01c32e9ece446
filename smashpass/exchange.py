"""One HTTP exchange that ends by a deadline, whatever the other side does.

The time limits of HTTP clients begin anew with each packet: a server that drips its answer byte by
byte holds them for as long as it likes. Here every wait on the socket gets what is left of one
deadline. No redirect is followed, no proxy is taken from the environment, nothing is unpacked.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from ipaddress import ip_address
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit


class ExchangeFailed(Exception):
    """There is no complete answer.

    Attributes:
        reason: One word: the time is over, nobody is reached, or the answer is not HTTP.
        connected: Whether there was a connection, so that the request may have been received.
    """

    def __init__(
        self,
        reason: Literal["timeout", "unreachable", "bad_answer"],
        detail: str,
        *,
        connected: bool,
    ) -> None:
        """Keep why not; ``detail`` is what happened, for people."""
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.connected = connected


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is."""

    host: str
    port: int
    path: str
    tls: bool

    @property
    def address(self) -> str:
        """Host and port, without what else the address holds; fit to be shown to everybody."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        """Whether what is sent stays on this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """Read an address.

        Raises:
            ValueError: It is not an HTTP address, or has more than scheme, host, port and path.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("not an http:// or https:// address")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError("expected an address with scheme, host, port and path only")
        if not parts.geturl().isascii() or not parts.geturl().isprintable() or " " in url:
            raise ValueError("it holds characters that no address has")
        tls = parts.scheme == "https"
        port = parts.port if parts.port is not None else (443 if tls else 80)
        return cls(parts.hostname, port, parts.path.rstrip("/"), tls)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        status: The HTTP status.
        headers: The headers; names in any case.
        body: The whole body.
    """

    status: int
    headers: Message
    body: bytes


def exchange(
    endpoint: Endpoint,
    method: str,
    path: str,
    *,
    until: float,
    most: int,
    body: bytes = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Reply:
    """Send a request and return the answer, whatever its status.

    Args:
        endpoint: The server.
        method: ``GET`` or ``POST``.
        path: What to ask for, after the path of the endpoint.
        until: The deadline, as a value of ``time.monotonic``.
        most: Maximum size of the answer's body in bytes.
        body: Of the request.
        headers: Of the request, beside those that HTTP needs.

    Raises:
        ExchangeFailed: There is no complete answer in time.
    """
    connected = False
    try:
        with _connected(endpoint, until) as link:
            connected = True
            connection = http.client.HTTPConnection(endpoint.host, endpoint.port)
            # What http.client asks of a socket is little, and it is the waiting that we change.
            connection.sock = _Timed(link, until)
            sent_headers = {"Connection": "close", **headers}
            connection.request(method, endpoint.path + path, body or None, sent_headers)
            with connection.getresponse() as answer:
                content = answer.read(most + 1)
                missing = answer.length
    except TimeoutError as error:
        raise ExchangeFailed("timeout", "the time is over", connected=connected) from error
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise ExchangeFailed("unreachable", detail, connected=connected) from error
    except (http.client.HTTPException, ValueError) as error:
        detail = f"not HTTP: {type(error).__name__}"
        raise ExchangeFailed("bad_answer", detail, connected=connected) from error
    if len(content) > most:
        raise ExchangeFailed("bad_answer", f"more than {most:,} bytes", connected=True)
    if missing:
        detail = f"the answer ends {missing:,} bytes too early"
        raise ExchangeFailed("bad_answer", detail, connected=True)
    return Reply(answer.status, answer.headers, content)


def _connected(endpoint: Endpoint, until: float) -> socket.socket:
    """Connect, through TLS if required, to the first address that answers."""
    failure: OSError = OSError("the name has no address")
    addresses = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in addresses:
        link = socket.socket(family, kind, protocol)
        try:
            link.settimeout(_left(until))
            link.connect(address)
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if endpoint.tls:
                link.settimeout(_left(until))
                link = ssl.create_default_context().wrap_socket(link, server_hostname=endpoint.host)
        except OSError as error:
            link.close()
            failure = error
            continue
        return link
    raise failure


def _left(until: float) -> float:
    """Return the seconds that are left.

    Raises:
        TimeoutError: None.
    """
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Timed:
    """A socket with one deadline for all waits; implements what http.client uses."""

    def __init__(self, link: socket.socket, until: float) -> None:
        self._link = link
        self._until = until

    def sendall(self, data: bytes) -> None:
        """Send everything; Python's ``sendall`` has one time limit for the whole."""
        self._link.settimeout(_left(self._until))
        self._link.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return a file to read from."""
        return io.BufferedReader(_TimedReader(self._link, self._until))

    def close(self) -> None:
        """Do nothing: the creator of the connection closes it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


class _TimedReader(io.RawIOBase):
    """The reader of the peer's data."""

    def __init__(self, link: socket.socket, until: float) -> None:
        self._link = link
        self._until = until

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait for some bytes, but not beyond the deadline."""
        self._link.settimeout(_left(self._until))
        return self._link.recv_into(buffer)
