"""Numbers that are missing, and values that are not numbers: rows are kept, warnings are true."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing

import pytest

from smashpass.cli.main import run

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip
MISSING = ["NaN", "nan", "inf", "-inf", "NA", "N/A", "#N/A", "None", "null", "NULL", "-", "",
           " ", ".", "Infinity"]  # fmt: skip


@pytest.fixture
def imported(tmp_path, monkeypatch, capsys):
    """Imports rows of (rating, width): exit code, summary, warnings, ratings by key."""

    def make(rows):
        monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
        table = tmp_path / "a.csv"
        with table.open("w", newline="") as file:
            lines = [(number, "sofa", *row) for number, row in enumerate(rows, 2)]
            csv.writer(file).writerows([("id", "tags", "rating", "width"), *lines])
        code = run(["import", str(table), *STATED])
        output = list(map(json.loads, capsys.readouterr().out.splitlines()))
        texts = [line["text"] for line in output if line["type"] == "warning"]
        with closing(sqlite3.connect(tmp_path / "home" / "smashpass.db")) as database:
            values = database.execute("SELECT * FROM attribute").fetchall()
        return code, output[-1], texts, values

    return make


def test_every_way_to_write_a_missing_number_keeps_the_row_and_warns_of_nothing(imported):
    code, summary, texts, _ = imported([("0.5", "8"), *((text, text) for text in MISSING)])

    assert (code, summary["added"], summary["refused"]) == (0, len(MISSING) + 1, 0)
    assert texts == []


def test_a_column_with_some_bad_values_keeps_the_good_ones_and_says_which_were_left_out(imported):
    code, summary, texts, _ = imported([("0.5", ""), ("1.234,5", ""), ("3,5", ""), ("NA", "")])

    assert (code, summary["added"]) == (0, 4)
    assert texts == [
        "column 'rating': left out 2 values that are not numbers, the first in line 3: '1.234,5'"
    ]


def test_a_column_without_any_number_is_said_to_be_ignored(imported):
    code, _, texts, values = imported([("nice", ""), ("NA", ""), ("True", "")])

    assert code == 0
    assert texts == [
        "column 'rating' is ignored, as it holds no number: "
        "2 values that are not numbers, the first in line 2: 'nice'"
    ]
    assert not any("rating" in map(str, value) for value in values)


def test_a_number_beyond_all_bounds_is_left_out_with_a_warning(imported):
    code, _, texts, _ = imported([("1e400", ""), ("1", "")])

    assert code == 0
    assert "left out 1 value that is not a number, the first in line 2: '1e400'" in texts[0]
