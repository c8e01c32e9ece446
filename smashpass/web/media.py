"""``/media/SHA256-small.webp``: pictures, which never change and may be cached permanently."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import cast

from flask import Flask, Response, abort, request, send_file

from smashpass.core.errors import Gone, NotFound
from smashpass.core.pictures.picture import Size
from smashpass.services.pictures.files import PictureService
from smashpass.services.ports.places import FileOnDisk, SignedAddress

_NAME = re.compile(r"([0-9a-f]{64})-(small|large)\.webp", re.ASCII)
_YEAR_S = 365 * 24 * 3_600


def mount(app: Flask, pictures: PictureService, accel_redirect: str | None = None) -> None:
    """Add the route to ``app``; GET and HEAD, with conditional and partial answers.

    With ``accel_redirect``, the path of an internal location of nginx, answers have no body but say
    in ``X-Accel-Redirect`` which file nginx is to send: it costs this process no read, and nginx
    answers partial requests. Where pictures are in a bucket, the answer may be a redirect to a
    signed address, which expires.

    404 for unknown pictures, 410 for removed ones, 503 while their place cannot be reached; the
    application's error handlers provide the bodies. Names of any other form never become part of a
    path.
    """

    @app.get("/media/<name>")
    def media_file(name: str) -> Response:
        match = _NAME.fullmatch(name)
        if match is None:
            abort(404)
        sha256, size = match.groups()
        etag = f"{sha256}-{size}"
        try:
            place = pictures.file(sha256, cast(Size, size))
            if isinstance(place, SignedAddress):
                return _elsewhere(place)
            if isinstance(place, FileOnDisk) and accel_redirect is not None:
                answer = _sent_by_nginx(place.path, accel_redirect, etag)
            else:
                file = place.path if isinstance(place, FileOnDisk) else io.BytesIO(place.content)
                answer = send_file(file, "image/webp", etag=etag, max_age=_YEAR_S)
        except Gone:
            abort(410)
        except (NotFound, FileNotFoundError):  # it may be removed between the check and the read
            abort(404)
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def _elsewhere(place: SignedAddress) -> Response:
    """Return a redirect that no shared cache keeps, and a browser not longer than it works."""
    answer = Response(status=HTTPStatus.FOUND, headers={"Location": place.address})
    answer.cache_control.private = True
    answer.cache_control.max_age = place.seconds
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
