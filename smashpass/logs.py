"""Logging: one JSON object a line on standard error, a constant event and its facts."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from orjson import dumps

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JSONFormatter(logging.Formatter):
    """Writes a record as one line; whatever was given in ``extra`` becomes a field."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; values that JSON does not know are written as text."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        try:
            return dumps(line, default=str).decode()
        except TypeError:  # text with half a character, or a number of more than 64 bits
            return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str) -> None:
    """Send every log of this process to standard error; calling it again replaces the first."""
    # No line says them, and finding them out takes time. gunicorn's own lines name the process.
    logging.logThreads = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JSONFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs each of its own steps
