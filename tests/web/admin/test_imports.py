"""The pages of imports: the same facts as the command line, and what can be done about them."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.worker import job_runner
from smashpass.cli.main import run as smashpass
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.admin import Person, check_light, sign_in

HOSTILE = "<script>alert(1)</script>"
HEAD = "id,tags,licence,source,digital_source_type,real_person,depicts\n"
GOOD = "MIT,shop,digitalCreation,false,creature"


@pytest.fixture
def drop(tmp_path):
    """The folder from which imports may be started."""
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


@pytest.fixture
def open_app(app, parts, drop, monkeypatch):
    """The application again, where the operator has permitted a folder."""
    monkeypatch.setenv("SMASHPASS_HOME", str(parts.home))
    monkeypatch.setenv("SMASHPASS_IMPORT_FOLDERS", str(drop))
    settings = {"SMASHPASS_HOME": str(parts.home), "SMASHPASS_IMPORT_FOLDERS": str(drop)}
    opened = create_app(load(settings | {"SMASHPASS_LOG_LEVEL": "error"}))
    yield opened
    opened.extensions["smashpass"].installation.engine.dispose()


@pytest.fixture
def editor(open_app):
    client = open_app.test_client()
    assert sign_in(client, "editor").status_code == 303
    matches = re.search(r'data-csrf="([^"]+)"', client.get("/admin/account").text)
    return Person("editor", client, matches[1])


def table(folder, *rows, name="a.csv"):
    path = folder / name
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return path


def figures(page):
    """The figures of a run's page by name."""
    matches = re.findall(r'data-slot="(\w+)">([\d,]+)<', page.text)
    return {name: int(value.replace(",", "")) for name, value in matches}


def test_a_run_shows_what_the_command_line_told(parts, drop, monkeypatch, signed_in):
    monkeypatch.setenv("SMASHPASS_HOME", str(parts.home))
    path = table(drop, f"1,hat,{GOOD}", f"2,hat,{GOOD}", f"3,hat,,{GOOD[4:]}", '4,"a,*",' + GOOD)
    assert smashpass(["import", str(path)]) == 3
    (run, *_) = parts.runs.latest()
    analyst = signed_in("analyst")
    listed = analyst.get("/imports").text
    assert f"Run {run.id}</a>" in listed
    assert str(path) in listed
    page = analyst.get(f"/imports/{run.id}")
    counted = figures(page)
    assert counted == {
        "read": run.read, "added": run.added, "changed": 0, "unchanged": 0,
        "refused": run.refused, "quarantined": run.quarantined, "rate": counted["rate"],
    }  # fmt: skip
    assert "licence is missing" in page.text
    assert f"smashpass import --retry {run.id}" in page.text
    live = analyst.get(f"/imports/{run.id}", headers={"Accept": "application/json"}).json
    assert (live["state"], live["read"], live["share"]) == ("done", run.read, 100)
    for wrong in ("0", "x", "99999"):
        assert analyst.get(f"/imports/{wrong}").status_code == 404


def test_a_hundred_runs_are_on_a_page(parts, signed_in):
    for _ in range(101):
        run = parts.runs.start("/srv/collections/" + "deep/" * 20, {})
        parts.runs.progress(run, position=1, refused=1)
    first = signed_in("editor").get("/imports")
    check_light(first)
    following = re.search(r"\?before=(\d+)", first.text)[1]
    second = signed_in("editor").get(f"/imports?before={following}").text
    run_numbers = [re.findall(r">Run (\d+)<", text) for text in (first.text, second)]
    assert [len(page_numbers) for page_numbers in run_numbers] == [100, 2]
    assert int(run_numbers[0][-1]) == int(following) == int(run_numbers[1][0]) + 1


