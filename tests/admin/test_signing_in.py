"""Signing in: passwords, codes, lock-out, sessions, and forms of one's own."""

from __future__ import annotations

import re
import time

import pyotp
import pytest

from smashpass.services.signing_in import (  # fmt: skip
    CODE_S,
    LOCKED_S,
    MOST_FAILURES,
    CodeNeeded,
    Locked,
    SigningIn,
    SignInRefused,
    code_number,
)
from smashpass.store.sessions import IDLE_S, LONGEST_S
from tests.admin.conftest import PASSWORD, sign_in


def acts(parts):
    return [(one.actor, one.action) for one in parts.audit.entries()]


def test_a_page_leads_to_the_sign_in_and_from_there_back(app, parts):
    client = app.test_client()
    asked = client.get("/admin/account?x=1&y=a b")
    assert asked.status_code == 303
    form = client.get(asked.headers["Location"])
    wanted = re.search(r'name="next" value="([^"]*)"', form.text)[1].replace("&amp;", "&")

    answer = sign_in(client, "editor", next=wanted)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/account?x=1&y=a%20b")
    assert client.get("/admin/account").status_code == 200
    assert acts(parts)[-1] == ("editor", "session.start")
    assert ("editor", "session.start") not in acts(parts)[:-1]


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/elsewhere", "javascript:x",
     "/admin\nSet-Cookie: a=b", "/admin\\..\\x", ""],
)  # fmt: skip
def test_nobody_is_led_to_another_place(app, wanted):
    answer = sign_in(app.test_client(), "editor", next=wanted)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/admin"


@pytest.mark.parametrize(
    ("name", "password"), [("editor", "wrong"), ("nobody", PASSWORD), ("", ""), ("editor", "")]
)
def test_what_was_wrong_is_not_said(app, name, password):
    answer = sign_in(app.test_client(), name, password)
    assert answer.status_code == 403
    assert "Name, password or code are not right" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_too_many_wrong_attempts_lock_the_account_for_a_while(parts):
    clock = [1_800_000_000.0]
    way = SigningIn(parts.accounts, parts.sessions, parts.audit, clock=lambda: clock[0])

    def enter(password):
        return way.enter("editor", password, "", agent="a", address="::1")

    for _ in range(MOST_FAILURES - 1):
        with pytest.raises(SignInRefused):
            enter("wrong")
    assert enter(PASSWORD)
    for _ in range(MOST_FAILURES):
        with pytest.raises(SignInRefused):
            enter("wrong")
    with pytest.raises(Locked, match="15 minutes"):
        enter(PASSWORD)
    clock[0] += LOCKED_S - 1
    with pytest.raises(Locked, match="1 minute"):
        enter(PASSWORD)
    clock[0] += 2
    assert enter(PASSWORD)
    assert acts(parts).count(("editor", "account.lock")) == 1


def test_an_address_may_not_try_for_ever(app):
    client = app.test_client()
    seen = {sign_in(client, f"nobody{number}").status_code for number in range(31)}
    last = sign_in(client, "editor")
    assert seen == {403, 429}
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


def test_a_code_counts_once_and_one_step_around_now(parts):
    secret, now = pyotp.random_base32(), 1_800_000_010.0
    maker = pyotp.TOTP(secret)
    account = next(one for one in parts.accounts.everyone() if one.name == "editor")
    parts.accounts.set_second_factor(account.id, secret)
    way = SigningIn(parts.accounts, parts.sessions, parts.audit, clock=lambda: now)

    def enter(code):
        return way.enter("editor", PASSWORD, code, agent="a", address="::1")

    with pytest.raises(CodeNeeded):
        enter("")
    assert enter(maker.at(int(now)))
    with pytest.raises(SignInRefused):
        enter(maker.at(int(now)))
    with pytest.raises(SignInRefused):
        enter(maker.at(int(now) - CODE_S))
    assert enter(f" {maker.at(int(now) + CODE_S)[:3]} {maker.at(int(now) + CODE_S)[3:]}")
    for step in (-3, -2, 2, 3):
        assert code_number(secret, maker.at(int(now) + step * CODE_S), now) == 0
    for odd in ("", "12345", "abcdef", "٠١٢٣٤٥", "0" * 5_000):
        assert code_number(secret, odd, now) == 0


