"""Applies the forwarding headers of trusted proxies to requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import request

from smashpass.core.operations.proxies import TrustedProxies
from smashpass.web.http.problems import RequestRefused

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LONGEST_PREFIX = 200

_PREFIX = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*", re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?", re.ASCII)
_FAULT = "smashpass.proxy_fault"


class BehindProxies:
    """Sets client address, scheme, host and path prefix of each request.

    Only if the peer is a trusted proxy; headers from other peers are ignored. Except for
    ``X-Forwarded-For``, the last value of a header counts, written by the nearest proxy.
    """

    def __init__(self, app: WSGIApplication, trusted: TrustedProxies) -> None:
        self._app, self._trusted = app, trusted

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        peer = environ.get("REMOTE_ADDR", "")
        faults = []
        if self._trusted.trusts_peer(peer):
            hops = [hop for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop]
            environ["REMOTE_ADDR"] = self._trusted.client(peer, hops)
            faults = [*_take_scheme(environ), *_take_host(environ), *_take_prefix(environ)]
        # Some servers read it from a header of that name, and all redirects start with it.
        if not _is_prefix(environ.get("SCRIPT_NAME", "")):
            faults.append("SCRIPT_NAME is not a path")
            environ["SCRIPT_NAME"] = ""
        if faults:
            environ[_FAULT] = "; ".join(faults)
        return self._app(environ, start_response)


def require_good_headers() -> None:
    """Refuse a request with an invalid forwarding header.

    Raises:
        RequestRefused: A header is invalid; the detail says which.
    """
    fault = request.environ.get(_FAULT)
    if fault:
        raise RequestRefused(
            400, "bad_proxy_header", f"{fault}; correct the configuration of the proxy"
        )


def _is_prefix(text: str) -> bool:
    return len(text) <= LONGEST_PREFIX and _PREFIX.fullmatch(text) is not None


def _last(environ: WSGIEnvironment, name: str) -> str:
    header: str = environ.get(f"HTTP_X_FORWARDED_{name}", "")
    return header.rpartition(",")[2].strip()


def _take_scheme(environ: WSGIEnvironment) -> list[str]:
    scheme = _last(environ, "PROTO").lower()
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    return [] if scheme in ("", "http", "https") else ["X-Forwarded-Proto is not http or https"]


def _take_host(environ: WSGIEnvironment) -> list[str]:
    host = _last(environ, "HOST")
    if not host:
        return []
    if not _HOST.fullmatch(host):
        return ["X-Forwarded-Host is not a host name with an optional port"]
    environ["HTTP_HOST"] = host
    return []


def _take_prefix(environ: WSGIEnvironment) -> list[str]:
    prefix = _last(environ, "PREFIX").removesuffix("/")
    if not _is_prefix(prefix):
        return ["X-Forwarded-Prefix is not a path like /app"]
    if prefix:
        environ["SCRIPT_NAME"] = prefix
    return []
