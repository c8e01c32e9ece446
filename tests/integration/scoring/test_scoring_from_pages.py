"""The overview's models, and scoring the library from there as a job."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.worker import job_runner
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.admin import PASSWORD, check_light, person

WAIT_S = 30


@pytest.fixture
def served(collection):
    """Imports pictures without a model, and serves them with one."""
    assert collection.bring_in("--quiet").code == 0
    opened = []

    def serve(url: str = "", model: str = "pages"):
        settings = {"SMASHPASS_HOME": str(collection.home), "SMASHPASS_LOG_LEVEL": "error"}
        if url:
            settings |= {"SMASHPASS_SCORER_URL": url, "SMASHPASS_SCORER_MODEL": model}
        app = create_app(load(settings))
        opened.append(app.extensions["smashpass"])
        for role in ("editor", "analyst"):
            opened[-1].installation.accounts.create(role, role, PASSWORD)
        return app

    yield serve
    for services in opened:
        services.close()


def services_of(app) -> Container:
    return app.extensions["smashpass"]


def models(page) -> str:
    """Return the text of the section, in one line."""
    section = page.text.partition("<h2>Models</h2>")[2].partition("<h2>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", section).split())


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_without_a_model_one_line_says_so(served):
    app = served()
    assert models(person(app, "editor").get("")) == "No model is configured."
    answer = person(app, "editor").follow("/scores")
    assert re.search("Nothing was begun: .*no scorer is configured", answer.text)


def test_the_library_is_scored_as_a_job(served, model_server):
    app = served(model_server.url)
    services = services_of(app)
    editor = person(app, "editor")
    before = models(editor.get(""))
    assert "oip pages Not asked since start Calls since start: 0 answered; failed: none" in before
    assert "Score the library" in before
    assert "Score the library" not in models(person(app, "analyst").get(""))
    assert person(app, "analyst").submit("/scores").status_code == 403

    assert "Job 1 will score the library." in editor.follow("/scores").text
    again = editor.follow("/scores").text
    assert "Nothing was begun: the library is being scored already" in again
    entries = [*services.installation.audit.entries()]
    assert [(entry.actor, entry.target) for entry in entries if entry.action == "scores.fill"] == [
        ("editor", "1")
    ]
    assert job_runner(services).step()
    job = services.jobs.get(1)
    assert (job.state, job.done, job.error) == ("done", 100, "")
    services.installation.library.refresh()
    assert "plugin.aesthetic : 100.0 % of the images scored" in models(editor.get(""))
    check_light(editor.get(""))


def test_figures_are_in_words(served, model_server):
    app = served(model_server.url)
    measures = app.extensions["metrics"].scoring
    for _ in range(2):
        measures.call("oip", "ok", 0.1, 3)
        measures.fallback("pending")
    measures.call("oip", "timeout", 0.3, 3)
    measures.score_used("store")
    measures.fallback("breaker_open")
    measures.unsaved(4)
    text = models(person(app, "analyst").get(""))
    assert "oip pages Asked normally Calls since start: 2 answered; failed: " in text
    assert "failed: no answer in time 1 Time of calls since start: 0.5 s for 9 images" in text
    assert "55.6 ms an image No scores in use yet" in text
    assert "With a score: stored 1." in text
    assert "Without one (fallbacks): still being scored 2, paused after failures 1." in text
    assert "The scores of 4 pictures could not be stored." in text
    measures.breaker("oip", is_open=True)
    assert "Paused after failures" in models(person(app, "analyst").get(""))


def test_a_job_that_finds_nobody_says_why(served, closed_port):
    app = served(f"http://127.0.0.1:{closed_port}")
    person(app, "editor").submit("/scores")
    job_runner(services_of(app)).step()
    job = services_of(app).jobs.get(1)
    assert job.state == "failed"
    assert "scorer oip pages: it does not answer: unreachable" in job.error


def test_a_job_and_a_command_do_not_fill_at_the_same_time(served, collection, model_server):
    app = served(model_server.url)
    services = services_of(app)
    person(app, "editor").submit("/scores")
    with services.scores.lock("a command"):
        job_runner(services).step()
    job = services.jobs.get(1)
    assert job.state == "failed"
    assert "scores are being filled already" in job.error


def test_a_cancelled_job_stops_and_keeps_what_it_has(served, collection, model_server):
    """Eight questions of a second each, of which no more than five are begun before the stop."""
    collection.write(**{f"p{number}": f"rgb({number},9,9)" for number in range(250)})
    assert collection.bring_in("--quiet").code == 0
    app = served(model_server.url, "leisurely")
    services = services_of(app)
    editor = person(app, "editor")
    editor.submit("/scores")
    worker = threading.Thread(target=job_runner(services).step)
    worker.start()
    wait_for(lambda: len(model_server.asked("leisurely")) >= 1)
    assert "Job 1 is cancelled" in editor.follow("/jobs/1/cancel").text
    worker.join(WAIT_S)
    assert not worker.is_alive()
    assert services.jobs.get(1).state == "cancelled"
    requests = len(model_server.asked("leisurely"))
    assert requests <= 5
    (version,) = services.scores.status().versions
    assert version.stored.pictures == 32 * requests


def test_an_import_from_a_page_ends_with_scoring(collection, model_server, monkeypatch):
    assert collection.bring_in("--quiet").code == 0
    collection.write(a="teal", b="olive", c="navy", d="maroon")
    monkeypatch.setenv("SMASHPASS_SCORER_URL", model_server.url)
    monkeypatch.setenv("SMASHPASS_SCORER_MODEL", "page_import")
    monkeypatch.setenv("SMASHPASS_IMPORT_FOLDERS", str(collection.folder.parent))
    app = create_app(load(os.environ))
    services = services_of(app)
    services.installation.accounts.create("editor", "editor", PASSWORD)
    answer = person(app, "editor").follow("/imports", source=str(collection.folder))
    assert "Waiting" in answer.text
    job_runner(services).step()
    assert (services.jobs.get(1).state, services.jobs.get(1).error) == ("done", "")
    (version,) = services.scores.status().versions
    assert (version.stored.pictures, version.left) == (4, 0)
    services.close()
