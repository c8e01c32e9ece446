"""``smashpass render`` and ``smashpass demo``, as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.support.paths import ROOT


def smashpass(*arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"], "SMASHPASS_HOME": str(home), **environment}
    flags = ["-S"] if environment else []
    program = "import sys; from smashpass.cli.main import run; sys.exit(run(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, *flags, "-c", program, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=variables,
        check=False,
    )


def test_demo_fills_a_library_publishes_rules_and_adds_only_what_is_missing(tmp_path: Path):
    home = tmp_path / "home"

    first = smashpass("demo", "--count", "7", home=home)

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith("imported 7, unchanged 0, refused 0")
    assert "published the bundled rules" in first.stdout
    assert not (home / "demo" / "pictures").exists()
    assert len(list((home / "media").rglob("*.webp"))) >= 7
    document = json.loads(smashpass("search", "kind:person", "--json", home=home).stdout)
    assert document["matched"] > 2
    card = document["images"][0]
    assert card["credit"]["licence"] in {"CC0-1.0", "CC-BY-4.0"}
    decision = json.loads(smashpass("decide", "--image", card["image"], "--json", home=home).stdout)
    assert decision["tree"] == "avatars"

    tags = json.loads(smashpass("tags", "list", "--limit", "999", "--json", home=home).stdout)
    categories = {tag["name"]: tag["category"] for tag in tags}
    assert categories["kind:person"] == "subject"
    assert "" not in categories.values()

    second_run = smashpass("demo", "--count", "9", "--json", home=home)

    assert second_run.returncode == 0
    lines = [json.loads(line) for line in second_run.stdout.splitlines()]
    assert lines[-1]["type"] == "summary"
    assert (lines[-1]["added"], lines[-1]["unchanged"]) == (2, 7)


def test_render_says_what_it_wrote(tmp_path: Path):
    out = tmp_path / "out"

    process = smashpass(
        "render", "--count", "3", "--out", str(out), "--workers", "1", "--json", home=tmp_path
    )

    assert (process.returncode, process.stderr) == (0, "")
    summary = json.loads(process.stdout)
    assert (summary["pictures"], summary["seed"], summary["folder"]) == (3, 1, str(out))
    assert summary["bytes"] == sum(path.stat().st_size for path in out.rglob("*.webp"))
    assert not (tmp_path / "smashpass.db").exists()


def test_without_the_extra_both_commands_say_how_to_install_it(tmp_path: Path):
    site = tmp_path / "site"
    site.mkdir()
    for package in Path(sysconfig.get_path("purelib")).iterdir():
        if not package.name.startswith(("dicebear", "pyvips", "_libvips")):
            (site / package.name).symlink_to(package)
    for arguments in (("render", "--count", "1", "--out", str(tmp_path / "out")), ("demo",)):
        process = smashpass(*arguments, home=tmp_path / "home", PYTHONPATH=f"{ROOT}:{site}")

        assert process.returncode == 1
        assert process.stdout == ""
        assert process.stderr == (
            "smashpass: the demo pictures need dicebear, dicebear_styles, pyvips; "
            "install the extra: pip install 'smashpass[demo]'\n"
        )
    assert not (tmp_path / "home").exists()