def test_refused_rows_are_on_pages_and_in_a_file(parts, signed_in):
    run = parts.runs.start("/data", {})
    parts.runs.progress(run, position=250, refused=250)
    parts.runs.finish(run)
    folder = parts.home / "runs" / str(run)
    folder.mkdir(parents=True)
    rows = [
        {"line": number, "key": f"=k{number}", "code": "bad", "reason": f"row {number} is bad"}
        for number in range(1, 251)
    ]
    (folder / "refused.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    analyst = signed_in("analyst")
    pages = [analyst.get(f"/imports/{run}/refused?page={page}").text for page in (1, 2, 3, 4)]
    rows_by_page = [re.findall(r"row (\d+) is bad", page) for page in pages]
    assert [len(page) for page in rows_by_page] == [100, 100, 50, 0]
    assert [int(n) for page in rows_by_page for n in page] == [*range(1, 251)]
    assert "Page 2 of 3" in pages[1]
    answer = analyst.get(f"/imports/{run}/refused.csv")
    table_rows = [*csv.reader(io.StringIO(answer.text))]
    assert len(table_rows) == 251
    assert table_rows[1] == ["1", "'=k1", "bad", "row 1 is bad"]
    run_page = analyst.get(f"/imports/{run}").text
    assert "bad: 250 rows" in run_page
    assert [int(n) for n in re.findall(r"row (\d+) is bad", run_page)] == [1, 2, 3]
    by_reason = analyst.get(f"/imports/{run}/refused?reason=bad&page=3").text
    assert "Page 3 of 3" in by_reason
    assert "No refused rows" in analyst.get(f"/imports/{run}/refused?reason=good").text
    (folder / "refused.jsonl").write_text("no json\n")
    assert analyst.get(f"/imports/{run}/refused").status_code == 503


def test_without_permitted_folders_the_page_says_what_to_type(parts, signed_in):
    editor = signed_in("editor")
    assert "smashpass import FOLDER --dry-run" in editor.get("/imports").text
    answer = editor.submit("/imports", source="/etc")
    assert answer.status_code == 409
    assert "SMASHPASS_IMPORT_FOLDERS" in answer.text
    assert parts.jobs.newest() == []


def test_an_import_is_started_done_and_its_refused_rows_tried_again(open_app, editor, drop):
    parts = open_app.extensions["smashpass"].installation
    path = table(drop, f"1,hat,{GOOD}", "2,hat,,shop,digitalCreation,false,creature")
    started = editor.follow("/imports", source=str(path), on_existing="skip")
    assert "It is the next job." in started.text
    (job,) = parts.jobs.newest()
    waiting = f"/imports/jobs/{job.id}"
    as_json = {"Accept": "application/json"}
    assert editor.get(waiting, headers=as_json).json == {"state": "queued", "run": None}
    assert job_runner(Container(parts)).step()
    (job,) = parts.jobs.newest()
    assert (job.state, job.error, job.done) == ("done", "", 100)
    (run, *_) = parts.runs.latest()
    assert (run.state, run.added, run.refused) == ("done", 1, 1)
    assert run.options["jobs"] == [job.id]
    assert editor.get(waiting, headers=as_json).json == {"state": "done", "run": run.id}
    assert editor.get(waiting).headers["Location"].endswith(f"/imports/{run.id}")
    assert "Retry refused rows" in editor.get(f"/imports/{run.id}").text
    started = editor.follow(f"/imports/{run.id}/retry")
    assert f"Only the rows that run {run.id} refused" in started.text
    assert job_runner(Container(parts)).step()
    (second_run, *_) = parts.runs.latest()
    assert (second_run.options["retry"], second_run.state, second_run.read) == (run.id, "done", 1)
    acts = [entry.action for entry in parts.audit.entries() if entry.actor == "editor"]
    assert acts.count("import.start") == 2


def test_a_run_of_the_job_process_is_stopped_one_by_hand_is_not(open_app, editor, drop):
    parts = open_app.extensions["smashpass"].installation
    path = table(drop, f"1,hat,{GOOD}")
    editor.follow("/imports", source=str(path))
    job = parts.jobs.take(["import"])
    run = parts.runs.start(str(path), {"retry": None, "jobs": [job.id]})
    page = editor.get(f"/imports/{run}").text
    assert "Stop after this batch" in page
    assert "The run stops after its current batch" in editor.follow(f"/imports/{run}/stop").text
    assert parts.jobs.get(job.id).state == "cancelled"
    other = parts.runs.start("/somewhere", {})
    assert "Ctrl-C there stops it" in editor.get(f"/imports/{other}").text
    refused = editor.submit(f"/imports/{other}/stop")
    assert (refused.status_code, "is not run by the job process" in refused.text) == (409, True)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"source": "/etc"}, "not below a permitted folder"),
        ({"source": ""}, "there is nothing at|not below"),
        ({"source": "../.."}, "not below a permitted folder"),
        ({"source": "HERE", "licence": "free for all"}, "licence"),
        ({"source": "HERE", "on_existing": "burn"}, "skipped, overwritten"),
        ({"source": "HERE", "depicts": "--help"}, "depicts"),
    ],
)
def test_what_cannot_be_started_is_told_in_the_form(open_app, editor, drop, form, says):
    answer = editor.submit(
        "/imports", **(form | {"source": form["source"].replace("HERE", str(drop))})
    )
    assert answer.status_code == 400
    assert re.search(says, answer.text, re.IGNORECASE)
    assert open_app.extensions["smashpass"].installation.jobs.newest() == []


