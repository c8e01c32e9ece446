"""The command line as a whole: help, version, pipes, and failures on one line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from smashpass import __version__
from smashpass.cli.main import COMMANDS

SMASHPASS = "import sys; from smashpass.cli.main import run; sys.exit(run(sys.argv[1:]))"


def test_the_version_is_told(smashpass):
    assert smashpass("--version").out == f"smashpass {__version__}\n"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(smashpass, name):
    answer = smashpass(name, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert "Example: " in answer.out
    assert "smashpass " + name in " ".join(answer.out.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("none",),
        ("serch",),
        ("--none",),
        ("search", "--limit"),
        ("search", "--limit", "🙂"),
        ("a\nb",),
        ("\x1b[2J",),
        ("\x00",),
        ("\udcff",),
        ("x" * 9_999,),
        ("search", "--\x00"),
    ],
)
def test_wrong_usage_is_one_printable_line(smashpass, arguments):
    answer = smashpass(*arguments)
    assert answer.code == 2
    assert answer.failure.isprintable()
    document = smashpass(*arguments, "--json")
    assert (document.code, document.err) == (2, "")
    assert set(document.json) == {"code", "detail"}


@pytest.mark.parametrize("lines", [1, 50])
def test_a_reader_that_has_seen_enough_is_no_failure(home, smashpass, tmp_path, lines):
    (tmp_path / "words.csv").write_text("".join(f"tag_{n}\n" for n in range(5_000)))
    assert smashpass("tags", "import", "words.csv").code == 0
    running = subprocess.Popen(
        [sys.executable, "-c", SMASHPASS, "tags", "export"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            "SMASHPASS_HOME": str(home),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(sys.path),
        },
    )
    assert running.stdout is not None
    assert running.stderr is not None
    for _ in range(lines):
        assert running.stdout.readline()
    running.stdout.close()
    stderr = running.stderr.read()
    running.stderr.close()
    assert (running.wait(), stderr) == (0, "")


def test_json_of_a_failure_names_its_kind(smashpass, installation):
    answer = smashpass("tags", "show", "nope", "--json")
    assert json.loads(answer.out)["code"] == "not_found"
    assert answer.err == ""
