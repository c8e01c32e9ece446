"""Imports end with asking the scorers about what is new."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

SECONDS = 60

FAILING = """
    from smashpass.scoring.hooks import hookimpl
    from smashpass.services.scoring.ports import ScorerFailed

    class Failing:
        name, version, attributes = "failing", "1", ("plugin.failing",)
        calls = 0

        def score(self, batch, deadline_s):
            Failing.calls += 1
            if Failing.calls > 2:
                raise ScorerFailed("unreachable", "gone")
            return [{"plugin.failing": 0.5} for item in batch]

    @hookimpl
    def smashpass_scorers(settings):
        return [Failing()]
"""


@pytest.fixture
def model(monkeypatch):
    """Sets the model server that imports ask."""

    def use(url: str, name: str) -> None:
        monkeypatch.setenv("SMASHPASS_SCORER_URL", url)
        monkeypatch.setenv("SMASHPASS_SCORER_MODEL", name)

    return use


def left(collection) -> list[tuple[str, int]]:
    """Return each version with the number of pictures that it has not scored."""
    versions = collection.run("scores", "status", "--json").json["versions"]
    return [(version["version"], version["left"]) for version in versions]


def found(collection, query: str = "plugin.aesthetic:>=0") -> int:
    return len(collection.run("search", query, "--json").json["images"])


def summary(answer) -> dict[str, object]:
    """Return the last line of an import with ``--json``."""
    return json.loads(answer.out.splitlines()[-1])


def test_new_pictures_are_scored_and_can_be_searched_by_their_scores(
    collection, model, model_server
):
    model(model_server.url, "imports")
    answer = collection.bring_in()
    assert (answer.code, answer.err) == (0, "")
    assert ", scored 3 in " in answer.out
    assert found(collection) == 3
    collection.write(a="teal", b="olive", c="navy", d="maroon")
    again = summary(collection.bring_in("--json"))
    assert (again["added"], again["scored"]) == (1, 1)
    assert found(collection) == 4
    pictures = [name for request in model_server.asked("imports") for name in request["pictures"]]
    assert len(set(pictures)) == len(pictures) == 4


def test_without_a_scorer_the_summary_is_as_ever(collection):
    assert "scored" not in summary(collection.bring_in("--json"))


def test_a_dry_run_asks_nobody(collection, model, model_server):
    model(model_server.url, "imports_dry")
    assert "scored" not in summary(collection.bring_in("--json", "--dry-run"))
    assert model_server.asked("imports_dry") == model_server.asked("gets-imports_dry") == []


def test_a_scorer_that_is_away_is_one_line_and_costs_no_time(collection, closed_port):
    environment = os.environ | {
        "SMASHPASS_SCORER_URL": f"http://127.0.0.1:{closed_port}",
        "SMASHPASS_HOME": str(collection.home),
    }
    command = [sys.executable, "-P", "-m", "smashpass", "import", str(collection.folder)]
    started = time.monotonic()
    answer = subprocess.run(
        [*command, "--quiet", "--workers", "1"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert time.monotonic() - started < 20
    assert (answer.returncode, answer.stdout) == (0, "")
    assert answer.stderr == (
        "warning: scorer oip smashpass: it does not answer: unreachable; "
        "go on with `smashpass scores fill`\n"
    )


def test_a_scorer_that_cannot_be_used_does_not_cost_the_import(collection, monkeypatch):
    monkeypatch.setenv("SMASHPASS_PLUGINS", "nowhere")
    answer = collection.bring_in("--quiet")
    assert answer.code == 0
    assert answer.err.startswith("warning: pictures were not scored: ")
    assert "no plugin 'nowhere' is installed" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_what_an_import_left_out_is_scored_by_the_next_one(
    collection, model, model_server, closed_port
):
    model(f"http://127.0.0.1:{closed_port}", "imports_again")
    assert collection.bring_in("--quiet").code == 0
    model(model_server.url, "imports_again")
    assert summary(collection.bring_in("--json"))["scored"] == 3


def test_the_refused_rows_of_a_run_are_scored_when_they_come_in(collection, model, model_server):
    model(model_server.url, "imports_retry")
    table = collection.folder / "metadata.csv"
    table.write_text(table.read_text().replace("c.png,hat,tests,CC0-1.0", "c.png,hat,tests,"))
    first = summary(collection.bring_in("--json"))
    assert (first["refused"], first["scored"]) == (1, 2)
    run = str(first["run"])
    again = summary(collection.run("import", "--retry", run, "--licence", "CC0-1.0", "--json"))
    assert (again["refused"], again["scored"]) == (0, 1)


def test_an_image_with_another_picture_is_not_taken_as_scored(
    collection, model, model_server, closed_port
):
    model(model_server.url, "imports_changed")
    assert collection.bring_in("--quiet").code == 0
    assert found(collection) == 3
    before = collection.run("scores", "status", "--json").json["generation"]
    collection.write(a="teal", b="olive", c="silver")
    model(f"http://127.0.0.1:{closed_port}", "imports_changed")
    answer = summary(collection.bring_in("--json", "--on-existing", "overwrite"))
    assert (answer["changed"], answer["scored"]) == (1, 0)
    known = collection.run("scores", "status", "--json").json
    assert known["generation"] > before
    assert known["file_generation"] == known["generation"]
    assert [count for _, count in left(collection)] == [1]
    assert found(collection) == 2
    model(model_server.url, "imports_changed")
    assert collection.run("scores", "fill").code == 0
    assert found(collection) == 3


def test_an_overwrite_that_leaves_pictures_alone_changes_no_scores(collection, model, model_server):
    model(model_server.url, "imports_same")
    assert collection.bring_in("--quiet").code == 0
    before = collection.run("scores", "status", "--json").json["generation"]
    table = collection.folder / "metadata.csv"
    table.write_text(table.read_text().replace(",hat,", ",beard,"))
    assert summary(collection.bring_in("--json", "--on-existing", "overwrite"))["changed"] == 3
    assert collection.run("scores", "status", "--json").json["generation"] == before


def test_a_scorer_that_stops_answering_is_left_alone_at_once(collection, installed, monkeypatch):
    installed("failing-plugin", FAILING)
    collection.write(**{f"p{number}": f"rgb({number},9,9)" for number in range(250)})
    monkeypatch.setenv("SMASHPASS_PLUGINS", "failing-plugin")
    started = time.monotonic()
    answer = collection.bring_in("--quiet")
    assert time.monotonic() - started < 20
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == (
        "warning: scorer failing: it stopped answering; go on with `smashpass scores fill`\n"
    )
    (version,) = collection.run("scores", "status", "--json").json["versions"]
    assert version["pictures"] == 64
