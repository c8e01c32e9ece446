"""``/tags/top``: the most common tags as one file, which browsers cache for completion."""

from __future__ import annotations

import gzip

from flask import Response, redirect
from flask import request as flask_request

from smashpass.core.library.index import Index
from smashpass.services.vocabulary.complete import TopTags
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, obj

table = RouteTable("library")

_YEAR_S = 365 * 24 * 3_600
_FILE = obj({"version": COUNT, "tags": {"type": "array", "items": {"type": "array"}}})
_made: tuple[Index, TopTags, bytes] | None = None


@table.add("GET", "/tags/top", access="nobody", answers={302: None})
def redirect_to_newest(request: ApiRequest) -> Response:
    """Redirects to the current file of the most common tags."""
    return _to(_top(request)[0])


@table.add("GET", "/tags/top/{digest}", access="nobody", answers={200: _FILE, 302: None})
def top_file(request: ApiRequest) -> Response:
    """The most common tags as `[name, label, count, category, aliases]`; cacheable permanently."""
    top, packed = _top(request)
    if request.path["digest"] != top.digest:
        return _to(top)
    zipped = flask_request.accept_encodings["gzip"] > 0
    answer = Response(packed if zipped else top.content, content_type="application/json")
    if zipped:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.cache_control.public = True
    answer.cache_control.max_age = _YEAR_S
    answer.cache_control.immutable = True
    return answer


def _top(request: ApiRequest) -> tuple[TopTags, bytes]:
    """Return the current file, plain and compressed; built once per version."""
    global _made
    index = request.services.library.index
    cached = _made
    if cached is None or cached[0] is not index:
        top = request.services.vocabulary.top(index)
        cached = _made = (index, top, gzip.compress(top.content, 6, mtime=0))
    return cached[1], cached[2]


def _to(top: TopTags) -> Response:
    answer = redirect(f"{flask_request.script_root}/api/v1/tags/top/{top.digest}")
    assert isinstance(answer, Response)
    answer.set_data(b"")
    answer.headers.pop("Content-Type", None)
    answer.headers["Cache-Control"] = "no-cache"
    return answer
