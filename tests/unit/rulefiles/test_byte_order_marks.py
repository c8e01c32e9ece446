"""Rule files that an editor saved with a byte order mark."""

from __future__ import annotations

import json
from codecs import BOM_UTF8

from smashpass.cli.main import run

TREE = """format: 1
id: t
labels: []
root:
  if: beard
  then:
    if: glasses
    then: {if: hat, then: {id: a, verdict: smash, reason: r}, else: {id: b, verdict: pass, reason: r}}
    else: {id: c, verdict: pass, reason: r}
  else: {id: d, verdict: pass, reason: r}
"""  # noqa: E501


def checked(tmp_path, monkeypatch, capsys, content: bytes):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    (tmp_path / "t.yaml").write_bytes(content)
    code = run(["rules", "check", str(tmp_path / "t.yaml"), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_mark_of_utf8_changes_nothing(tmp_path, monkeypatch, capsys):
    plain = checked(tmp_path, monkeypatch, capsys, TREE.encode())
    marked = checked(tmp_path, monkeypatch, capsys, BOM_UTF8 + TREE.encode())

    assert marked == plain
    assert marked[1]["errors"] == 0


def test_a_file_in_utf16_is_one_error(tmp_path, monkeypatch, capsys):
    code, report = checked(tmp_path, monkeypatch, capsys, TREE.encode("utf-16"))

    (problem,) = (item for item in report["problems"] if item["severity"] == "error")
    assert (code, problem["code"], problem["hint"]) == (1, "E102", "save the file as UTF-8")
    assert "UTF-16" in problem["message"]
