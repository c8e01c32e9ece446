"""``docs/asvs.csv``: the requirements of OWASP ASVS 5.0, level 1 and 2, and what shows each."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

CHAPTERS = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 11: 14, 12: 9, 13: 13,
            14: 9, 15: 13, 16: 16}  # fmt: skip
"""Rows by chapter. Left out: 10 (OAuth) and 17 (WebRTC), of which nothing is used."""

NOT_SHOWN = "not shown"
NOT_APPLICABLE = "not applicable"
Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    with (ROOT / "docs/asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _chapter(row: Row) -> int:
    matched = re.fullmatch(r"V(\d{1,2})\.\d{1,2}\.\d{1,2}", row["id"])
    assert matched is not None, row["id"]
    return int(matched[1])


def test_every_requirement_stands_there_once_and_in_order(rows: list[Row]) -> None:
    numbers = [tuple(map(int, row["id"][1:].split("."))) for row in rows]
    assert numbers == sorted(set(numbers))
    counted = dict.fromkeys(CHAPTERS, 0)
    for row in rows:
        counted[_chapter(row)] += 1
        assert row["level"] in ("1", "2")
        assert row["requirement"]
    assert counted == CHAPTERS


def test_every_row_has_a_test_or_says_why_not(rows: list[Row]) -> None:
    for row in rows:
        assert row["how"], row["id"]
        if row["applies"] == "no":
            assert row["tests"] == NOT_APPLICABLE, row["id"]
        else:
            assert row["applies"] == "yes"
            assert row["tests"] == NOT_SHOWN or row["tests"].startswith("tests/"), row["id"]


def test_every_test_that_is_named_exists(rows: list[Row]) -> None:
    texts: dict[str, str] = {}
    for row in rows:
        for named in row["tests"].split() if row["tests"].startswith("tests/") else ():
            path, _, name = named.partition("::")
            text = texts.setdefault(path, _text(ROOT / path))
            assert f"def {name}(" in text, (row["id"], named)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def test_the_threat_model_has_the_figures(rows: list[Row]) -> None:
    applicable = [row for row in rows if row["applies"] == "yes"]
    missing = [row for row in applicable if row["tests"] == NOT_SHOWN]
    sentence = (
        f"Of {len(rows)} requirements {len(applicable)} apply; {len(applicable) - len(missing)} "
        f"are shown by tests, {len(missing)} are not"
    )
    text = " ".join((ROOT / "docs/threat-model.md").read_text(encoding="utf-8").split())
    assert sentence in text
