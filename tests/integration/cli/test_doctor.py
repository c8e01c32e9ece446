"""``smashpass doctor``: what it finds on sound and on broken installations."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.importing.runs.lock import import_lock
from tests.support.trees import tree

NAMES = [
    "python",
    "settings",
    "home",
    "disk",
    "secret key",
    "files",
    "proxy",
    "lock",
    "scorer",
    "media",
    "sandbox",
    "database",
    "durability",
    "integrity",
    "codes",
    "clock",
    "snapshot",
    "rules",
    "screening",
    "hashes",
    "scores",
    "collab",
    "backup",
]


@pytest.fixture
def sound(smashpass, library: Installation, tmp_path: Path) -> Installation:
    """An installation where everything is right."""
    (tmp_path / "a.yaml").write_text(tree("a"))
    assert smashpass("rules", "publish", "a.yaml", "--reason", "r").code == 0
    assert smashpass("index", "build").code == 0
    return library


def checks(smashpass, code: int) -> dict[str, tuple[str, str]]:
    answer = smashpass("doctor", "--json")
    assert (answer.code, answer.err) == (code, "")
    assert answer.json["ok"] is (code == 0)
    return {check["name"]: (check["state"], check["detail"]) for check in answer.json["checks"]}


def failure(smashpass, name: str) -> str:
    """Return how one check fails, and no other."""
    results = checks(smashpass, 1)
    assert [check_name for check_name, (state, _) in results.items() if state == "fail"] == [name]
    return results[name][1]


def test_a_sound_installation_has_one_line_a_check(smashpass, sound):
    answer = smashpass("doctor")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    marks = dict.fromkeys(NAMES, "ok  ") | {"files": "warn", "backup": "warn"}
    # Tests run with the umask 022, and no backup was taken.
    assert [line[:4] for line in lines] == list(marks.values())
    assert [line[6:18].strip() for line in lines] == NAMES
    results = checks(smashpass, 0)
    assert "sqlalchemy" in results["python"][1]
    assert "WAL, synchronous FULL" in results["durability"][1]
    assert results["snapshot"][1] == "version 3 with 6 images, checksums valid"
    assert results["rules"][1].endswith(": 1 trees, 4 tests pass")
    assert results["lock"][1] == "import lock free"
    assert results["scorer"][1] == results["scores"][1] == "no model is configured"


def test_files_that_others_may_read_are_warned_of_with_what_mends_it(smashpass, sound):
    state, detail = checks(smashpass, 0)["files"]
    assert state == "warn"
    command = detail.partition("; run: ")[2]
    assert command == f"chmod -R go= {sound.home}"
    subprocess.run(command.split(), check=True)
    assert checks(smashpass, 0)["files"] == ("ok", "accessible to their owner only")


def test_a_secret_key_that_does_not_fit_is_found(smashpass, sound):
    key = sound.home / "secret_key"
    bob = sound.accounts.create("bob", "admin", "a long password")
    sound.accounts.set_second_factor(bob.id, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert checks(smashpass, 0)["codes"][0] == "ok"
    key_bytes = key.read_text()
    key.unlink()
    assert "the second factor of bob" in failure(smashpass, "codes")
    assert not key.exists()
    key.write_text("another secret key that is long enough\n")
    key.chmod(0o600)
    assert "smashpass admin recover NAME" in failure(smashpass, "codes")
    key.write_text(key_bytes)
    assert checks(smashpass, 0)["codes"][0] == "ok"


def test_where_nothing_is_it_says_what_is_missing_and_makes_nothing(smashpass, home):
    results = checks(smashpass, 1)
    assert list(results) == NAMES
    assert results["home"][0] == results["database"][0] == "fail"
    assert "there is no library yet" in results["database"][1]
    for name in NAMES[12:]:
        assert results[name][0] == "skipped"
    assert not home.exists()
    text = smashpass("doctor")
    assert (text.code, text.err) == (1, "")
    assert text.out.splitlines()[-1] == "2 of 23 checks failed"


def test_an_empty_library_lacks_snapshot_and_rules(smashpass, installation):
    results = checks(smashpass, 1)
    assert "there is no snapshot" in results["snapshot"][1]
    assert "no rules are published" in results["rules"][1]
    assert results["database"][0] == "ok"


def test_a_setting_that_cannot_be_read_ends_the_examination(smashpass, home, monkeypatch):
    monkeypatch.setenv("SMASHPASS_AGE_GATE", "maybe")
    results = checks(smashpass, 1)
    assert list(results) == ["python", "settings"]
    assert "SMASHPASS_AGE_GATE" in results["settings"][1]


def test_a_key_that_others_can_read_is_found(smashpass, sound, home):
    key = home / "secret_key"
    key.write_text("k3y" * 20)
    key.chmod(0o640)
    assert "0640" in failure(smashpass, "secret key")
    key.chmod(0o600)
    assert checks(smashpass, 0)["secret key"][1] == "readable by its owner only"


def test_a_key_that_can_be_guessed_is_found(smashpass, sound, home):
    key = home / "secret_key"
    key.write_text("short")
    key.chmod(0o600)
    assert "too short" in failure(smashpass, "secret key")


def test_a_key_given_by_the_environment_is_never_shown(smashpass, sound, monkeypatch):
    secret = "k3y-of-the-environment-0123456789abcdef"
    monkeypatch.setenv("SMASHPASS_SECRET_KEY", secret)
    assert checks(smashpass, 0)["secret key"][1] == "given by environment"
    assert secret not in smashpass("doctor").out


def test_a_snapshot_behind_the_database_is_no_failure(smashpass, sound):
    smashpass("tags", "deprecate", "smile")
    assert "1 changes to follow" in checks(smashpass, 0)["snapshot"][1]


def test_a_damaged_snapshot_is_found(smashpass, sound, home):
    (file,) = (home / "snapshots").iterdir()
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    file.write_bytes(content)
    assert "index build" in failure(smashpass, "snapshot")


def test_a_snapshot_of_another_database_is_found(smashpass, sound, home):
    (file,) = (home / "snapshots").iterdir()
    with sqlite3.connect(home / "smashpass.db") as database:
        database.execute("DELETE FROM change WHERE seq > 1")
    database.close()
    assert "belongs to another database" in failure(smashpass, "snapshot")
    assert file.exists()


def test_a_damaged_database_is_found(smashpass, sound, home):
    sound.engine.dispose()
    path = home / "smashpass.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'ix_swipe_viewer_id_number'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    database.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * size : root * size] = b"\xff" * size
    path.write_bytes(content)
    assert "damaged" in failure(smashpass, "integrity") or "malformed" in failure(
        smashpass, "integrity"
    )


def test_a_file_that_is_no_database_is_found(smashpass, sound, home):
    sound.engine.dispose()
    for file in home.glob("smashpass.db*"):
        file.unlink()
    (home / "smashpass.db").write_bytes(b"nothing of the kind" * 100)
    assert "not a database" in failure(smashpass, "database")


def test_a_schema_of_another_version_is_found(smashpass, sound, home):
    with sqlite3.connect(home / "smashpass.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    assert "schema is at 0000, this program needs" in failure(smashpass, "database")
    with sqlite3.connect(home / "smashpass.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    detail = failure(smashpass, "database")
    assert "schema is at 9999, made by a later version" in detail
    assert "install the later version" in detail


def test_a_clock_behind_the_last_change_is_found(smashpass, sound, home):
    with sqlite3.connect(home / "smashpass.db") as database:
        later = (time.time_ns() // 1_000) + 3_600_000_000
        database.execute("UPDATE change SET at = ?", (later,))
    database.close()
    assert "set the clock" in failure(smashpass, "clock")


def test_rules_that_fail_their_tests_are_found(smashpass, sound):
    broken = {"a.yaml": tree("a", expected="two")}
    sound.revisions.publish(broken, "ab" * 32, by="t", reason="by hand")
    assert "E602" in failure(smashpass, "rules")


def test_a_running_import_is_told_and_no_failure(smashpass, sound, home):
    with import_lock(home, "portraits.csv"):
        detail = checks(smashpass, 0)["lock"][1]
        assert detail.startswith(f"import lock held: process {os.getpid()} since ")
        assert detail.endswith("portraits.csv")
    assert checks(smashpass, 0)["lock"][1] == "import lock free"


def test_a_home_that_is_a_file_is_found(smashpass, home):
    home.write_text("")
    results = checks(smashpass, 1)
    assert results["home"][0] == results["database"][0] == "fail"


def test_a_home_that_cannot_be_written_is_found(smashpass, sound, home):
    home.rename(home.with_name("away"))
    home.symlink_to("nowhere/at/all")
    assert checks(smashpass, 1)["home"][0] == "fail"


def test_the_sandbox_is_tried_and_its_limits_named(smashpass, sound):
    state, detail = checks(smashpass, 0)["sandbox"]
    assert state == "ok"
    assert "with 512 MiB of memory, 10 s of computing, 30 s in all, and no network" in detail


@pytest.mark.parametrize(
    ("without", "said"),
    [
        # As on a system that takes no limits of processes, or no filters.
        (
            "resource.setrlimit = lambda *_: None",
            "without a limit of memory and computing time",
        ),
        ("confinement.confine = lambda: None", "can open connections"),
    ],
)
def test_limits_that_do_not_hold_are_warned_of(
    smashpass, sound, tmp_path, monkeypatch, without, said
):
    program = (
        "import resource, runpy, sys; from smashpass.media import confinement; "
        f"{without}; "
        'sys.argv = ["worker", sys.argv[-1]]; '
        'runpy.run_module("smashpass.media.worker", run_name="__main__")'
    )
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexec {sys.executable} -c '{program}' \"$@\"\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    state, detail = checks(smashpass, 0)["sandbox"]
    assert state == "warn"
    assert said in detail


def test_a_decoder_that_does_not_start_is_found(smashpass, sound, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert "the decoder does not start" in failure(smashpass, "sandbox")


def test_a_temporary_folder_that_cannot_be_written_is_found(smashpass, sound, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    assert "no picture can be written" in failure(smashpass, "sandbox")


@pytest.mark.parametrize(
    ("trusted", "redirect", "state", "said"),
    [
        ("", "", "ok", "none is trusted"),
        ("127.0.0.1,10.0.0.0/8,unix", "", "ok", "127.0.0.1/32, 10.0.0.0/8, the unix socket"),
        ("127.0.0.1", "/_pictures/", "ok", "127.0.0.1/32"),
        ("unix", "/_pictures/", "ok", "the unix socket"),
        ("", "/_pictures/", "warn", "no proxy is trusted"),
        ("0.0.0.0/0", "", "warn", "has 0.0.0.0/0, so whoever connects"),
        ("127.0.0.1, 0.0.0.0/0, ::/0", "/_pictures/", "warn", "has 0.0.0.0/0 and ::/0"),
    ],
)
def test_proxies_are_named_and_mistakes_in_them_warned_of(
    smashpass, sound, monkeypatch, trusted, redirect, state, said
):
    monkeypatch.setenv("SMASHPASS_TRUSTED_PROXIES", trusted)
    monkeypatch.setenv("SMASHPASS_ACCEL_REDIRECT", redirect)
    result = checks(smashpass, 0)["proxy"]
    assert result[0] == state
    assert said in result[1]


def test_wrong_usage_and_help(smashpass):
    assert smashpass("doctor", "x").code == 2
    assert "Example: smashpass doctor" in smashpass("doctor", "--help").out
