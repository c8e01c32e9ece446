"""Folders of pictures as they lie on disks: closed folders, odd names, kinds that are not read."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from unicodedata import normalize

import pytest
from PIL import Image

from smashpass.cli.main import run

STATED = ("--source", "shop", "--licence", "CC0-1.0", "--no-real-person", "--depicts", "object",
          "--digital-source-type", "digitalCreation")  # fmt: skip


def tiny(number: int, form: str = "PNG") -> bytes:
    """Return a picture that is like no other."""
    file = io.BytesIO()
    Image.new("RGB", (4, 4), (number * 37 % 256, number * 91 % 256, 7)).save(file, form)
    return file.getvalue()


class Site:
    """An installation with a folder of pictures beside it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self.collection = folder / "home", folder / "set"
        self.collection.mkdir()
        self._capsys = capsys
        self._pictures = 0

    def put(self, *names: str | bytes, form: str = "PNG") -> None:
        """Write pictures, each with a sidecar."""
        for name in names:
            path = os.path.join(os.fsencode(self.collection), os.fsencode(name))  # noqa: PTH118
            os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
            self._pictures += 1
            for ending, content in ((b"", tiny(self._pictures, form)), (b".txt", b"hat\n")):
                with open(path + ending, "wb") as file:  # noqa: PTH123
                    file.write(content)

    def imported(self, *options: str) -> tuple[int, dict, list[tuple[str, str]]]:
        """Import, after a dry run that must foretell it; return also (key, code) of refusals."""
        dry_code, dry, foretold = self._run("--dry-run", *options)
        code, summary, refused = self._run(*options)
        assert (dry_code, foretold) == (code, refused)
        for name in ("read", "added", "changed", "unchanged", "refused", "passed_over"):
            assert dry[name] == summary[name], name
        return code, summary, [(row["key"], row["code"]) for row in refused]

    def _run(self, *options: str) -> tuple[int, dict, list[dict]]:
        self._capsys.readouterr()
        code = run(["import", str(self.collection), *STATED, "--json", "--workers", "1", *options])
        lines = list(map(json.loads, self._capsys.readouterr().out.splitlines()))
        assert lines[-1]["type"] == "summary", lines[-1]
        if "--dry-run" in options:
            refused = [line for line in lines if line.pop("type") == "refused"]
            return code, lines[-1], refused
        log = self.home / "runs" / str(lines[-1]["run"]) / "refused.jsonl"
        rows = log.read_text().splitlines() if log.exists() else []
        return code, lines[-1], list(map(json.loads, rows))


@pytest.fixture
def site(empty_home, tmp_path, capsys, monkeypatch) -> Site:
    site = Site(tmp_path, capsys)
    shutil.copytree(empty_home, site.home)
    monkeypatch.setenv("SMASHPASS_HOME", str(site.home))
    return site


WITHOUT_PRIVILEGES = ()
if os.geteuid() == 0:  # root reads everything, unless it gives up the right to
    DROPPED = "-dac_override,-dac_read_search"
    WITHOUT_PRIVILEGES = ("setpriv", f"--bounding-set={DROPPED}", f"--inh-caps={DROPPED}")


@pytest.mark.skipif(
    bool(WITHOUT_PRIVILEGES) and not shutil.which("setpriv"), reason="setpriv is not installed"
)
@pytest.mark.parametrize(
    ("mode", "key", "code"),
    [(0o000, "b", "unreadable_folder"), (0o444, "b/p.png", "bad_sidecar")],
)
def test_a_folder_that_may_not_be_read_is_one_refused_row(site, mode, key, code):
    site.put("a/p.png", "b/p.png", "c/p.png")
    closed = site.collection / "b"
    closed.chmod(mode)
    program = (sys.executable, "-m", "smashpass", "import", site.collection)
    command = [*WITHOUT_PRIVILEGES, *program, *STATED, "--json", "--workers", "1"]
    process = subprocess.run(command, capture_output=True, text=True)
    closed.chmod(0o755)
    assert process.returncode == 3, process.stderr
    summary = json.loads(process.stdout.splitlines()[-1])
    assert (summary["added"], summary["refused"]) == (2, 1)
    (row,) = map(json.loads, (site.home / "runs/1/refused.jsonl").read_text().splitlines())
    assert (row["key"], row["code"]) == (key, code)
    assert "Permission denied" in row["reason"]


