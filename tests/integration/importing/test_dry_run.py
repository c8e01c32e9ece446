"""A dry run tells what the real run does, for every format, and writes nothing."""

from __future__ import annotations

import json

import pytest

from smashpass.cli.main import run
from tests.support.published import ALL

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip
COUNTED = (
    "read",
    "added",
    "changed",
    "unchanged",
    "refused",
    "quarantined",
    "hidden",
    "shown",
    "new_tags",
)


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
        files = sorted(tmp_path.rglob("*"))
        dry_counts = counted("--dry-run")
        assert sorted(tmp_path.rglob("*")) == files
        real_counts = counted()
        assert dry_counts == real_counts
    assert real_counts[1][0] > 0
    assert real_counts[1][1] == 0


def test_tags_that_the_library_did_not_know_are_counted_and_listed(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    table = tmp_path / "a.csv"
    command = ["import", str(table), *STATED]
    new_tags = []
    for text in ("1,hat beard\n2,Hat cap\n,lost\n", "1,left_alone\n3,cap new\n"):
        table.write_text(f"id,tags\n{text}")
        for options in (["--dry-run"], []):
            capsys.readouterr()
            run([*command, *options])
            new_tags.append(json.loads(capsys.readouterr().out.splitlines()[-1])["new_tags"])

    assert new_tags == [3, 3, 1, 1]
    listed = [path.read_text() for path in sorted((tmp_path / "home").rglob("new_tags.txt"))]
    assert listed == ["hat\nbeard\ncap\n", "new\n"]
