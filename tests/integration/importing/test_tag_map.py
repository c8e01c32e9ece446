"""Renaming tags on the way in."""

from __future__ import annotations

import json

import pytest

from smashpass.cli.main import run
from smashpass.core.errors import BadInput
from smashpass.services.importing.rows.tags import read_tag_map

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip


def test_tags_are_renamed_split_and_dropped(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    table = tmp_path / "a.csv"
    table.write_text('id,tags\n1,"Cap,junk,beard"\n2,"junk"\n3,"cap,hat,toddler"\n')
    names = tmp_path / "map.csv"
    names.write_text("from,to\n# hats\ncap,hat,Head Gear\njunk,\ntoddler,adult_person\n")

    code = run(["import", str(table), "--tag-map", str(names), *STATED])

    lines = list(map(json.loads, capsys.readouterr().out.splitlines()))
    assert (code, lines[-1]["added"], lines[-1]["refused"]) == (3, 2, 1)
    assert run(["search", "", "--json"]) == 0
    images = json.loads(capsys.readouterr().out)["images"]
    assert sorted(map(tuple, (image["tags"] for image in images))) == [
        (),
        ("beard", "hat", "head_gear"),
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("a,b\na,c\n", 2), ("from,to\n\n-x,y\n", 3), ("a,b*c\n", 1)]
)
def test_a_line_that_makes_no_sense_is_told_with_its_number(text, line):
    with pytest.raises(BadInput, match=rf"map:{line}"):
        read_tag_map(text, "map")
