"""How the code is named and worded: what no linter knows."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PACKAGE = ROOT / "smashpass"
MIGRATIONS = PACKAGE / "store" / "engine" / "migrations"

DEICTIC = frozenset(
    [
        "added",
        "again",
        "asked",
        "both",
        "brought",
        "called",
        "done",
        "each",
        "found",
        "given",
        "good",
        "got",
        "held",
        "here",
        "it",
        "kept",
        "known",
        "made",
        "meant",
        "named",
        "noted",
        "one",
        "ones",
        "own",
        "said",
        "seen",
        "sent",
        "shown",
        "some",
        "taken",
        "that",
        "them",
        "there",
        "thing",
        "things",
        "this",
        "those",
        "told",
        "tried",
        "wanted",
        "what",
        "which",
        "who",
    ]
)
"""Names that point instead of naming: nobody knows what they hold without reading on."""

MOST_DEICTIC = 0.01
"""Share of all local names."""

AWKWARD = (
    r"(?<![Tt]here )\bis no (?!longer|more|other)[a-z]+",
    r"can be (none|no)\b",
    r"called so\b",
    r"such as (are|lack)\b",
    r"\bTake (who|what|where)\b",
    r"half characters?\b",
    r"\bfor ever\b",
    r"What this needs of",
    r"\blikewise\b",
)
"""Turns of phrase that no native speaker would write."""


def sources(folder: Path = PACKAGE) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if MIGRATIONS not in path.parents]


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    """Parameters, and what is assigned to, in a function and all that is inside of it."""
    arguments = function.args
    names = {
        argument.arg
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        if argument.arg not in ("self", "cls")
    }
    names |= {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return names


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node


@pytest.mark.parametrize("folder", ["smashpass", "tests", "bench"])
def test_local_names_say_what_they_hold(folder: str):
    count: Counter[str] = Counter()
    for path in sources(ROOT / folder):
        for function in functions(ast.parse(path.read_text())):
            count.update(local_names(function))
    deictic = {name: times for name, times in count.items() if name in DEICTIC}
    assert count.total() > 1_000
    assert sum(deictic.values()) <= MOST_DEICTIC * count.total(), deictic


def test_no_class_name_is_used_twice():
    places: dict[str, list[str]] = {}
    for path in sources():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


@pytest.mark.parametrize("pattern", AWKWARD)
def test_texts_are_plain_english(pattern: str):
    texts = [*sources(), *PACKAGE.rglob("*.html"), *PACKAGE.rglob("*.js")]
    texts += [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "rules").rglob("*.yaml")]
    lines = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in texts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert lines == []
