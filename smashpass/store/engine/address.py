"""The address of the database: what may be written in the setting, and how the driver reads it."""

from __future__ import annotations

import re

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from smashpass.core.errors import BadSetting

_FORMS = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
_SEVERAL = re.compile(r"(?P<before>[^:/]+://(?:[^@/]*@)?)(?P<hosts>[^/?@]*,[^/?@]*)(?P<rest>.*)")


def parse(address: str) -> URL:
    """Return ``address`` with the one driver that we use for each database.

    Several servers, of which one takes writes, are written as libpq has them:
    ``postgresql://USER@HOST:PORT,HOST:PORT/NAME?target_session_attrs=read-write``.

    Raises:
        BadSetting: It is of another kind of database, names no file, or cannot be read.
    """
    try:
        parsed = make_url(_spelled_out(address))
    except (ArgumentError, ValueError) as error:
        raise BadSetting("the database address cannot be read", hint=_FORMS) from error
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database in (None, "", ":memory:"):
            raise BadSetting(
                "the SQLite address names no file", hint="write sqlite:///FILE with a file name"
            )
        return parsed
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    raise BadSetting(f"the database {parsed.drivername!r} is not supported", hint=_FORMS)


def _spelled_out(address: str) -> str:
    """Return an address of several servers as SQLAlchemy reads it: each as ``host=HOST:PORT``."""
    several = _SEVERAL.fullmatch(address)
    if several is None or not address.startswith("postgresql"):
        return address
    name, _, query = several["rest"].partition("?")
    hosts = [host if ":" in host else f"{host}:5432" for host in several["hosts"].split(",")]
    options = "&".join([*(f"host={host}" for host in hosts), *filter(None, [query])])
    return f"{several['before']}{name}?{options}"
