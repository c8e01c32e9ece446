"""The words of the glossary are those of the code, and words that were given up stay away."""

from __future__ import annotations

import ast
import re

from tests.support.paths import ROOT

RETIRED = {
    "carding", "desk", "edited_words", "keeping_up", "kept_card", "leafing", "remembering",
    "shaping", "widening", "word_acts",
}  # fmt: skip
"""Names that were ours alone; the field has others, which the glossary and the rooms use."""


def names_of_package() -> set[str]:
    """The names of modules, classes and functions, in lower case with underscores."""
    names = set()
    for path in (ROOT / "smashpass").rglob("*.py"):
        names.add(path.stem)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                names.add(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", node.name).lower().strip("_"))
    return names


def test_every_word_of_the_glossary_is_used():
    text = (ROOT / "docs" / "glossary.md").read_text()
    words = re.findall(r"\*\*([^*]+)\*\*", text)
    source = "\n".join(path.read_text().lower() for path in (ROOT / "smashpass").rglob("*.py"))
    assert len(words) >= 30
    unused = [word for word in words if not re.search(rf"\b{word}s?\b", source.replace("_", " "))]
    assert unused == []


def test_no_word_is_explained_twice():
    text = (ROOT / "docs" / "glossary.md").read_text()
    words = re.findall(r"\*\*([^*]+)\*\*", text)
    assert len(words) == len(set(words))


def test_retired_names_are_not_used_again():
    assert names_of_package() & RETIRED == set()
