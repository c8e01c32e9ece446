"""Inserts many rows by the fastest way of a database: what an import does most."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, insert

from smashpass.store.engine.failures import means_unavailable, unavailable


def insert_all(connection: Connection, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` as the driver takes it.

    PostgreSQL gets them by COPY, three times as fast as by INSERT. SQLite gets them without the
    conversions of columns, of which the tables of the library need none.

    Raises:
        DatabaseUnavailable: The database does not take them.
    """
    names = [column.name for column in table.columns]
    values = map(itemgetter(*names), rows)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {table.name} ({', '.join(names)}) FROM STDIN", values)
    elif parameters := [*values]:
        statement = insert(table).compile(dialect=connection.dialect)
        assert statement.positiontup == names
        connection.exec_driver_sql(str(statement), parameters)


def _copy(connection: Connection, statement: str, values: Iterable[tuple[Any, ...]]) -> None:
    """Send rows by COPY, in the transaction of ``connection``."""
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except driver.Error as error:
        # SQLAlchemy does not see this statement, so nobody else names its failure.
        if driver.closed or means_unavailable(error):
            raise unavailable(connection.engine, error) from error
        raise
