"""Engines, the schema, and what a person reads when the database is not there."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from smashpass.core.errors import BadSetting, DatabaseUnavailable, NotPossible
from smashpass.store.engine import database, tables
from smashpass.store.engine.address import parse
from smashpass.store.engine.patience import CONNECT_TIMEOUT_S
from smashpass.store.library.catalogue import Catalogue
from smashpass.store.operations.audit import Audit
from tests.support.paths import ROOT


def one_line(error: BaseException) -> bool:
    return "\n" not in str(error)


def test_nothing_is_opened_before_it_is_used(tmp_path):
    engine = database.connect(f"sqlite:///{tmp_path}/library.db")
    assert list(tmp_path.iterdir()) == []
    engine.dispose()


@pytest.mark.parametrize(
    "url", ["", "nonsense", "mysql://host/name", "sqlite://", "sqlite:///:memory:", "sqlite+x:///f"]
)
def test_an_address_of_another_kind_is_refused_with_the_forms_that_work(url):
    with pytest.raises(BadSetting, match="sqlite:///") as caught:
        database.connect(url)
    assert one_line(caught.value)


def test_both_spellings_of_postgresql_mean_the_same_driver():
    for url in ("postgresql://u@host/name", "postgresql+psycopg://u@host/name"):
        assert database.connect(url).url.drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("postgresql://u:p%40@a:5433,b:5434/n?target_session_attrs=read-write", "a:5433 b:5434"),
        ("postgresql+psycopg://a,b/n?target_session_attrs=read-write", "a:5432 b:5432"),
        (
            "postgresql://u@/n?host=a:5433&host=b:5434&target_session_attrs=read-write",
            "a:5433 b:5434",
        ),
    ],
)
def test_several_servers_may_be_named_of_which_one_takes_writes(address, hosts):
    parsed = parse(address)
    assert " ".join(parsed.query["host"]) == hosts
    assert parsed.query["target_session_attrs"] == "read-write"
    assert (parsed.host, parsed.database) == (None, "n")
    engine = database.connect(address)
    (_, options) = engine.dialect.create_connect_args(engine.url)
    assert options["host"] == "a,b"
    assert options["target_session_attrs"] == "read-write"


def test_a_port_that_is_no_number_is_a_bad_address():
    with pytest.raises(BadSetting, match="cannot be read"):
        database.connect("postgresql://u@host:port/name")


def test_a_server_that_takes_no_writes_any_more_is_left(postgres_server):
    url = postgres_server.new_database()
    engine = database.connect(url)
    database.migrate(engine)
    with engine.connect() as connection:  # as it is where the server became a standby
        connection.execute(text("SET default_transaction_read_only = on"))
        connection.commit()
    with pytest.raises(DatabaseUnavailable, match="connect to the server that takes writes"):
        Audit(engine).append("ann", "sign-in")
    assert Audit(engine).append("ann", "sign-in") == 1
    engine.dispose()
    postgres_server.drop(url)


def test_the_migrations_make_what_the_tables_say(engine):
    def is_whole_table(_object, name, kind, _reflected, _other):
        return not (kind == "table" and name.startswith("swipe_"))  # a part of the swipes

    with database.reading(engine) as connection:
        options = {"include_object": is_whole_table}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, tables.metadata) == []
    assert database.schema_version(engine) == database.schema_head()


def test_an_empty_database_has_no_schema_version(url):
    engine = database.connect(url)
    assert database.schema_version(engine) is None
    engine.dispose()


def test_migrating_again_changes_nothing(engine):
    key = database.id_key(engine)
    database.migrate(engine)
    assert database.id_key(engine) == key
    assert len(key) == 16


def test_a_database_of_a_later_version_is_named_in_one_line_and_left_alone(engine):
    later = text("UPDATE alembic_version SET version_num = '9999'")
    with engine.begin() as connection:
        connection.execution_options(smashpass_write=True)
        connection.execute(later)
    with pytest.raises(NotPossible, match=r"schema 9999.*install the later version") as caught:
        database.migrate(engine)
    assert one_line(caught.value)
    assert database.schema_version(engine) == "9999"


def test_two_processes_may_make_the_schema_at_once(url):
    program = (
        "import sys; from smashpass.store.engine import database;"
        "engine = database.connect(sys.argv[1]); database.migrate(engine);"
        "print(database.id_key(engine).hex())"
    )
    command = [sys.executable, "-W", "error", "-c", program, url]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert len({out for out, _ in answers}) == 1


def test_sqlite_is_set_up_to_lose_nothing(tmp_path):
    engine = database.connect(f"sqlite:///{tmp_path}/library.db")
    with database.reading(engine) as connection:
        pragmas = {
            name: connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }
    engine.dispose()


def test_a_failed_transaction_leaves_nothing(engine):
    def fail():
        with database.writing(engine) as connection:
            connection.execute(tables.meta.insert(), {"name": "x", "value": "y"})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail()
    with database.reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM meta WHERE name = 'x'")) == 0


def test_a_locked_database_is_named_in_one_line(tmp_path):
    engine = database.connect(f"sqlite:///{tmp_path}/library.db", busy_timeout_ms=20)
    database.migrate(engine)
    other = sqlite3.connect(tmp_path / "library.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match=r"library.db: .*locked; another") as caught:
        Audit(engine).append("ann", "sign-in")
    assert one_line(caught.value)
    assert Catalogue(engine).library_version() == 0  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    assert Audit(engine).append("ann", "sign-in") == 1
    engine.dispose()


def test_a_database_that_may_only_be_read_is_named_in_one_line(engine):
    url = engine.url.render_as_string(hide_password=False)
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        frozen = database.connect(f"sqlite:///file:{path}?mode=ro&uri=true")
    else:
        frozen = database.connect(f"{url}?options=-c%20default_transaction_read_only%3Don")
    assert Catalogue(frozen).library_version() == 0
    with pytest.raises(DatabaseUnavailable, match=r"read-?only") as caught:
        Audit(frozen).append("ann", "sign-in")
    assert one_line(caught.value)
    frozen.dispose()


def test_a_database_without_tables_is_named_in_one_line(url):
    engine = database.connect(url)
    with pytest.raises(DatabaseUnavailable, match="tables first") as caught:
        Audit(engine).append("ann", "sign-in")
    assert one_line(caught.value)
    engine.dispose()


def test_a_server_that_is_not_there_is_named_without_the_password():
    engine = database.connect("postgresql://ann:secret@127.0.0.1:1/library")
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1/library") as caught:
        Catalogue(engine).library_version()
    assert one_line(caught.value)
    assert "secret" not in str(caught.value)
    engine.dispose()


@pytest.mark.parametrize("content", [None, b"this is a text file and no database at all" * 100])
def test_a_file_that_cannot_be_opened_or_is_none_is_named_in_one_line(tmp_path, content):
    path = tmp_path / "missing" / "library.db"
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    engine = database.connect(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnavailable, match=r"library\.db") as caught:
        Catalogue(engine).library_version()
    assert one_line(caught.value)
    engine.dispose()


def test_a_read_sees_one_moment(engine):
    with database.reading(engine) as connection:
        before = connection.scalar(text("SELECT count(*) FROM audit"))
        Audit(engine).append("ann", "sign-in")
        assert connection.scalar(text("SELECT count(*) FROM audit")) == before == 0


def test_a_server_that_is_silent_is_not_waited_for_long() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        engine = database.connect(f"postgresql://somebody@127.0.0.1:{silent.getsockname()[1]}/x")
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable), database.reading(engine):
            pass
        assert time.monotonic() - began < 2 * CONNECT_TIMEOUT_S
        engine.dispose()
