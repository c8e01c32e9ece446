"""Reading one's own writes: an edit is seen by whoever made it, whichever worker answers next."""

from __future__ import annotations

import http.client
import json
import re
import time

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.settings import load
from smashpass.web.app import create_app
from smashpass.web.http.versions import COOKIE, HEADER
from tests.support.admin import sign_in
from tests.support.doors import PASSWORD
from tests.support.servers import Server, free_port


@pytest.fixture
def workers(doors, monkeypatch):
    """Two workers of one installation that look for news only when they are made to."""
    first = doors()
    second = create_app(load({"SMASHPASS_HOME": str(first.home), "SMASHPASS_LOG_LEVEL": "error"}))
    parts: Installation = second.extensions["smashpass"].installation
    keeping_up = second.extensions["keeping_up"]
    keeping_up.poll()
    # As in a worker whose thread has just looked.
    monkeypatch.setattr(keeping_up, "poll_if_due", lambda: None)
    yield first, second
    parts.engine.dispose()


def viewer(app) -> dict[str, str]:
    client = app.test_client(use_cookies=False)
    token = client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
    return {"Authorization": f"Bearer {token}"}


def some_image(parts: Installation) -> str:
    return str(parts.image_ids.encode(parts.library.index.live[0]))


def edit(doors, image: str, tag: str):
    client = doors.app.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {doors.parts.tokens.renew('admin')}"}
    body = {"add": [tag], "reason": "r"}
    answer = client.patch(f"/api/v1/admin/images/{image}/tags", json=body, headers=bearer)
    assert answer.status_code == 200, answer.text
    return answer


def test_a_reader_with_the_version_of_an_edit_sees_it_in_another_worker(workers):
    first, second = workers
    image, headers = some_image(first.parts), viewer(second)
    client = second.test_client(use_cookies=False)
    for number in range(8):
        version = edit(first, image, f"new{number}").headers[HEADER]
        old = client.get(f"/api/v1/images/{image}", headers=headers)
        assert f"new{number}" not in old.json["tags"]
        fresh = client.get(f"/api/v1/images/{image}", headers=headers | {HEADER: version})
        assert f"new{number}" in fresh.json["tags"]
        assert int(fresh.headers[HEADER]) >= int(version) > int(old.headers[HEADER])


def test_the_version_of_published_rules_counts_too(workers):
    first, second = workers
    rules = dict(first.parts.revisions.active().files)
    rules["first.yaml"] = rules["first.yaml"].replace("reason: r", "reason: another", 1)
    client = first.app.test_client(use_cookies=False)
    bearer = {"Authorization": f"Bearer {first.parts.tokens.renew('admin')}"}
    body = {"files": rules, "reason": "r"}
    published = client.post("/api/v1/admin/rules/publish", json=body, headers=bearer)
    version_header = {HEADER: published.headers[HEADER]}
    answer = second.test_client(use_cookies=False).get("/api/v1/rules", headers=version_header)
    assert answer.json["revision"] == published.json["revision"]


def test_a_version_that_does_not_exist_is_stale_at_once(workers):
    _, second = workers
    client = second.test_client(use_cookies=False)
    began = time.monotonic()
    answer = client.get("/api/v1/rules", headers={HEADER: "999999999"})
    assert (answer.status_code, answer.json["code"]) == (409, "stale")
    assert answer.headers["Retry-After"] == "1"
    assert time.monotonic() - began < 1
    for wrong in ("", "-1", "1.5", "x", "9" * 19, "１"):
        answer = client.get("/api/v1/rules", headers={HEADER: wrong.encode().decode("latin-1")})
        assert (answer.status_code, answer.json["code"]) == (400, "bad_input"), wrong


def test_a_database_that_does_not_answer_is_waited_for_a_second(workers, monkeypatch):
    first, second = workers
    parts: Installation = second.extensions["smashpass"].installation
    version = edit(first, some_image(first.parts), "late").headers[HEADER]
    monkeypatch.setattr("smashpass.store.library.changelog.ChangeReader.read_after", lost)
    began = time.monotonic()
    answer = second.test_client().get("/api/v1/rules", headers={HEADER: version})
    assert (answer.status_code, answer.json["code"]) == (409, "stale")
    assert 0.9 < time.monotonic() - began < 5
    assert parts.library.index.version < int(version)


def lost(*_arguments, **_options):
    from smashpass.core.errors import DatabaseUnavailable

    raise DatabaseUnavailable("it is gone")


def test_pages_show_what_was_just_edited_elsewhere_and_the_browser_sees_it_on_swipe_pages(workers):
    first, second = workers
    image = some_image(first.parts)
    other = second.test_client()
    assert sign_in(other, "admin", PASSWORD).status_code == 303
    saved = first.page.submit(f"/images/{image}/tags", seen="", tags="brandnew", reason="r")
    assert saved.status_code == 303
    assert ">brandnew" in other.get(f"/admin/images/{image}").text

    saved = first.page.submit(f"/images/{image}/tags", seen="", tags="newest", reason="r")
    cookies = "\n".join(saved.headers.getlist("Set-Cookie"))
    cookie = re.search(rf"{COOKIE}=(\d+); (.*)", cookies)
    assert cookie is not None
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {*cookie[2].split("; ")}
    client, headers = second.test_client(), viewer(second)
    assert "newest" not in client.get(f"/api/v1/images/{image}", headers=headers).json["tags"]
    client.set_cookie(COOKIE, cookie[1])
    assert "newest" in client.get(f"/api/v1/images/{image}", headers=headers).json["tags"]
    # A cookie asks for nothing that could be refused.
    client.set_cookie(COOKIE, "999999999")
    assert client.get(f"/api/v1/images/{image}", headers=headers).status_code == 200


def test_a_real_server_with_two_workers_shows_every_edit_to_who_made_it(served_doors):
    port, token, image = served_doors
    misses = 0
    for number in range(8):
        body = json.dumps({"add": [f"tag{number}"], "reason": "r"})
        edited = ask(port, "PATCH", f"/api/v1/admin/images/{image}/tags", body, token)
        fresh = ask(port, "GET", f"/api/v1/images/{image}", None, token, edited[1])
        misses += f"tag{number}" not in json.loads(fresh[0])["tags"]
    assert misses == 0


@pytest.fixture
def served_doors(doors):
    """A real server with two workers, a token for edits, one of a viewer and an image."""
    opened = doors()
    admin = opened.parts.tokens.renew("admin")
    image = some_image(opened.parts)
    server = Server(opened.home, free_port())
    try:
        server.wait()
        yield server.port, (admin, server.token), image
    finally:
        server.close()


def ask(port, method, path, body, tokens, version=""):
    """Ask over a connection of its own, which any worker may take."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    token = tokens[0] if "/admin/" in path else tokens[1]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    if version:
        headers[HEADER] = version
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    assert answer.status < 300, content
    return content, answer.getheader(HEADER, "")
