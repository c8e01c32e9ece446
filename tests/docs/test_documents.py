"""The tests that documents name are there."""

from __future__ import annotations

import re

import pytest

from tests.support.paths import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize("document", ["reliability.md", "threat-model.md"])
def test_every_row_names_tests_that_exist(document: str) -> None:
    text = (ROOT / "docs" / document).read_text()
    missing = [
        f"{path}::{name}"
        for path, name in NAMED.findall(text)
        if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text()
    ]
    assert missing == []
    last = "Shown by"
    (_, _, table) = text.partition(f"| {last} |\n")
    rows = table.partition("\n\n")[0].splitlines()[1:]
    assert len(rows) >= 20
    assert all(NAMED.search(row.rpartition(" | ")[2]) for row in rows)
