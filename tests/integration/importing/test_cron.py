"""The import as cron and systemd start it: silent when all went well, one text when not."""

from __future__ import annotations

import configparser
import fcntl
import os
import subprocess

import pytest

from tests.support.paths import ROOT

SCRIPT = ROOT / "scripts" / "import-library"
STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation")  # fmt: skip

pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv" / "bin" / "smashpass").exists(), reason="no .venv in the checkout"
)


@pytest.fixture
def started(tmp_path):
    def start(*arguments):
        environment = os.environ | {"SMASHPASS_HOME": str(tmp_path / "home")}
        process = subprocess.run(
            [SCRIPT, *map(str, arguments)], capture_output=True, text=True, env=environment
        )
        return process.returncode, process.stdout, process.stderr.splitlines()

    return start


def test_nothing_is_said_when_all_went_well(tmp_path, started):
    table = tmp_path / "a.csv"
    table.write_text("id,tags\n1,hat\n")
    assert started(table, *STATED) == (0, "", [])
    assert started(table, *STATED) == (0, "", [])


def test_one_text_tells_what_failed_and_what_it_means(tmp_path, started):
    table = tmp_path / "a.csv"
    table.write_text("id,tags\n1,hat\n")
    code, out, err = started(table)
    assert (code, out) == (3, "")
    assert err[0].startswith(f"import-library: {table}: some rows were refused")
    assert "line 2" in err[1]
    assert "refused.jsonl" in err[-1]
    code, out, err = started(tmp_path / "missing")
    assert (code, out, len(err)) == (1, "", 2)


def test_a_second_import_ends_with_75(tmp_path, started):
    (tmp_path / "home").mkdir()
    table = tmp_path / "a.csv"
    table.write_text("id,tags\n1,hat\n")
    with (tmp_path / "home" / "import.lock").open("w") as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)
        code, out, err = started(table, *STATED)
    assert (code, out) == (75, "")
    assert "another import is running" in err[0]


def test_the_timer_and_the_crontab_start_imports():
    folder = ROOT / "deploy" / "systemd"
    unit = configparser.ConfigParser(strict=False)
    unit.optionxform = str
    unit.read(folder / "smashpass-import.service")
    started = unit["Service"]["ExecStart"].split()
    timer = configparser.ConfigParser()
    timer.read(folder / "smashpass-import.timer")
    assert started[0].endswith("/bin/smashpass")
    assert started[1] == "import"
    assert timer["Timer"]["OnCalendar"]
    lines = (ROOT / "deploy" / "cron" / "crontab").read_text().splitlines()
    assert any(line.split()[:5] == ["30", "3", "*", "*", "*"] for line in lines)
