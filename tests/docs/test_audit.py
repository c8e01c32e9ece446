"""``scripts/audit`` never says that all is well where it could not look; no network is needed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import ROOT

LOCK = """\
flask==3.1.3 \\
    --hash=sha256:00
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:00
psycopg[binary]==3.3.9
"""
PINS = [("colorama", "0.4.6"), ("flask", "3.1.3"), ("psycopg", "3.3.9")]
VULNERABILITY = {"id": "PYSEC-1", "fix_versions": ["3.1.4"], "aliases": [], "description": ""}


def audit(folder: Path, printed: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a program on PATH that prints what pip-audit would."""
    (folder / "a.lock").write_text(LOCK)
    program = folder / "pip-audit"
    program.write_text(f"#!{sys.executable}\nprint({printed!r})\n")
    program.chmod(0o755)
    return subprocess.run(
        [ROOT / "scripts" / "audit", "--locks", folder],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )


def report(**changes: Any) -> str:
    """What pip-audit prints, with other entries for some packages (None: no entry)."""
    entries = {
        name: {"name": name, "version": version, "vulns": []} for name, version in PINS
    } | changes
    return json.dumps({"dependencies": [entry for entry in entries.values() if entry]})


def test_all_is_well_only_where_every_package_was_looked_up(tmp_path: Path) -> None:
    ended = audit(tmp_path, report())
    assert ended.returncode == 0, ended.stderr
    assert "3 of 3 packages looked up, 0 with known vulnerabilities" in ended.stderr


def test_a_vulnerable_package_is_named_with_its_remedy(tmp_path: Path) -> None:
    entry = {"name": "Flask", "version": "3.1.3", "vulns": [VULNERABILITY]}
    ended = audit(tmp_path, report(flask=entry))
    assert ended.returncode == 1
    assert ended.stdout == "flask 3.1.3: PYSEC-1 (fixed in 3.1.4)\n"


@pytest.mark.parametrize("entry", [None, {"name": "flask", "skip_reason": "not on the index"}])
def test_a_package_that_was_left_out_is_no_all_clear(tmp_path: Path, entry: Any) -> None:
    ended = audit(tmp_path, report(flask=entry))
    assert ended.returncode == 2
    assert "not looked up: 1 (flask 3.1.3)" in ended.stderr


@pytest.mark.parametrize("printed", ["", "no JSON", "{}"])
def test_an_audit_that_fails_is_no_all_clear(tmp_path: Path, printed: str) -> None:
    ended = audit(tmp_path, printed)
    assert ended.returncode == 2
    assert "nothing is known of 3 packages" in ended.stderr


def test_every_locked_package_has_a_version_and_a_hash() -> None:
    for lock in (ROOT / "requirements").glob("*.lock"):
        entries = re.split(r"\n(?=\S)", lock.read_text().strip())
        entries = [entry for entry in entries if not entry.startswith(("#", "--"))]
        assert len(entries) > 10
        for entry in entries:
            assert re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+", entry), (lock.name, entry)
            assert "--hash=sha256:" in entry, (lock.name, entry)


def test_contributing_says_how_dependencies_are_audited() -> None:
    assert "scripts/audit" in (ROOT / "CONTRIBUTING.md").read_text()
