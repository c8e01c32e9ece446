"""Tables as other programs save them, found by looking: read, or one error with the way out."""

from __future__ import annotations

import json

import pytest

from smashpass.cli.main import run

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--media", "none", "--json")  # fmt: skip


@pytest.fixture
def imported(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))

    def make(content: bytes):
        (tmp_path / "a.csv").write_bytes(content)
        code = run(["import", str(tmp_path / "a.csv"), *STATED])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    return make


@pytest.mark.parametrize(
    "content",
    [
        b"id;tags;width\nq1;sofa, chair;8\nq2;lamp;\n",
        b"id\ttags\nq1\tsofa, chair\nq2\tlamp\n",
        b"id\ttags\tnote, a, b, c\nq1\tsofa, chair\tx\nq2\tlamp\ty\n",
        b"id,tags\rq1,sofa chair\rq2,lamp\r",
        b"\xef\xbb\xbfid,tags\r\nq1,sofa chair\r\nq2,lamp\r\n",
        b"ID, Tags \nq1, sofa chair \nq2,lamp\n",
        b'\n\nid,tags\n\nq1,"sofa,\nchair"\n\nq2,lamp',
    ],
)
def test_a_table_is_read_whatever_separates_its_columns_and_lines(imported, content):
    code, summary = imported(content)

    assert (code, summary["added"], summary["new_tags"]) == (0, 2, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"sep=,\nid,tags\nq1,sofa\n", "remove the lines above"),
        (b"# made by x\nid,tags\nq1,sofa\n", "remove the lines above"),
        ("id,tags\nq1,sofa\n".encode("utf-16"), "save it as UTF-8"),
        (b"", "empty"),
    ],
)
def test_any_other_is_one_error_that_names_the_file_and_the_way_out(imported, content, message):
    code, failure = imported(content)

    assert code == 1
    assert message in failure["detail"]
    assert "a.csv" in failure["detail"]


def test_a_folder_with_pictures_of_other_kinds_alone_names_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("a.bmp", "b.BMP", "c.tif"):
        (folder / name).write_bytes(b"x")

    assert run(["import", str(folder), *STATED]) == 1

    detail = json.loads(capsys.readouterr().out.splitlines()[-1])["detail"]
    assert "no pictures that can be read: passed over .bmp 2, .tif 1" in detail
