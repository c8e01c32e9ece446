"""``smashpass import`` as it is typed: what it takes, what it refuses, and that nothing is lost."""

from __future__ import annotations

import csv
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smashpass.cli.main import run

COLUMNS = ("id", "tags", "width", "height", "score", "source", "licence", "digital_source_type",
           "real_person", "depicts")  # fmt: skip
GOOD = ("shop", "CC0-1.0", "algorithmicMedia", "false", "adult")
TABLES = ("source", "credit", "attribute", "tag", "counter", "image", "change")
VOLATILE = {"added_at", "at", "run_id", "origin"}


def write(path: Path, rows, columns=COLUMNS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def row(key, tags="beard", width=512, height=512, score="0.5", credit=GOOD):
    return (key, tags, width, height, score, *credit)


@pytest.fixture
def new_home(tmp_path, monkeypatch):
    """A home that is not there yet."""
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def home(new_home, empty_home):
    """A home with an empty library."""
    shutil.copytree(empty_home, new_home)
    return new_home


def imported(capfd, *arguments):
    code = run(["import", *map(str, arguments), "--media", "none", "--json"])
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert lines[-1]["type"] == "summary", lines
    return code, lines[-1], lines


def counts(summary):
    return tuple(summary[name] for name in ("read", "added", "changed", "unchanged", "refused"))


def contents(home: Path):
    """Everything the library says, without moments and numbers of runs."""
    tables = {}
    with closing(sqlite3.connect(home / "smashpass.db")) as database:
        for table in TABLES:
            names = [
                name
                for (name,) in database.execute(f"SELECT name FROM pragma_table_info('{table}')")
                if name not in VOLATILE
            ]
            columns = ", ".join(f'"{name}"' for name in names)
            tables[table] = database.execute(
                f"SELECT {columns} FROM {table} ORDER BY {columns}"
            ).fetchall()
    return tables


def test_every_row_is_counted_once_and_the_refused_are_told_with_line_and_reason(
    home, tmp_path, capfd
):
    rows = [row("a"), row("b", credit=("shop", "", *GOOD[2:])), row("a", "hat"), row("", "x")]
    rows.append(row("child", credit=(*GOOD[:4], "child")))
    file = write(tmp_path / "a.csv", rows)

    code, summary, _ = imported(capfd, file)

    assert code == 3
    assert counts(summary) == (5, 1, 0, 1, 3)
    refusals = [
        json.loads(line)
        for line in (home / "runs" / str(summary["run"]) / "refused.jsonl").read_text().splitlines()
    ]
    assert [(refusal["line"], refusal["code"]) for refusal in refusals][:2] == [
        (3, "no_licence"),
        (5, "no_key"),
    ]
    assert refusals[2]["line"] == 6
    assert all(refusal["reason"] for refusal in refusals)
    assert list((home / "snapshots").iterdir())


def test_importing_again_changes_nothing(home, tmp_path, capfd):
    file = write(tmp_path / "a.csv", [row(f"k{number}") for number in range(40)])
    imported(capfd, file)
    before = contents(home)

    code, summary, _ = imported(capfd, file)

    assert (code, counts(summary)) == (0, (40, 0, 0, 40, 0))
    assert contents(home) == before


@pytest.mark.parametrize(
    ("on_existing", "tags", "expected"),
    [
        ("skip", "hat", {"beard"}),
        ("overwrite", "hat", {"hat"}),
        ("append", "hat", {"beard", "hat"}),
    ],
)
def test_known_images_are_left_replaced_or_added_to(
    home, tmp_path, capfd, on_existing, tags, expected
):
    imported(capfd, write(tmp_path / "a.csv", [row("a", "beard")]))
    imported(capfd, write(tmp_path / "b.csv", [row("a", tags)]), "--on-existing", on_existing)

    run(["search", "", "--json"])
    (image,) = json.loads(capfd.readouterr().out)["images"]
    assert set(image["tags"]) == expected


def test_statements_for_the_whole_run_fill_what_rows_leave_out(home, tmp_path, capfd):
    file = write(tmp_path / "a.csv", [("a", "beard")], ("id", "tags"))

    assert imported(capfd, file)[0] == 3
    code, summary, _ = imported(
        capfd,
        *("--retry", "1", "--source", "shop", "--licence", "cc0-1.0", "--no-real-person"),
        *("--digital-source-type", "algorithmicMedia", "--depicts", "adult"),
    )

    assert (code, summary["refused"]) == (0, 0)
    run(["search", "beard", "--json"])
    (image,) = json.loads(capfd.readouterr().out)["images"]
    assert image["credit"]["licence"] == "CC0-1.0"


keys = st.sampled_from(["a", "b", "c", "d", ""])
drawn_rows = st.lists(
    st.builds(
        row,
        keys,
        tags=st.sampled_from(["beard", "beard,hat", "", "hat smile", "b*d"]),
        width=st.sampled_from([512, 256, "", "wide"]),
        credit=st.sampled_from([GOOD, ("shop", *GOOD[1:4], "child"), ("shop", "", *GOOD[2:])]),
    ),
    max_size=8,
)


@given(first=drawn_rows, second=drawn_rows, how=st.sampled_from(["skip", "overwrite", "append"]))
@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
def test_a_dry_run_tells_what_the_import_then_does(
    first, second, how, tmp_path_factory, monkeypatch, capfd
):
    folder = tmp_path_factory.mktemp("dry")
    monkeypatch.setenv("SMASHPASS_HOME", str(folder / "home"))
    first_table, other = write(folder / "a.csv", first), write(folder / "b.csv", second)
    dry_run = imported(capfd, first_table, "--dry-run")
    assert not (folder / "home").exists()
    import_run = imported(capfd, first_table)
    assert (dry_run[0], counts(dry_run[1])) == (import_run[0], counts(import_run[1]))
    assert dry_run[1]["new_tags"] == import_run[1]["new_tags"]

    before = contents(folder / "home")
    dry_run = imported(capfd, other, "--dry-run", "--on-existing", how)
    assert contents(folder / "home") == before
    import_run = imported(capfd, other, "--on-existing", how)
    assert (dry_run[0], counts(dry_run[1])) == (import_run[0], counts(import_run[1]))
    assert dry_run[1]["new_tags"] == import_run[1]["new_tags"]


@pytest.mark.parametrize("how", ["skip", "overwrite", "append"])
@pytest.mark.parametrize("licence", ["CC0-1.0", ""])
def test_a_row_that_changes_nothing_brings_no_word(home, tmp_path, capfd, how, licence):
    imported(capfd, write(tmp_path / "a.csv", [row("a")]))
    credit = ("shop", licence, *GOOD[2:])
    other = write(tmp_path / "b.csv", [row("a", "beard,hat", credit=credit)])
    dry_run = imported(capfd, other, "--dry-run", "--on-existing", how)[1]

    import_run = imported(capfd, other, "--on-existing", how)[1]

    with closing(sqlite3.connect(home / "smashpass.db")) as database:
        words = database.execute("SELECT name FROM tag ORDER BY name").fetchall()
    takes = how == "overwrite" or (how == "append" and licence != "")
    assert dry_run["new_tags"] == import_run["new_tags"] == takes
    assert words == ([("beard",), ("hat",)] if takes else [("beard",)])


def test_new_tags_that_look_like_others_are_told(home, tmp_path, capfd):
    imported(capfd, write(tmp_path / "a.csv", [row("a")]))
    other = write(tmp_path / "b.csv", [row("b", "be\u0430rd")])
    for options in (["--dry-run"], []):
        assert run(["import", str(other), "--media", "none", *options]) == 0
        assert "looks like 'beard'" in capfd.readouterr().err


def test_a_killed_import_goes_on_and_comes_to_the_same_end(tmp_path):
    file = write(
        tmp_path / "a.csv",
        [row(f"k{number}", f"t{number % 50},u{number % 7}") for number in range(4_000)],
    )
    program = (
        "import sys\n"
        "from smashpass.cli.main import run\n"
        "from smashpass.services.importing import run as pipeline\n"
        "pipeline.BATCH_ROWS = 500\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", program, "import", str(file), "--media", "none"]

    def environment(name):
        return {**os.environ, "SMASHPASS_HOME": str(tmp_path / name)}

    started = time.monotonic()
    subprocess.run(command, env=environment("whole"), check=True, capture_output=True)
    seconds = time.monotonic() - started
    for share in (0.6, 0.75, 0.9):
        child = subprocess.Popen(
            command, env=environment("killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(share * seconds)
        child.send_signal(signal.SIGKILL)
        child.wait()
    subprocess.run(command, env=environment("killed"), check=True, capture_output=True)

    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_one_import_at_a_time(home, tmp_path, capfd):
    file = write(tmp_path / "a.csv", [row("a")])
    with (home / "import.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code = run(["import", str(file), "--media", "none"])
    (line,) = capfd.readouterr().err.splitlines()

    assert code == 75
    assert "import" in line
    assert imported(capfd, file)[0] == 0


def test_a_folder_with_metadata_is_read_and_cannot_lead_out(home, tmp_path, capfd):
    folder = tmp_path / "pictures"
    folder.mkdir()
    credit = dict(zip(COLUMNS[5:], GOOD, strict=True))
    lines = [
        {"file_name": "a.png", "tags": ["beard", "hat"], "real_person": False} | credit,
        {"file_name": "../b.png", "tags": []} | credit,
        {"file_name": "/etc/passwd"} | credit,
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    (folder / "metadata.jsonl").write_text(text + "\n{broken\n")

    code, summary, _ = imported(capfd, folder)

    assert (code, summary["added"], summary["refused"]) == (3, 1, 3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("blank.csv", b"\n\n\n"),
        ("no-key.csv", b"name,tags\na,b\n"),
        ("twice.csv", b"id,ID,tags\na,b,c\n"),
        ("licence-twice.csv", b"id,licence,license\na,b,c\n"),
        ("utf16.csv", "id,tags\na,b\n".encode("utf-16")),
        ("latin1.csv", "id,t\xe4gs\na,b\n".encode("latin-1")),
        ("zip.csv", b"PK\x03\x04\x00\x00\x00\x00" * 50),
        ("nul.csv", b"id\x00,tags\na,b\n"),
        ("sep.csv", b"sep=;\nid;tags\na;b\n"),
        ("comment.csv", b"# made by x\nid,tags\na,b\n"),
        ("quote.csv", b'id,"tags\na,b\n'),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_with_what_to_do(
    new_home, tmp_path, capfd, name, content
):
    (tmp_path / name).write_bytes(content)

    code = run(["import", str(tmp_path / name), "--format", "csv", "--media", "none"])

    captured = capfd.readouterr()
    (line,) = captured.err.splitlines()
    assert code == 1
    assert name in line
    assert "Traceback" not in captured.out + captured.err
    assert not new_home.exists() or not list(new_home.glob("smashpass.db"))


@pytest.mark.parametrize(
    "line",
    [
        b"a",
        b"a,b,1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult,more",
        b'a,"b,1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult',
        b"\xff\xfe,b,1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult",
        b"a\x00b,b,1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult",
        b"a,b,1,1,nan,shop,CC0-1.0,algorithmicMedia,false,child",
        b"a,b,1,1,1,shop,no licence at all,algorithmicMedia,false,adult",
        b"a,b,1,1,1,shop,CC0-1.0,magic,false,adult",
        b"a,b,1,1,1,shop,CC0-1.0,algorithmicMedia,true,adult",
        b"a,b,1,1,1,shop,CC0-1.0,algorithmicMedia,perhaps,adult",
        b"a,toddler,1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult",
        b"../a,b,-1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult",
        b"x" * 200_000 + b",b,1,1,1,shop,CC0-1.0,algorithmicMedia,false,adult",
    ],
)
def test_a_bad_line_is_refused_and_the_lines_around_it_are_taken(home, tmp_path, capfd, line):
    header = ",".join(COLUMNS).encode()
    good_lines = [",".join(map(str, row(key))).encode() for key in ("first", "last")]
    (tmp_path / "a.csv").write_bytes(
        b"\n".join([header, good_lines[0], line, good_lines[1]]) + b"\n"
    )

    code, summary, _ = imported(capfd, tmp_path / "a.csv")

    assert code == 3
    assert summary["refused"] >= 1
    assert summary["added"] >= 1
    assert summary["read"] == summary["added"] + summary["refused"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.csv", "--retry", "1"],
        ["a.csv", "--on-existing", "merge"],
        ["a.csv", "--format", "pdf"],
        ["a.csv", "--media", "all"],
        ["a.csv", "--workers", "0"],
        ["a.csv", "--licence", "no such licence"],
        ["a.csv", "--digital-source-type", "magic"],
        ["a.csv", "--depicts", "child"],
        ["--retry", "x"],
    ],
)
def test_wrong_usage_is_said_in_one_line(home, capfd, arguments):
    code = run(["import", *arguments])

    captured = capfd.readouterr()
    assert code == 2
    assert len(captured.err.splitlines()) == 1
    assert captured.out == ""
