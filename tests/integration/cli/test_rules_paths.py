"""Messages about rule files call them as they were typed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.command_line import bound_smashpass
from tests.support.trees import LOOKS, tree

REASON = ("--reason", "r")
BROKEN = tree("a", include="../lib/looks.yaml").replace("if: glasses", "if: [glasses]")


@pytest.fixture
def work(smashpass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder that holds ``rules``, in which a tree and its fragment have an error."""
    folder = tmp_path / "work"
    for path, text in {
        "rules/trees/a.yaml": BROKEN,
        "rules/lib/looks.yaml": LOOKS.replace("hair:white", "[hair]"),
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


# Where the command is run, what is typed, and what the tree and its fragment are called.
TYPED = [
    (".", "rules", "rules/trees/a.yaml", "rules/lib/looks.yaml"),
    (".", "rules/", "rules/trees/a.yaml", "rules/lib/looks.yaml"),
    (".", "./rules", "./rules/trees/a.yaml", "./rules/lib/looks.yaml"),
    (".", "deep/../rules/", "deep/../rules/trees/a.yaml", "deep/../rules/lib/looks.yaml"),
    (".", "{abs}/rules", "{abs}/rules/trees/a.yaml", "{abs}/rules/lib/looks.yaml"),
    ("deep/er", "../../rules", "../../rules/trees/a.yaml", "../../rules/lib/looks.yaml"),
    ("rules", ".", "./trees/a.yaml", "./lib/looks.yaml"),
    (".", "rules/trees/a.yaml", "rules/trees/a.yaml", "rules/lib/looks.yaml"),
    (".", "./rules/trees/a.yaml", "./rules/trees/a.yaml", "./rules/lib/looks.yaml"),
    (".", "{abs}/rules/trees/a.yaml", "{abs}/rules/trees/a.yaml", "{abs}/rules/lib/looks.yaml"),
    ("deep", "../rules/trees/a.yaml", "../rules/trees/a.yaml", "../rules/lib/looks.yaml"),
    ("rules", "trees/a.yaml", "trees/a.yaml", "lib/looks.yaml"),
    ("rules/trees", "a.yaml", "a.yaml", "../lib/looks.yaml"),
    ("rules/trees", "./a.yaml", "./a.yaml", "../lib/looks.yaml"),
    ("rules/lib", "../trees/a.yaml", "../trees/a.yaml", "../lib/looks.yaml"),
]


@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("test",),
        ("publish", *REASON),
        ("impact",),
        ("canary", "--percent", "5"),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(("folder", "typed", "the_tree", "fragment"), TYPED)
def test_files_are_called_as_they_were_typed(
    smashpass, work, monkeypatch, command, folder, typed, the_tree, fragment
):
    monkeypatch.chdir(work / folder)
    name, *options = command
    arguments = ("rules", name, typed.format(abs=work), *options)
    names = {the_tree.format(abs=work), fragment.format(abs=work)}
    answer = smashpass(*arguments)
    assert answer.code == 1
    places = re.findall(r"^(\S+):\d+:\d+: error", answer.out + answer.err, re.MULTILINE)
    assert set(places) == names
    document = smashpass(*arguments, "--json")
    assert {problem["file"] for problem in document.json["problems"]} == names


def test_paths_in_several_rules_folders_are_called_as_they_were_typed(smashpass, work):
    (work / "other").mkdir()
    (work / "other" / "a.yaml").write_text("format: [")
    typed = (f"{work}/other/", "./rules/trees/a.yaml", "rules/lib/looks.yaml")
    document = smashpass("rules", "check", *typed, "--json").json
    names = {problem["file"] for problem in document["problems"]}
    assert names == {f"{work}/other/a.yaml", "./rules/trees/a.yaml", "rules/lib/looks.yaml"}


def test_a_file_reached_by_a_link_is_called_as_it_was_typed(smashpass, work):
    (work / "deep" / "link.yaml").symlink_to(work / "rules" / "trees" / "a.yaml")
    document = smashpass("rules", "check", "./deep/link.yaml", "--json").json
    names = {problem["file"] for problem in document["problems"]}
    assert names == {"./deep/link.yaml", "rules/lib/looks.yaml"}


def test_a_circle_of_includes_is_told_in_the_paths_of_its_files(smashpass, work):
    (work / "rules/lib/looks.yaml").write_text(
        LOOKS.replace("id: looks", "id: looks\ninclude: [../trees/a.yaml]")
    )
    answer = smashpass("rules", "check", "./rules/")
    circle = "./rules/lib/looks.yaml → ./rules/trees/a.yaml → ./rules/lib/looks.yaml"
    assert f"leads back to itself: {circle}" in answer.out


def test_what_is_published_keeps_paths_below_the_rules_folder(smashpass, work, library):
    (work / "rules/trees/a.yaml").write_text(tree("a", include="../lib/looks.yaml"))
    (work / "rules/lib/looks.yaml").write_text(LOOKS)
    assert smashpass("rules", "publish", "./rules/", *REASON).code == 0
    document = smashpass("rules", "show", "active", "--json").json
    assert set(document["files"]) == {"trees/a.yaml", "lib/looks.yaml"}


@pytest.mark.parametrize("command", ["check", "test"])
@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_folder_that_may_not_be_read_is_one_message(work, home, command, mode):
    folder = work / "rules" / "trees"
    (work / "rules" / "b.yaml").write_text(tree("b"))
    (work / "rules" / "lib" / "looks.yaml").write_text(LOOKS)
    folder.chmod(mode)
    try:
        answer = bound_smashpass(home, "rules", command, "./rules/")
        document = bound_smashpass(home, "rules", command, "./rules/", "--json")
    finally:
        folder.chmod(0o755)
    assert answer.code == 1
    assert "Traceback" not in answer.err
    output = answer.out + answer.err
    assert output.count("Permission denied") == 1
    assert "./rules/trees" in output
    assert (document.code, document.err) == (1, "")
    assert document.out.count("Permission denied") == 1


def test_a_folder_that_disappears_while_it_is_read_is_one_message(smashpass, work, monkeypatch):
    scan = os.scandir

    def remove_then_scan(path):
        """Be later than another process that removes the folder."""
        if str(path) == str(work / "rules" / "lib"):
            shutil.rmtree(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", remove_then_scan)
    failure = smashpass("rules", "check", "./rules").failure
    assert "./rules/lib: the folder cannot be read: No such file or directory" in failure
