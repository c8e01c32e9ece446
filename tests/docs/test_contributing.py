"""What CONTRIBUTING.md points at is there."""

from __future__ import annotations

import re

from tests.support.paths import ROOT

FOLDERS = (ROOT, ROOT / "smashpass", *(ROOT / "tests").rglob("admin"), ROOT / "docs")


def test_every_path_that_is_named_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named_paths = re.findall(r"`((?:[\w.]+/)*[\w.]+\.(?:py|md|html|txt)|(?:\w+/)+)`", text)
    assert len(named_paths) >= 35
    missing = [
        path for path in named_paths if not any((folder / path).exists() for folder in FOLDERS)
    ]
    # Modules that a row names by the second word are in the folder of the first.
    beside = {"detect_text.py", "app.py", "__init__.py"}
    assert [path for path in missing if path not in beside] == []


def test_every_name_in_the_code_that_is_named_exists():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    names = set(re.findall(r"`(_?[A-Z]\w+)`", text)) - {"HYPOTHESIS_PROFILE"}
    source = "\n".join(path.read_text() for path in (ROOT / "smashpass").rglob("*.py"))
    assert len(names) >= 6
    assert [name for name in sorted(names) if not re.search(rf"\b{name}\b", source)] == []
