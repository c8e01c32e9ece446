"""Hundreds of single mistakes, one at every place of good files: each is found where it is."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from smashpass.rulefiles.check import check_texts
from smashpass.rulefiles.events import read
from smashpass.rulefiles.grammar import FILE, NODES, PREDICATES
from smashpass.rulefiles.located import Entries, Items, Located, Scalar
from smashpass.rulefiles.report import Report
from tests.rulefiles.texts import GOOD

KEYS = {key for each in (FILE, *NODES.values(), *PREDICATES.values()) for key in each.allowed}
KEYS |= {"when", "given", "expect", "tags", "attrs", "leaf", "name", "type", "min", "max", "source"}
Planted = tuple[dict[str, str], str, int, int]


def scalars(node: Located, *, key: bool = False) -> Iterator[tuple[Scalar, bool]]:
    """Every text of a file, and whether it is a key."""
    if isinstance(node, Scalar):
        yield node, key
    elif isinstance(node, Items):
        for item in node.items:
            yield from scalars(item)
    elif isinstance(node, Entries):
        for name, value in node.entries:
            yield name, True
            yield from scalars(value)


def every(kind: str) -> Iterator[tuple[str, Scalar]]:
    for path, text in GOOD.items():
        document = read(text, Report(path))
        assert document is not None
        for scalar, is_key in scalars(document):
            if is_key is (kind == "key"):
                yield path, scalar


def replaced(path: str, scalar: Scalar, by: str) -> dict[str, str]:
    text = GOOD[path]
    return {**GOOD, path: text[: scalar.start] + by + text[scalar.end :]}


def planted(what: str) -> Iterator[Planted]:
    if what == "E202":
        for path, scalar in every("key"):
            if scalar.text in KEYS:
                yield replaced(path, scalar, f"{scalar.text}q"), path, scalar.line, scalar.col
    elif what == "E107":
        for path, scalar in every("key"):
            start = GOOD[path].rfind("\n", 0, scalar.start) + 1
            if not GOOD[path][start : scalar.start].strip():
                indent = GOOD[path][start : scalar.start]
                by = f"{scalar.text}: x\n{indent}{scalar.text}"
                yield replaced(path, scalar, by), path, scalar.line + 1, scalar.col
    else:
        written = {"E105": "&x y", "E106": "!x y", "E103": "a\u200bb"}[what]
        for path, scalar in every("value"):
            col = scalar.col + (what == "E103")
            yield replaced(path, scalar, written), path, scalar.line, col


@pytest.mark.parametrize(
    ("what", "least"),
    [("E202", 100), ("E107", 30), ("E105", 120), ("E106", 120), ("E103", 120)],
)
def test_a_mistake_at_any_place_is_found_there(what: str, least: int) -> None:
    tried = 0
    slowest = 0.0
    for files, path, line, col in planted(what):
        began = time.process_time()
        found = check_texts(files)
        slowest = max(slowest, time.process_time() - began)
        places = {(each.code, each.file, each.line, each.col) for each in found}
        assert (what, path, line, col) in places, (path, line, col, places)
        tried += 1
    assert tried >= least
    # No timing gate: only what explodes is caught.
    assert slowest < 1
