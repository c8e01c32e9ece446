"""An import of pictures that is killed at any moment comes to the same end as one that is not."""

from __future__ import annotations

import csv
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

PICTURES = 250
ROUNDS = int(os.environ.get("SMASHPASS_TEST_ROUNDS", "2"))
"""Imports that are killed twice each."""

COLUMNS = ("file_name", "tags", "source", "licence", "digital_source_type", "real_person",
           "depicts")  # fmt: skip
STATED = ("shop", "MIT", "digitalCreation", "false", "creature")


def contents(home: Path):
    """Everything in the database but moments and numbers of runs, and every file with its hash."""
    tables = {}
    with closing(sqlite3.connect(home / "smashpass.db")) as database:
        for table, columns in {
            "source": "*", "credit": "*", "tag": "*", "media": "*", "counter": "*",
            "image": "ordinal, source_id, key, state, credit_id, line, width, height, tags, "
            "attributes, label, reason, sha256",
        }.items():  # fmt: skip
            tables[table] = sorted(database.execute(f"SELECT {columns} FROM {table}"))
    files = (path for path in (home / "media").rglob("*.webp"))
    hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return tables, hashes


def test_pictures_and_database_are_the_same_after_random_kills(tmp_path, picture):
    folder = tmp_path / "set"
    folder.mkdir()
    with (folder / "metadata.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for number in range(PICTURES):
            name = f"{number}.png"
            width = 100 + number % 300
            content = picture(width, 60 + number // 300) if number % 50 else b"broken"
            (folder / name).write_bytes(content)
            table.writerow((name, f"t{number % 9}", *STATED))
    command = [sys.executable, "-m", "smashpass", "import", str(folder), "--workers", "2"]

    def started(name):
        environment = {**os.environ, "SMASHPASS_HOME": str(tmp_path / name)}
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, env=environment, **silent)

    began = time.monotonic()
    assert started("whole").wait() == 3
    seconds = time.monotonic() - began
    expected = contents(tmp_path / "whole")
    chance = random.Random(7)
    killed = 0
    for name in map(str, range(ROUNDS)):
        for _ in range(2):
            child = started(name)
            time.sleep(chance.uniform(0.25, 0.8) * seconds)
            child.send_signal(signal.SIGKILL)
            killed += child.wait() == -signal.SIGKILL
        assert started(name).wait() == 3
        assert contents(tmp_path / name) == expected
        shutil.rmtree(tmp_path / name)
    assert killed >= ROUNDS
