"""The least that a Flask app can do: a ready body. Run by gunicorn as bench.bare:app."""

from __future__ import annotations

import os

from flask import Flask, Response

app = Flask("bare")
_BODY = b"x" * int(os.environ.get("BARE_BYTES", "1000"))


@app.get("/deck")
def deck() -> Response:
    """Return the body."""
    return Response(_BODY, mimetype="application/json")
