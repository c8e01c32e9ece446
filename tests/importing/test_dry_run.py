"""A dry run tells what the real run does, for every format, and writes nothing."""

from __future__ import annotations

import json

import pytest

from smashpass.cli.main import run
from tests.published import ALL

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip
COUNTED = ("read", "added", "changed", "unchanged", "refused", "quarantined", "hidden", "shown")


@pytest.mark.parametrize("on_existing", ["skip", "overwrite"])
@pytest.mark.parametrize("name", ALL)
def test_a_dry_run_counts_as_the_real_one(tmp_path, monkeypatch, capsys, name, on_existing):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    path = tmp_path / "collection"
    path.write_bytes(ALL[name])
    form = "danbooru" if name == "packed" else name
    command = ["import", str(path), "--format", form, "--on-existing", on_existing, *STATED]

    def counted(*options):
        capsys.readouterr()
        code = run([*command, *options])
        last = json.loads(capsys.readouterr().out.splitlines()[-1])
        return code, [last[name] for name in COUNTED]

    for _ in range(2):
        there = sorted(tmp_path.rglob("*"))
        told = counted("--dry-run")
        assert sorted(tmp_path.rglob("*")) == there
        done = counted()
        assert told == done
    assert done[1][0] > 0
    assert done[1][1] == 0
