"""``/media/SHA256-small.webp``: pictures, which never change and may be cached permanently."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import cast

from flask import Flask, Response, abort, request, send_file

from smashpass.core.errors import Gone, NotFound
from smashpass.core.pictures.picture import Size
from smashpass.services.pictures.files import PictureService

_NAME = re.compile(r"([0-9a-f]{64})-(small|large)\.webp", re.ASCII)
_YEAR_S = 365 * 24 * 3_600


def mount(app: Flask, pictures: PictureService, accel_redirect: str | None = None) -> None:
    """Add the route to ``app``; GET and HEAD, with conditional and partial answers.

    With ``accel_redirect``, the path of an internal location of nginx, answers have no body but say
    in ``X-Accel-Redirect`` which file nginx is to send: it costs this process no read, and nginx
    answers partial requests.

    404 for unknown pictures, 410 for removed ones; the application's error handlers provide the
    bodies. Names of any other form never become part of a path.
    """

    @app.get("/media/<name>")
    def media_file(name: str) -> Response:
        match = _NAME.fullmatch(name)
        if match is None:
            abort(404)
        sha256, size = match.groups()
        try:
            path = pictures.file(sha256, cast(Size, size))
            etag = f"{sha256}-{size}"
            if accel_redirect is None:
                answer = send_file(path, "image/webp", etag=etag, max_age=_YEAR_S)
            else:
                answer = _sent_by_nginx(path, accel_redirect, etag)
        except Gone:
            abort(410)
        except (NotFound, FileNotFoundError):  # it may be removed between the check and the read
            abort(404)
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def _sent_by_nginx(path: Path, location: str, etag: str) -> Response:
    """Return an answer that names the file below ``location``; 304 for who has it."""
    answer = Response(mimetype="image/webp")
    answer.set_etag(etag)
    answer.last_modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    answer.cache_control.public = True
    answer.cache_control.max_age = _YEAR_S
    answer.make_conditional(request)
    if answer.status_code != HTTPStatus.NOT_MODIFIED:
        answer.headers["X-Accel-Redirect"] = location + "/".join(path.parts[-3:])
    return answer
