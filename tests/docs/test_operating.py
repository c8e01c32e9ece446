"""The commands in the documents for operators and programs do what is said of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smashpass.importing.detect import FORMATS
from tests.support.console import Example, examples_of, run_examples
from tests.support.paths import ROOT
from tests.support.servers import Server, free_port
from tests.support.settings_page import PAGE, page

DOCS = ROOT / "docs"
PICTURES = 60
PROGRAMS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo library and the shipped rules."""
    home = tmp_path_factory.mktemp("operating") / "home"
    for arguments in (
        ["demo", "--count", str(PICTURES)],
        ["rules", "publish", str(ROOT / "rules"), "--reason", "first"],
    ):
        smashpass(home, *arguments)
    server = Server(home, free_port()).wait()
    yield server
    server.close()


def smashpass(home: Path, *arguments: str, typed: str = "") -> str:
    """What a command prints."""
    ended = subprocess.run(
        [sys.executable, "-m", "smashpass", *arguments],
        env={**os.environ, "SMASHPASS_HOME": str(home)},
        input=typed,
        text=True,
        capture_output=True,
        check=True,
    )
    return ended.stdout


def editor_token(home: Path) -> str:
    password = "a long enough passphrase\n" * 2
    smashpass(home, "admin", "create", "ann", "--role", "editor", typed=password)
    return smashpass(home, "admin", "token", "ann").split()[-1]


def test_the_page_of_settings_is_that_of_the_table():
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.support.settings_page"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_requests_of_the_api_page_are_answered_as_it_says(demo, tmp_path):
    document = tmp_path / "api.md"
    text = (DOCS / "api.md").read_text(encoding="utf-8")
    assert len(examples_of(DOCS / "api.md")) >= 20
    document.write_text(text.replace("http://127.0.0.1:8000", f"http://127.0.0.1:{demo.port}"))
    environment = {"PATH": PROGRAMS, "EDITOR_TOKEN": editor_token(demo.home)}
    assert run_examples(document, tmp_path, environment) == []


def test_an_answer_that_differs_is_noticed(tmp_path):
    document = tmp_path / "page.md"
    document.write_text("```console\n$ echo one two\none …\n$ echo three\nfour\n$ false\n```\n")
    assert examples_of(document)[0] == Example("echo one two", "one …\n")
    wrong = run_examples(document, tmp_path, {"PATH": os.environ["PATH"]})
    assert [text.split("\n")[0] for text in wrong] == ["$ echo three", "$ false"]


def test_the_commands_of_the_page_about_importing_do_what_it_says(tmp_path):
    assert len(examples_of(DOCS / "importing.md")) >= 9
    assert run_examples(DOCS / "importing.md", tmp_path, {"PATH": PROGRAMS}) == []


def test_the_page_about_importing_has_every_format():
    text = (DOCS / "importing.md").read_text(encoding="utf-8")
    rows = text.partition("| `--format` |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in rows.splitlines()[2:])))
    assert named == set(FORMATS) - {"auto"}


def test_the_names_on_the_page_about_the_admin_pages_are_those_on_the_pages():
    text = (DOCS / "admin.md").read_text(encoding="utf-8")
    labels = set(re.findall(r"\*\*([^*]+)\*\*", text)) - {"bold"}
    catalogue = ROOT / "smashpass/web/translations/de/LC_MESSAGES/messages.po"
    messages = set(re.findall(r'^msgid "(.+)"$', catalogue.read_text(), re.MULTILINE))
    assert len(labels) >= 15
    assert sorted(labels - messages) == []