def test_figures_of_a_run_that_goes_on_move(parts, signed_in):
    run = parts.runs.start("/data", {})
    parts.runs.progress(run, position=50, refused=50)
    folder = parts.home / "runs" / str(run)
    folder.mkdir(parents=True)
    progress = {"read": 50, "bytes_read": 25, "bytes_total": 100, "began": 1_000.0, "at": 1_030.0}
    (folder / "progress.json").write_text(json.dumps(progress))
    analyst = signed_in("analyst")
    page = analyst.get(f"/imports/{run}")
    assert 'value="25"' in page.text
    assert "90 s" in page.text or "1 min" in page.text
    assert "No process on this machine is running it" in page.text
    live = analyst.get(f"/imports/{run}", headers={"Accept": "application/json"}).json
    assert (live["read"], live["share"], live["left"]) == (50, 25, "1 min")


def test_hostile_texts_are_only_text(parts, signed_in):
    run = parts.runs.start(HOSTILE, {"statements": {"licence": HOSTILE}, "format": HOSTILE})
    parts.runs.progress(run, position=1, refused=1)
    parts.runs.finish(run, "failed", error=HOSTILE)
    folder = parts.home / "runs" / str(run)
    folder.mkdir(parents=True)
    row = {"line": 1, "key": HOSTILE, "code": HOSTILE, "reason": HOSTILE}
    (folder / "refused.jsonl").write_text(json.dumps(row) + "\n")
    editor = signed_in("editor")
    for path in ("/imports", f"/imports/{run}", f"/imports/{run}/refused"):
        text = editor.get(path).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text
    assert "<script>alert" not in editor.submit("/imports", source=f'">{HOSTILE}').text


def test_a_run_that_a_second_job_resumes_belongs_to_both(parts, signed_in):
    first = parts.jobs.enqueue("import", {"source": "/data", "by": "ann"})
    second = parts.jobs.enqueue("import", {"source": "/data", "by": "ann"})
    run = parts.runs.start("/data", {"format": "csv", "jobs": [first]})
    parts.runs.finish(run, "interrupted")
    analyst = signed_in("analyst")
    assert "1 job is ahead of it" in analyst.get(f"/imports/jobs/{second}").text
    assert "continues from there" in analyst.get(f"/imports/{run}").text
    parts.runs.resume(run, [second])
    assert parts.runs.get(run).options == {"format": "csv", "jobs": [first, second]}
    for job in (first, second):
        address = analyst.get(f"/imports/jobs/{job}").headers["Location"]
        assert address.endswith(f"/imports/{run}")
    other = parts.jobs.enqueue("scores", {"by": "ann"})
    for wrong in (other, 99_999, 0):
        assert analyst.get(f"/imports/jobs/{wrong}").status_code == 404


def test_dropped_tags_are_shown_by_reason_with_examples(parts, signed_in):
    run = parts.runs.start("/data", {})
    parts.runs.finish(run)
    folder = parts.home / "runs" / str(run)
    folder.mkdir(parents=True)
    rows = [
        {"line": n, "key": f"k{n}", "tag": "*", "reason": "a tag is not legal", "row": n}
        for n in range(1, 6)
    ]
    (folder / "dropped.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    page = signed_in("analyst").get(f"/imports/{run}").text
    assert re.findall(r"<q>(k\d)</q>", page) == ["k1", "k2", "k3"]
    assert "5 tags" in page


def test_scheduled_imports_are_those_of_the_machine(parts, signed_in, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    analyst = signed_in("analyst")
    assert "that calls <code>smashpass import</code> was found" in analyst.get("/imports").text
    crontab = tmp_path / "crontab"
    crontab.write_text("#!/bin/sh\necho '30 3 * * * smashpass import /srv/<b>art'\n")
    crontab.chmod(0o755)
    parts.runs.start("/srv/<b>art", {})
    with_crontab = create_app(load({"SMASHPASS_HOME": str(parts.home)}))
    client = with_crontab.test_client()
    sign_in(client, "analyst")
    page = client.get("/admin/imports").text
    with_crontab.extensions["smashpass"].installation.engine.dispose()
    assert "<b>/srv/&lt;b&gt;art</b>" in page
    assert "<code>30 3 * * *</code>" in page
    assert re.search(r"Last run: 20\d\d-.*next run: 20\d\d-\d\d-\d\d \d\d:\d\d UTC", page)


def test_a_run_outlives_its_job(parts, signed_in):
    run = parts.runs.start("/library/rows.csv", {"jobs": [999]})
    page = signed_in("editor").get(f"/imports/{run}")
    assert page.status_code == 200
    assert "running" in page.text
