"""``/media/SHA256-small.webp``: pictures, which never change and may be cached permanently."""

from __future__ import annotations

import re
from typing import cast

from flask import Flask, Response, abort, send_file

from smashpass.core.errors import Gone, NotFound
from smashpass.core.pictures.picture import Size
from smashpass.services.pictures.files import PictureService

_NAME = re.compile(r"([0-9a-f]{64})-(small|large)\.webp", re.ASCII)
_YEAR_S = 365 * 24 * 3_600


def mount(app: Flask, pictures: PictureService) -> None:
    """Add the route to ``app``; GET and HEAD, with conditional and partial answers.

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
            answer = send_file(path, "image/webp", etag=f"{sha256}-{size}", max_age=_YEAR_S)
        except Gone:
            abort(410)
        except (NotFound, FileNotFoundError):  # it may be removed between the check and the read
            abort(404)
        answer.cache_control.public = True
        answer.cache_control.immutable = True
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer
