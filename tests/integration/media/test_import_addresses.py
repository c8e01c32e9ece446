"""Pictures that a table names by addresses: nothing is fetched, no other file is read."""

from __future__ import annotations

import csv
import io
import json

import pytest
from PIL import Image

from smashpass.cli.main import run

STATED = ("--source", "shop", "--licence", "MIT", "--no-real-person", "--depicts", "adult",
          "--digital-source-type", "digitalCreation", "--workers", "1", "--json")  # fmt: skip


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), "#336699").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def imported(tmp_path, monkeypatch, capsys):
    """Imports rows of a table: exit code, summary, warnings, refused rows."""

    def make(columns, rows, *options):
        monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
        (tmp_path / "outside.png").write_bytes(png())
        folder = tmp_path / "set"
        folder.mkdir(exist_ok=True)
        (folder / "a.png").write_bytes(png())
        with (folder / "a.csv").open("w", newline="") as file:
            csv.writer(file).writerows([columns, *rows])
        code = run(["import", str(folder / "a.csv"), *STATED, *options])
        output = list(map(json.loads, capsys.readouterr().out.splitlines()))
        texts = [line["text"] for line in output if line["type"] == "warning"]
        log = tmp_path / "home" / "runs" / str(output[-1]["run"]) / "refused.jsonl"
        refused = list(map(json.loads, log.read_text().splitlines())) if log.exists() else []
        return code, output[-1], texts, refused

    return make


@pytest.mark.parametrize("column", ["url", "file_name"])
def test_a_picture_named_by_an_address_is_refused_with_the_way_out(imported, tmp_path, column):
    addresses = ["https://example.org/a.png", f"file://{tmp_path}/outside.png",
                 f"file://{tmp_path}/set/a.png"]  # fmt: skip
    rows = [(number, "sofa", address) for number, address in enumerate(addresses)]

    code, summary, _, refused = imported(("id", "tags", column), rows)

    assert (code, summary["added"], summary["refused"]) == (3, 0, 3)
    assert {row["code"] for row in refused} == {"no_file"}
    for row in refused:
        assert "pictures are not fetched from addresses" in row["reason"]
        assert "file_name" in row["reason"]
        assert "--media none" in row["reason"]
    assert not list((tmp_path / "home" / "media").rglob("*.webp"))


def test_a_table_of_addresses_can_be_imported_without_pictures(imported):
    rows = [("sofa", "https://example.org/a.png")]

    code, summary, _, _ = imported(("tags", "url"), rows, "--media", "none")

    assert (code, summary["added"]) == (0, 1)


def test_beside_a_file_an_address_is_ignored_with_a_warning(imported, tmp_path):
    rows = [("a.png", "sofa", f"file://{tmp_path}/outside.png")]

    code, summary, texts, _ = imported(("file_name", "tags", "url"), rows)

    assert (code, summary["added"]) == (0, 1)
    assert texts == ["column 'url' is ignored: pictures are read from files, never from addresses"]
    assert len(list((tmp_path / "home" / "media").rglob("*-small.webp"))) == 1
