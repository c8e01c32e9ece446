"""Illegal tags are dropped, and every one of them is listed with its line and the reason."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from smashpass.cli.main import run
from smashpass.importing.runs.runfiles import RunFolders

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "tags"), *rows])
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def listed(home, number=1):
    return list(map(json.loads, (home / f"runs/{number}/dropped.jsonl").read_text().splitlines()))


def test_every_dropped_tag_is_listed_and_a_dry_run_counts_the_same(home, tmp_path, capsys):
    rows = [("a", "-lead,sofa,b*d"), ("b", "sofa"), ("c", "image:x,so\x1bfa"), ("d", "x" * 171)]
    table = write(tmp_path / "a.csv", rows)
    outputs = []
    for options in (["--dry-run"], []):
        capsys.readouterr()
        assert run(["import", str(table), *STATED, *options]) == 0
        outputs.append(list(map(json.loads, capsys.readouterr().out.splitlines())))

    assert [lines[-1]["dropped_tags"] for lines in outputs] == [5, 5]
    (warning,) = (line["text"] for line in outputs[1] if line["type"] == "warning")
    assert warning.startswith("5 illegal tags were dropped, such as in line 2: ")
    assert warning.endswith("; see runs/1/dropped.jsonl")
    dropped = listed(home)
    assert [(row["line"], row["key"], row["tag"]) for row in dropped] == [
        (2, "a", "-lead"),
        (2, "a", "b*d"),
        (4, "c", "image:x"),
        (4, "c", "so\\x1bfa"),
        (5, "d", "x" * 171),
    ]
    assert all(row["reason"] for row in dropped)


def test_a_run_without_illegal_tags_lists_none(home, tmp_path, capsys):
    assert run(["import", str(write(tmp_path / "a.csv", [("a", "sofa")])), *STATED]) == 0

    assert json.loads(capsys.readouterr().out.splitlines()[-1])["dropped_tags"] == 0
    assert not (home / "runs" / "1" / "dropped.jsonl").exists()


def test_a_killed_import_lists_each_dropped_tag_once(home, tmp_path):
    rows = [(f"k{number}", f"sofa,-bad{number}") for number in range(2_000)]
    table = write(tmp_path / "a.csv", rows)
    program = (
        "import sys\n"
        "from smashpass.cli.main import run\n"
        "from smashpass.services.importing import run as pipeline\n"
        "pipeline.BATCH_ROWS = 250\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", program, "import", str(table), *STATED]
    for _ in range(2):
        child = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while child.poll() is None and time.monotonic() < until:
            if (home / "runs" / "1" / "dropped.jsonl").exists():
                time.sleep(0.05)
                child.send_signal(signal.SIGKILL)
                break
        child.wait()
    process = subprocess.run(command, env=os.environ, check=True, capture_output=True)

    last = json.loads(process.stdout.splitlines()[-1])
    dropped = listed(home, last["run"])
    assert last["dropped_tags"] == len(dropped) == len(rows)
    assert [row["tag"] for row in dropped] == [f"-bad{number}" for number in range(2_000)]


def test_what_is_behind_the_last_batch_that_was_written_is_cut(tmp_path):
    folders = RunFolders(tmp_path)
    with folders.open(1, refused=0, position=0) as log:
        for row in (1, 2, 2, 3):
            log.drop_tag(row, row + 1, "k", "-bad", "why")
    path = tmp_path / "runs" / "1" / "dropped.jsonl"
    path.write_bytes(path.read_bytes() + b'{"line": 9, "ke')

    with folders.open(1, refused=0, position=2) as log:
        assert log.dropped == 3
        log.drop_tag(3, 4, "k", "-other", "why")

    assert [json.loads(line)["row"] for line in path.read_text().splitlines()] == [1, 2, 2, 3]
