"""A home that may not be written: what only reads works, what writes says so in one line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from tests.support.command_line import bound_commands, bound_smashpass
from tests.support.trees import tree

REASON = ("--reason", "r")
DATABASE = "smashpass.db"
READING = [
    ("search", "beard"),
    ("decide", "--tags", "beard"),
    ("tags", "list"),
    ("tags", "show", "beard"),
    ("tags", "export"),
    ("rules", "list"),
    ("rules", "show", "active"),
    ("rules", "diff", "active", "active"),
    ("rules", "impact", "rules"),
    ("export", "library"),
    ("export", "swipes"),
    ("export", "audit"),
    ("quarantine", "list"),
    ("doctor",),
    ("audit", "verify"),
    ("settings",),
    ("index", "stats"),
    ("index", "verify"),
    ("scores", "status"),
]
WRITING = [
    ("tags", "alias", "beard", "barbe", *REASON),
    ("rules", "publish", "other", *REASON),
    ("rules", "canary", "other", "--percent", "5"),
    ("index", "build"),
    ("index", "count-swipes"),
    ("scores", "fill"),
    ("retain",),
    ("jobs",),
    ("serve", "--bind", "127.0.0.1:0"),
    ("import", "pictures.csv"),
]
NO_HELPERS = "database alone"
WITH_HELPERS = "database, -wal and -shm"
LOG_ALONE = "database and -wal, as a backup might have it"


def leave(installation: Installation, state: str) -> None:
    """Close the database so that these files are left; the last changes are in ``-wal`` alone."""
    home = installation.home
    names = {
        NO_HELPERS: [],
        WITH_HELPERS: [DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"],
        LOG_ALONE: [DATABASE, f"{DATABASE}-wal"],
    }[state]
    contents = {name: (home / name).read_bytes() for name in names}
    installation.engine.dispose()
    assert contents.get(f"{DATABASE}-wal", b"x")
    for name, content in contents.items():
        (home / name).write_bytes(content)


def set_modes(home: Path, folders: int, files: int) -> None:
    for above, _, names in os.walk(home):
        for name in names:
            Path(above, name).chmod(files)
        Path(above).chmod(folders)


def listing(home: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.fixture(params=[NO_HELPERS, WITH_HELPERS, LOG_ALONE])
def read_only(
    smashpass, library: Installation, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """The home of the portraits with a tree, of which nothing may be written."""
    for name, weight in (("rules", 60), ("other", 61)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(tree("a", weight=weight))
    (tmp_path / "pictures.csv").write_text("path,tags\na.png,beard\n")
    assert smashpass("index", "build").code == 0
    assert smashpass("rules", "publish", "rules", *REASON).code == 0
    library.catalogue.cleared()  # keeps a connection, so that -wal and -shm are there
    leave(library, request.param)
    set_modes(library.home, 0o555, 0o444)
    yield library.home
    set_modes(library.home, 0o755, 0o644)


def test_what_only_reads_works_and_leaves_nothing_behind(smashpass, read_only):
    before = listing(read_only)
    for command, answer in zip(READING, bound_commands(read_only, READING), strict=True):
        assert (answer.code, answer.err) == (0, ""), command
        assert answer.out or command == ("export", "swipes") or command[0] == "quarantine", command
    assert listing(read_only) == before


def test_the_last_changes_are_read(read_only):
    commands = (("rules", "list", "--json"), ("search", "beard", "--count"))
    rules, counted = bound_commands(read_only, commands)
    assert [revision["active"] for revision in rules.json["revisions"]] == [True]
    assert counted.out != "0\n"


def test_doctor_says_that_the_home_is_read_only(read_only):
    answer = bound_smashpass(read_only, "doctor", "--json")
    checks = {check["name"]: check for check in json.loads(answer.out)["checks"]}
    assert checks["home"]["state"] == "warn"
    assert checks["home"]["detail"].startswith(f"{read_only} is read-only")
    assert "is read-only" in checks["durability"]["detail"]


def test_what_writes_says_in_one_line_that_it_cannot(read_only):
    before = listing(read_only)
    for command, answer in zip(WRITING, bound_commands(read_only, WRITING), strict=True):
        assert answer.code == 1, (command, answer)
        assert str(read_only) in answer.failure, command
    assert listing(read_only) == before


def test_a_database_that_may_only_be_read_in_a_home_that_may_be_written(
    smashpass, library: Installation
):
    leave(library, NO_HELPERS)
    (library.home / DATABASE).chmod(0o444)
    commands = (("search", "beard"), ("tags", "alias", "beard", "barbe", *REASON))
    listed, answer = bound_commands(library.home, commands)
    assert listed.code == 0
    assert (answer.code, "is read-only" in answer.failure) == (1, True)
    (library.home / DATABASE).chmod(0o600)