def test_the_second_factor_is_switched_on_by_a_right_code_only(signed_in, app):
    editor = signed_in("editor")
    secret = re.search(r'name="secret" value="(\w+)"', editor.get("/account").text)[1]
    assert editor.submit("/account/factor", secret=secret, code="000000").status_code == 400
    good = pyotp.TOTP(secret).at(int(time.time()))
    assert "need a code" in editor.follow("/account/factor", secret=secret, code=good).text

    assert "authenticator" in sign_in(app.test_client(), "editor").text
    assert editor.submit("/account/factor/off", password="wrong").status_code == 400
    assert "switched off" in editor.follow("/account/factor/off", password=PASSWORD).text
    assert sign_in(app.test_client(), "editor").status_code == 303


def test_sessions_end_by_time_by_hand_and_with_the_password(signed_in, parts, monkeypatch):
    first, second = signed_in("editor"), signed_in("editor")
    number = re.search(r"/account/sessions/(\d+)/end", second.get("/account").text)[1]
    second.follow(f"/account/sessions/{number}/end")
    assert first.get("/account").status_code == 303

    third = signed_in("editor")
    new = "another long passphrase"
    third.follow("/account/password", old=PASSWORD, new=new)
    assert third.get("/account").status_code == 200
    assert second.get("/account").status_code == 303

    start = time.time()
    for later in (IDLE_S + 5, LONGEST_S + 5):
        monkeypatch.setattr(
            "smashpass.store.sessions.now", lambda at=later: int((start + at) * 1e6)
        )
        assert third.get("/account").status_code == 303
    monkeypatch.undo()
    third.submit("/logout")
    assert third.get("/account").status_code == 303


def test_a_wrong_old_password_changes_nothing(signed_in, app):
    editor = signed_in("editor")
    wrong = editor.submit("/account/password", old="wrong", new="another long passphrase")
    short = editor.submit("/account/password", old=PASSWORD, new="short")
    assert (wrong.status_code, short.status_code) == (400, 400)
    assert "12 or more" in short.text
    assert sign_in(app.test_client(), "editor").status_code == 303


def test_a_token_may_less_than_its_owner_and_dies_with_it(signed_in, app):
    editor = signed_in("editor")
    assert editor.submit("/account/tokens", label="x", role="admin").status_code == 400
    made = editor.submit("/account/tokens", label="nightly", role="analyst")
    token = re.search(r"spa_[\w-]+", made.text)[0]
    headers = {"Authorization": f"Bearer {token}"}
    client = app.test_client()
    assert client.get("/api/v1/admin/changes", headers=headers).status_code == 200
    assert client.post("/api/v1/admin/changes/1/revert", headers=headers).status_code == 403
    assert token not in editor.get("/account").text

    admin = signed_in("admin")
    number = re.search(r"/accounts/(\d+)/role\"[^/]*aria-label=\"Role of editor|", "x")
    number = next(one.id for one in app.extensions["smashpass"].accounts.everyone()
                  if one.name == "editor")  # fmt: skip
    admin.follow(f"/accounts/{number}/closed", closed="1")
    assert client.get("/api/v1/admin/changes", headers=headers).status_code == 401
    assert editor.get("/account").status_code == 303
    assert sign_in(app.test_client(), "editor").status_code == 403


def test_nobody_changes_or_closes_their_own_account(signed_in, parts):
    admin = signed_in("admin")
    own = next(one.id for one in parts.accounts.everyone() if one.name == "admin")
    assert admin.submit(f"/accounts/{own}/role", role="analyst").status_code == 400
    assert admin.submit(f"/accounts/{own}/closed", closed="1").status_code == 400


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
    taken = admin.submit("/accounts", name="bob", role="analyst", password=PASSWORD)
    assert (taken.status_code, "already" in taken.text) == (400, True)
