"""Every admin page × everybody who might ask for it."""

from __future__ import annotations

import re

import pytest

from smashpass.core.people.account import ROLES, role_includes
from smashpass.web.admin.blueprint import admin_pages

PAGES = admin_pages()


def filled_in(path: str) -> str:
    """The path of a page with something in its holes that nothing is called."""
    return re.sub(r"<[^>]*>", "99999999", path)


@pytest.fixture(scope="module")
def rows():
    assert len(PAGES) == len({(page.method, page.path) for page in PAGES})
    return [(page, filled_in(page.path)) for page in PAGES]


def send(client, page, path, **options):
    return client.open(f"/admin{path}", method=page.method, **options)


def test_nobody_sees_any_page(app, rows):
    client = app.test_client()
    for page, path in rows:
        answer = send(client, page, path)
        expected = 303 if page.method == "GET" else 401
        assert answer.status_code == expected, (page.method, page.path)
        if page.method == "GET":
            assert answer.headers["Location"].startswith("/admin/login?next=")


def test_a_token_opens_no_page_and_a_session_no_route_of_the_api(app, parts, signed_in, rows):
    headers = {"Authorization": f"Bearer {parts.tokens.renew('admin')}"}
    client = app.test_client()
    for page, path in rows:
        answer = send(client, page, path, headers=headers)
        assert answer.status_code == (303 if page.method == "GET" else 401), page.path
    assert signed_in("admin").client.get("/api/v1/admin/changes").status_code == 401


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_table_says(signed_in, rows, role):
    person = signed_in(role)
    for page, path in rows:
        data = {"csrf": person.csrf} if page.method == "POST" else None
        answer = send(person.client, page, path, data=data)
        allowed = role_includes(role, page.role)
        assert (answer.status_code == 403) is not allowed, (role, page.method, page.path)
        assert answer.status_code < 500, (role, page.method, page.path)


@pytest.mark.parametrize("forged", ["", "x" * 43, "of another session"])
def test_no_form_of_another_session_is_taken(signed_in, rows, forged):
    admin = signed_in("admin")
    secret = signed_in("admin").csrf if forged == "of another session" else forged
    for page, path in rows:
        if page.method == "POST":
            answer = send(admin.client, page, path, data={"csrf": secret})
            assert answer.status_code == 403, page.path


def test_no_form_of_another_site_is_taken(signed_in, rows):
    admin = signed_in("admin")
    for page, path in rows:
        if page.method == "POST":
            for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
                answer = send(admin.client, page, path, data={"csrf": admin.csrf}, headers=headers)
                assert answer.status_code == 403, page.path


def test_an_ended_session_opens_nothing(signed_in, rows):
    admin = signed_in("admin")
    cookie = admin.client.get_cookie("admin", path="/admin")
    admin.submit("/logout")
    admin.client.set_cookie("admin", cookie.value, path="/admin")
    for page, path in rows:
        data = {"csrf": admin.csrf} if page.method == "POST" else None
        answer = send(admin.client, page, path, data=data)
        assert answer.status_code == (303 if page.method == "GET" else 401), page.path


def test_pages_are_kept_nowhere_and_load_only_our_own_files(signed_in, rows):
    admin = signed_in("admin")
    for page, path in rows:
        if page.method == "GET":
            answer = send(admin.client, page, path)
            assert answer.headers["Cache-Control"] == "no-store", page.path
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "<script>" not in answer.text
            assert " style=" not in answer.text
            assert " onclick=" not in answer.text


def test_the_pages_speak_the_language_of_the_browser(signed_in):
    page = signed_in("analyst").get("", headers={"Accept-Language": "de"})
    assert '<html lang="de" dir="ltr"' in page.text
    assert '<a href="/admin" aria-current="page">Übersicht</a>' in page.text
