"""Signing in: passwords, codes, lock-out, sessions, and forms of one's own."""

from __future__ import annotations

import re

import pytest

from smashpass.clock import system_clock
from smashpass.services.accounts.attempts import MOST_FAILURES
from smashpass.store.people.sessions import IDLE_S, LONGEST_S
from tests.support.admin import PASSWORD, ROLES, keep_cheap_passwords, sign_in


def acts(parts):
    return [(entry.actor, entry.action) for entry in parts.audit.entries()]


def test_a_page_leads_to_the_sign_in_and_from_there_back(app, parts):
    client = app.test_client()
    redirect = client.get("/admin/account?x=1&y=a b")
    assert redirect.status_code == 303
    form = client.get(redirect.headers["Location"])
    next_address = re.search(r'name="next" value="([^"]*)"', form.text)[1].replace("&amp;", "&")

    answer = sign_in(client, "editor", next=next_address)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/account?x=1&y=a%20b")
    assert client.get("/admin/account").status_code == 200
    assert acts(parts)[-1] == ("editor", "session.start")
    assert ("editor", "session.start") not in acts(parts)[:-1]


@pytest.mark.parametrize(
    "next_address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/elsewhere", "javascript:x",
     "/admin\nSet-Cookie: a=b", "/admin\\..\\x", ""],
)  # fmt: skip
def test_nobody_is_led_to_another_place(app, next_address):
    answer = sign_in(app.test_client(), "editor", next=next_address)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/admin"


@pytest.mark.parametrize(
    ("name", "password"), [("editor", "wrong"), ("nobody", PASSWORD), ("", ""), ("editor", "")]
)
def test_what_was_wrong_is_not_said(app, name, password):
    answer = sign_in(app.test_client(), name, password)
    assert answer.status_code == 403
    assert "The name, the password or the code is wrong" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_an_address_may_not_try_for_ever(app, parts):
    for number in range(2):
        parts.accounts.create(f"other{number}", "editor", PASSWORD)
    keep_cheap_passwords(parts)
    client = app.test_client()
    names = [*ROLES, "other0", "other1"]
    attempts = [name for name in names for _ in range(MOST_FAILURES)]
    statuses = {sign_in(client, name, "wrong").status_code for name in [*attempts, "nobody"]}
    last = sign_in(client, "editor")
    assert statuses == {403, 429}
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


def test_sessions_end_by_time_by_hand_and_with_the_password(signed_in, parts, monkeypatch):
    first, second = signed_in("editor"), signed_in("editor")
    number = re.search(r"/account/sessions/(\d+)/end", second.get("/account").text)[1]
    second.follow(f"/account/sessions/{number}/end")
    assert first.get("/account").status_code == 303

    third = signed_in("editor")
    new = "another long passphrase"
    third.follow("/account/password", password=PASSWORD, new=new)
    assert third.get("/account").status_code == 200
    assert second.get("/account").status_code == 303

    start = system_clock()
    for later_s in (IDLE_S + 5, LONGEST_S + 5):
        monkeypatch.setattr(parts, "clock", lambda at=later_s: start + at * 1_000_000)
        assert third.get("/account").status_code == 303
    monkeypatch.undo()
    third.submit("/logout")
    assert third.get("/account").status_code == 303


def test_a_wrong_old_password_changes_nothing(signed_in, app):
    editor = signed_in("editor")
    wrong = editor.submit("/account/password", password="wrong", new="another long passphrase")
    short = editor.submit("/account/password", password=PASSWORD, new="short")
    assert (wrong.status_code, short.status_code) == (400, 400)
    assert "12 or more" in short.text
    assert sign_in(app.test_client(), "editor").status_code == 303


def test_a_token_may_less_than_its_owner_and_dies_with_it(signed_in, app):
    editor = signed_in("editor")
    assert editor.submit("/account/tokens", label="x", role="admin").status_code == 400
    answer = editor.submit("/account/tokens", label="nightly", role="analyst")
    token = re.search(r"spa_[\w-]+", answer.text)[0]
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    assert client.get("/api/v1/admin/changes", headers=headers).status_code == 200
    assert client.post("/api/v1/admin/changes/1/revert", headers=headers).status_code == 403
    assert token not in editor.get("/account").text

    admin = signed_in("admin")
    number = re.search(r"/accounts/(\d+)/role\"[^/]*aria-label=\"Role of editor|", "x")
    everyone = app.extensions["smashpass"].accounts.everyone()
    number = next(account.id for account in everyone if account.name == "editor")
    admin.follow(f"/accounts/{number}/closed", closed="1")
    assert client.get("/api/v1/admin/changes", headers=headers).status_code == 401
    assert editor.get("/account").status_code == 303
    assert sign_in(app.test_client(), "editor").status_code == 403


def test_nobody_changes_or_closes_their_own_account(signed_in, parts):
    admin = signed_in("admin")
    own_id = next(account.id for account in parts.accounts.everyone() if account.name == "admin")
    assert admin.submit(f"/accounts/{own_id}/role", role="analyst").status_code == 400
    assert admin.submit(f"/accounts/{own_id}/closed", closed="1").status_code == 400


def test_an_admin_makes_accounts_and_is_told_what_is_wrong(signed_in, app):
    admin = signed_in("admin")
    short = admin.submit("/accounts", name="<b>bob</b>", role="editor", password="short")
    assert short.status_code == 400
    assert "12 or more" in short.text
    assert "&lt;b&gt;bob" in short.text
    assert "<b>bob" not in short.text
    assert (
        "Created account bob with role analyst"
        in admin.follow("/accounts", name="bob", role="analyst", password=PASSWORD).text
    )
    assert sign_in(app.test_client(), "bob").status_code == 303
    refused = admin.submit("/accounts", name="bob", role="analyst", password=PASSWORD)
    assert (refused.status_code, "already" in refused.text) == (400, True)
