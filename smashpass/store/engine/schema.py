"""What all tables are made of: the registry, keys that count up, and bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData
from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts up only columns that are declared INTEGER.
BigKey = BigInteger().with_variant(Integer(), "sqlite")


class Blob(LargeBinary):
    """Bytes as the driver gives them: both drivers give bytes, so nothing is to be copied."""

    cache_ok = True

    def result_processor(
        self,
        dialect: Dialect,  # noqa: ARG002
        coltype: object,  # noqa: ARG002
    ) -> Callable[[Any], bytes | None] | None:
        """Say that values need no work."""
        return None