def deep_folder(root: Path, depth: int, name: str) -> None:
    """Make folders in folders, with a path that is longer than the system takes at once."""
    at = os.open(root, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir(name, dir_fd=at)
        below = os.open(name, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)


def test_a_folder_whose_path_is_too_long_is_one_refused_row(site):
    site.put("a/p.png", "z/p.png")
    deep_folder(site.collection, 20, "n" * 250)
    code, summary, refused = site.imported()
    assert (code, summary["added"], summary["refused"]) == (3, 2, 1)
    ((key, why),) = refused
    assert why == "unreadable_folder"
    assert key.startswith("n" * 250 + "/n")


def test_folders_that_lie_too_deep_are_named(site):
    site.put("a/p.png", "d/" * 105 + "p.png")
    code, summary, refused = site.imported()
    assert (code, summary["added"]) == (3, 1)
    assert refused == [("/".join("d" * 101), "unreadable_folder")]


def test_nothing_is_hidden_where_a_folder_cannot_be_read(site, capsys):
    site.put(*(f"a/{number}.png" for number in range(20)), "gone.png")
    assert site.imported()[1]["added"] == 21
    (site.collection / "gone.png").unlink()
    deep_folder(site.collection, 20, "n" * 250)
    assert run(["import", str(site.collection), *STATED, "--workers", "1", "--sync"]) == 1
    assert "none was hidden" in capsys.readouterr().err
    assert site.imported()[1]["hidden"] == 0
    subprocess.run(["rm", "-rf", str(site.collection / ("n" * 250))], check=True)
    assert site.imported("--sync")[1]["hidden"] == 1


def test_odd_names_are_shown_and_refused_for_the_right_reason(site):
    site.put(
        "new\nline.png", "tab\there.png", b"bad\xff\xe9.png", b"\xe9/in.png", "x" * 240 + ".png"
    )
    site.put(" lead.png", "with space.png", "日本語.png", "back\\slash.png")
    (site.collection / "link.png").symlink_to("with space.png")
    code, summary, refused = site.imported()
    assert (code, summary["added"], summary["refused"]) == (3, 5, 5)
    assert sorted(refused) == [
        ("\\xe9/in.png", "bad_key"),
        ("bad\\xff\\xe9.png", "bad_key"),
        ("link.png", "bad_path"),
        ("new\\nline.png", "bad_key"),
        ("tab\\there.png", "bad_key"),
    ]
    log = (site.home / "runs/1/refused.jsonl").read_text().splitlines()
    reasons = {row["key"]: row["reason"] for row in map(json.loads, log)}
    assert reasons["bad\\xff\\xe9.png"] == "the key is not valid UTF-8"
    assert reasons["tab\\there.png"] == "the key holds control characters"


def test_a_name_that_differs_by_blanks_alone_is_refused_not_lost(site):
    site.put(" a.png", "a.png")
    code, summary, refused = site.imported()
    assert (code, summary["added"], refused) == (3, 1, [(" a.png", "bad_key")])


def test_kinds_that_are_not_read_are_counted_and_clutter_is_not(site, capsys):
    site.put("a.png", "Thumbs.db.png")
    site.put("b.jfif", "c.JPE", form="JPEG")
    site.put("pic.bmp", "sub/PIC.BMP", form="BMP")
    site.put("pic.tif", form="TIFF")
    site.put("@eaDir/a.png", "sub/@eaDir/t.bmp", "__MACOSX/._a.png", "._b.png", ".hidden/c.png")
    for name in ("drawing.svg", "photo.heic", ".DS_Store", "Thumbs.db", "notes.doc", "bmp"):
        (site.collection / name).write_bytes(b"x")
    code, summary, _ = site.imported()
    assert (code, summary["added"], summary["read"]) == (0, 4, 4)
    assert summary["passed_over"] == {".bmp": 2, ".heic": 1, ".svg": 1, ".tif": 1}
    capsys.readouterr()
    assert run(["import", str(site.collection), *STATED, "--workers", "1"]) == 0
    out, _ = capsys.readouterr()
    assert "passed over 5: .bmp 2, .heic 1, .svg 1, .tif 1\n" in out
    assert run(["import", str(site.collection), *STATED, "--workers", "1", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_clutter_in_a_tar_file_is_left_out_and_kinds_that_are_not_read_are_counted(site, tmp_path):
    members = {"./a.jfif": tiny(1, "JPEG"), "./a.txt": b"hat", "./._a.jfif": b"x",
               "__MACOSX/a.png": tiny(2), "@eaDir/a/b.png": tiny(3), "a/.jpg": tiny(4),
               "b.png": tiny(5), "b.svg": b"<svg/>"}  # fmt: skip
    with tarfile.open(site.collection / "set.tar", "w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    code, summary, refused = site.imported()
    assert (code, summary["added"], refused) == (0, 2, [])
    assert summary["passed_over"] == {".svg": 1}


def describe(site: Site, *names: str) -> None:
    """Name pictures in a table that lies beside them."""
    rows = "".join(f'"{name}",hat\n' for name in names)
    (site.collection / "metadata.csv").write_text(f"file_name,tags\n{rows}", encoding="utf-8")


@pytest.mark.parametrize(("described_form", "stored_form"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_is_found_in_the_other_unicode_form(site, described_form, stored_form):
    names = ("mä.png", "Zürich/straße/é.png")
    site.put(*(normalize(stored_form, name) for name in names))
    describe(site, *(normalize(described_form, name) for name in names))
    code, summary, refused = site.imported()
    assert (code, summary["added"], refused) == (0, 2, [])
    assert site.imported()[1]["unchanged"] == 2


def test_an_exact_name_goes_first_and_two_inexact_ones_are_an_error_that_says_so(site):
    composed, mixed, decomposed = "é/é.png", "e\u0301/é.png", "e\u0301/e\u0301.png"
    site.put(composed, mixed, decomposed)
    describe(site, composed, mixed, decomposed)
    assert site.imported()[1]["added"] == 3
    twins = ("q\u0323\u0307.png", "q\u0307\u0323.png")  # the same two marks in either order
    site.put("ḍ\u0307.png", "d\u0323\u0307.png")
    describe(site, "d\u0307\u0323.png", twins[1])
    code, _, refused = site.imported()
    assert (code, refused) == (
        3, [("d\u0307\u0323.png", "ambiguous_name"), (twins[1], "no_file")]
    )  # fmt: skip


def test_back_slashes_and_blanks_are_taken_as_written_first(site):
    site.put("sub/a.png", "sub/b.png", "sub\\b.png", " lead.png", "bare.png")
    describe(site, "sub\\a.png", "sub\\b.png", "sub/b.png", " lead.png", " bare.png ")
    code, summary, refused = site.imported()
    assert (code, summary["added"], refused) == (0, 5, [])


def test_no_spelling_leads_out_of_the_folder(site, tmp_path):
    site.put("../é.png", "../out/é.png", "in/a.png")
    (site.collection / "link").symlink_to(tmp_path / "out")
    decomposed = normalize("NFD", "é.png")
    names = (f"..\\{decomposed}", f"link\\{decomposed}", f" ../{decomposed}",
             f"in\\..\\..\\{decomposed}", f"{tmp_path}/{decomposed}")  # fmt: skip
    describe(site, *names)
    code, summary, refused = site.imported()
    assert (code, summary["added"], summary["refused"]) == (3, 0, 5)
    assert {why for _, why in refused} <= {"bad_path", "no_file"}
