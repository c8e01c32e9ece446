"""The house rules that no linter knows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from smashpass import __version__

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "smashpass"
LONGEST_MODULE = 400


def imported_by(code: str) -> set[str]:
    """Return the top-level modules that a new process has after running ``code``."""
    command = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_the_core_needs_no_framework():
    names = sorted(
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (PACKAGE / "core").rglob("*.py")
        if path.name != "__init__.py"
    )
    assert len(names) > 30

    loaded = imported_by("\n".join(f"import {name}" for name in names))

    assert loaded.isdisjoint({"sqlalchemy", "flask", "click", "yaml", "whoosh", "PIL", "alembic"})
    assert "pyroaring" in loaded


def test_the_version_is_told_without_loading_anything_heavy():
    loaded = imported_by(
        "from smashpass.cli.main import run\nassert run(['--version']) == 0\nimport sys"
    )

    assert loaded.isdisjoint({"sqlalchemy", "flask", "yaml", "whoosh", "PIL", "pyroaring"})


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_module_is_too_long_to_be_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


def test_every_folder_of_the_package_has_its_question_in_the_architecture():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    named = set(re.findall(r"^## `smashpass/(\w+)", text, re.MULTILINE))
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}

    assert folders - named == set()


def test_every_script_says_how_it_is_used_and_can_be_run():
    scripts = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())

    assert scripts
    for script in scripts:
        assert script.stat().st_mode & 0o111, script.name
        assert script.read_text().startswith("#!/usr/bin/env "), script.name


def test_the_changelog_tells_of_this_version():
    text = (ROOT / "CHANGELOG.md").read_text()

    assert f"\n## {__version__}" in text or "\n## Unreleased" in text
