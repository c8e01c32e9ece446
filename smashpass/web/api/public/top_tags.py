"""``/tags/top``: the commonest tags as one file, which browsers keep and complete from."""

from __future__ import annotations

import gzip

from flask import Response, redirect, request

from smashpass.core.library.index import Index
from smashpass.services.vocabulary.complete import TopTags
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, obj

table = RouteTable("library")

_YEAR_S = 365 * 24 * 3_600
_FILE = obj({"version": COUNT, "tags": {"type": "array", "items": {"type": "array"}}})
_made: tuple[Index, TopTags, bytes] | None = None


@table.add("GET", "/tags/top", who="nobody", answers={302: None})
def newest(call: ApiRequest) -> Response:
    """Leads to the file of the commonest tags as they are now."""
    return _to(_top(call)[0])


@table.add("GET", "/tags/top/{digest}", who="nobody", answers={200: _FILE, 302: None})
def one(call: ApiRequest) -> Response:
    """The commonest tags: `[name, label, count, category, aliases]` each; may be kept for ever."""
    top, packed = _top(call)
    if call.path["digest"] != top.digest:
        return _to(top)
    zipped = request.accept_encodings["gzip"] > 0
    answer = Response(packed if zipped else top.content, content_type="application/json")
    if zipped:
        answer.content_encoding = "gzip"
    answer.vary.add("Accept-Encoding")
    answer.cache_control.public = True
    answer.cache_control.max_age = _YEAR_S
    answer.cache_control.immutable = True
    return answer


def _top(call: ApiRequest) -> tuple[TopTags, bytes]:
    """Return the file for the library as it is now, plain and packed; made once a version."""
    global _made
    index = call.parts.library.index
    made = _made
    if made is None or made[0] is not index:
        top = call.parts.completion.top(index)
        made = _made = (index, top, gzip.compress(top.content, 6, mtime=0))
    return made[1], made[2]


def _to(top: TopTags) -> Response:
    answer = redirect(f"{request.script_root}/api/v1/tags/top/{top.digest}")
    assert isinstance(answer, Response)
    answer.set_data(b"")
    answer.headers.pop("Content-Type", None)
    answer.headers["Cache-Control"] = "no-cache"
    return answer
