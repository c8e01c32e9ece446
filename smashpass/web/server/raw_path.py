"""Decodes each path segment exactly once, so that names may contain any character.

A WSGI server decodes the whole path before it is split at ``/``, after which an encoded slash in a
name cannot be distinguished from a separator. Here encoded slashes and percent signs stay encoded
until the path has been split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from werkzeug.routing import Map, PathConverter, UnicodeConverter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ESCAPE = re.compile("%(2f|25)", re.IGNORECASE)
_SCHEME_AND_HOST = re.compile("[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")


class KeepEncodedSlashes:
    """Keeps encoded slashes and percent signs in the path of each request."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
        if "%" in raw:
            path = _SCHEME_AND_HOST.sub("", raw, count=1).partition("?")[0]
            # Unless a proxy rewrote the path, in which case the rewritten path counts.
            if _decoded(path) == environ.get("PATH_INFO", ""):
                environ["PATH_INFO"] = _decoded(_ESCAPE.sub(r"%25\1", path))
        return self._app(environ, start_response)


def decode_segments(routes: Map) -> None:
    """Decode path segments of all routes after splitting."""
    routes.converters = {
        **routes.converters,
        "default": _Segment,
        "string": _Segment,
        "path": _Path,
    }


def _decoded(path: str) -> str:
    """Return a path in WSGI form: each byte as one character."""
    return unquote_to_bytes(path).decode("latin-1")


def _unescaped(value: str) -> str:
    """Return a segment with its encoded slashes and percent signs decoded, each once."""
    return _ESCAPE.sub(lambda escape: "/" if escape[1] != "25" else "%", value)


class _Segment(UnicodeConverter):
    def to_python(self, value: str) -> str:
        return _unescaped(value)


class _Path(PathConverter):
    def to_python(self, value: str) -> str:
        return _unescaped(value)
