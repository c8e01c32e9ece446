"""Names with invisible joiners, from pictures and their tags to searches and decisions."""

from __future__ import annotations

import json

from smashpass.cli.main import run
from tests.support.trees import tree

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation")  # fmt: skip
WANTS = "می\u200cخواهد"
SCIENTIST = "👩\u200d🔬"


def test_joiners_are_the_same_to_imports_queries_and_trees(tmp_path, monkeypatch, capsys, picture):
    def typed(*arguments: str):
        capsys.readouterr()
        code = run([*arguments, "--json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "set"
    folder.mkdir()
    for name, colour, tags in (
        ("a", "#112233", f"{WANTS}, {SCIENTIST}, be\u200dard, sofa"),
        ("b", "#445566", "👩🏽\ufe0f\u200d🔬, sofa"),
        ("c", "#778899", WANTS.replace("\u200c", "") + ", sofa"),
    ):
        (folder / f"{name}.png").write_bytes(picture(colour=colour))
        (folder / f"{name}.txt").write_text(tags, encoding="utf-8")
    code, lines = typed("import", str(folder), *STATED)
    assert (code, lines[-1]["added"], lines[-1]["dropped_tags"]) == (0, 3, 1)
    warnings = "\n".join(line["text"] for line in lines if line["type"] == "warning")
    assert "the invisible joiner U+200D where it joins nothing" in warnings
    assert "the invisible joiner U+200C is in one of them" in warnings

    for query, matched in (
        (WANTS, 1),
        (f'"{WANTS}"', 1),
        (SCIENTIST, 1),
        ("👩🏽\u200d🔬", 1),
        ("sofa", 3),
        (f"{WANTS} OR {SCIENTIST} OR 👩🏽\u200d🔬", 2),
    ):
        _, (answer,) = typed("search", query, "--count")
        assert answer["matched"] == matched
    code, (answer,) = typed("search", "be\u200dard", "--count")
    assert (code, answer["code"]) == (2, "bad_query")
    assert "U+200D" in answer["detail"]

    (tmp_path / "a.yaml").write_text(tree("a").replace("beard", WANTS), encoding="utf-8")
    (tmp_path / "b.yaml").write_text(tree("a").replace("[beard", "[be\u200dard"), encoding="utf-8")
    assert run(["rules", "check", str(tmp_path / "a.yaml")]) == 0
    assert run(["rules", "check", str(tmp_path / "b.yaml")]) != 0
    assert run(["rules", "publish", str(tmp_path / "a.yaml"), "--reason", "r"]) == 0
    for name, leaf in ((WANTS, "one"), (WANTS.replace("\u200c", ""), "four")):
        code, (decision,) = typed("decide", "--tags", name, "--tree", "a")
        assert (code, decision["leaf"]) == (0, leaf)
