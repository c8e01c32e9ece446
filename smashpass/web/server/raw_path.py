"""Names in addresses: each segment of a path is decoded once, so that a name may hold any letter.

A WSGI server decodes the whole path before it is split at ``/``, after which an encoded slash of a
name cannot be told from one between segments. Here both encoded slashes and encoded percent signs
stay as they are until a segment has been cut out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from werkzeug.routing import Map, PathConverter, UnicodeConverter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_KEPT = re.compile("%(2f|25)", re.IGNORECASE)
_SCHEME_AND_HOST = re.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


class KeepEncodedSlashes:
    """Puts a path into each request in which encoded slashes and percent signs stay encoded."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
        path = _SCHEME_AND_HOST.sub("", raw, count=1).partition("?")[0]
        # Unless something between the client and here changed the path, which then counts.
        if "%" in path and _decoded(path) == environ.get("PATH_INFO", ""):
            environ["PATH_INFO"] = _decoded(_KEPT.sub(r"%25\1", path))
        return self._app(environ, start_response)


def decode_segments(routes: Map) -> None:
    """Let the parts of all routes be decoded once they are cut out."""
    routes.converters = {
        **routes.converters,
        "default": _Segment,
        "string": _Segment,
        "path": _Path,
    }


def _decoded(path: str) -> str:
    """Return a path as WSGI has it: each byte as one character."""
    return unquote_to_bytes(path).decode("latin-1")


def _unescaped(value: str) -> str:
    """Return a segment with its encoded slashes and percent signs decoded, each once."""
    return _KEPT.sub(lambda kept: "/" if kept[1] != "25" else "%", value)


class _Segment(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return _unescaped(value)


class _Path(PathConverter):
    def to_python(self, value: str) -> str:
        return _unescaped(value)
