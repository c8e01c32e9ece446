"""The second factor and its recovery codes: switched on and off, used, lost and recovered."""

from __future__ import annotations

import re
import shutil

import pyotp
import pytest

from smashpass.cli.main import run
from smashpass.services.accounts.attempts import MOST_FAILURES
from smashpass.services.accounts.first_step import FIRST_STEP_S
from smashpass.services.accounts.second_factor import CODE_S, RECOVERY_CODES, code_number
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.admin import PASSWORD, sign_in

NOW = 1_800_000_010
NEW = "another long passphrase"


@pytest.fixture
def clock(parts):
    """Seconds since 1970 that a test may move, for what checks codes."""
    moment = [NOW]
    parts.clock = lambda: moment[0] * 1_000_000
    return moment


def code_at(secret, moment):
    return pyotp.TOTP(secret).at(moment)


def acts(parts):
    return [entry.action for entry in parts.audit.entries()]


def switch_on(person, clock):
    """Switch the second factor on; return its secret and the recovery codes."""
    secret = re.search(r'name="secret" value="(\w+)"', person.get("/account").text)[1]
    answer = person.submit(
        "/account/factor", secret=secret, new_code=code_at(secret, clock[0]), password=PASSWORD
    )
    assert answer.status_code == 200, answer.text
    codes = re.findall(r"<code>(\d{5}(?:-\d{5}){3})</code>", answer.text)
    assert len(set(codes)) == RECOVERY_CODES
    clock[0] += CODE_S
    return secret, codes


def test_it_is_switched_on_by_a_right_code_and_the_password_only(signed_in, app, parts, clock):
    editor = signed_in("editor")
    secret = re.search(r'name="secret" value="(\w+)"', editor.get("/account").text)[1]
    right = code_at(secret, clock[0])
    for new_code, password in (("000000", PASSWORD), (right, "wrong"), (right, "")):
        answer = editor.submit(
            "/account/factor", secret=secret, new_code=new_code, password=password
        )
        assert answer.status_code == 400
        assert secret in answer.text
    assert sign_in(app.test_client(), "editor").status_code == 303

    switch_on(editor, clock)

    code_page = sign_in(app.test_client(), "editor")
    assert (code_page.status_code, "authenticator" in code_page.text) == (200, True)
    assert "account.second_factor_on" in acts(parts)
    assert acts(parts).count("account.refuse") == 2


def test_a_code_is_accepted_once_and_one_step_around_now(signed_in, app, clock):
    secret, _ = switch_on(signed_in("editor"), clock)

    def enter(code):
        return sign_in(app.test_client(), "editor", code=code).status_code

    right = code_at(secret, clock[0])
    assert (enter(right), enter(right), enter(code_at(secret, clock[0] - CODE_S))) == (
        303,
        403,
        403,
    )
    following = code_at(secret, clock[0] + CODE_S)
    assert enter(f" {following[:3]} {following[3:]}") == 303
    for step in (-3, -2, 2, 3):
        assert code_number(secret, code_at(secret, NOW + step * CODE_S), NOW) == 0
    for odd in ("", "12345", "abcdef", "٠١٢٣٤٥", "0" * 5_000):
        assert code_number(secret, odd, NOW) == 0


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/account/password", {"new": NEW}),
        ("/account/factor/off", {}),
        ("/account/recovery-codes", {}),
        ("/account/factor", {"secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}),
    ],
)
def test_every_change_needs_password_and_code(signed_in, app, parts, clock, path, form):
    editor = signed_in("editor")
    secret, codes = switch_on(editor, clock)
    if "secret" in form:
        form = {**form, "new_code": code_at(form["secret"], clock[0])}
    right = code_at(secret, clock[0])
    for password, code in ((PASSWORD, ""), (PASSWORD, "000000"), ("wrong", right), ("", codes[0])):
        answer = editor.submit(path, password=password, code=code, **form)
        assert answer.status_code == 400
        assert 'role="alert"' in answer.text
    account = parts.accounts.named("editor")
    assert parts.accounts.guard(account.id).secret == secret
    assert parts.accounts.recovery_codes_left(account.id) == RECOVERY_CODES
    assert sign_in(app.test_client(), "editor", code=codes[1]).status_code == 303

    assert editor.submit(path, password=PASSWORD, code=right, **form).status_code in (200, 303)

    assert acts(parts).count("account.refuse") == 3


def test_wrong_proofs_are_limited(signed_in, clock):
    editor = signed_in("editor")
    answers = [
        editor.submit("/account/password", password="wrong", new=NEW) for _ in range(MOST_FAILURES)
    ]
    assert {answer.status_code for answer in answers} == {400}
    refused = editor.submit("/account/password", password=PASSWORD, new=NEW)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == 15 * 60
    assert "try again in 15 minutes" in refused.text
    clock[0] += 15 * 60 + 1
    assert editor.submit("/account/password", password=PASSWORD, new=NEW).status_code == 303


def test_recovery_codes_work_once_everywhere_and_are_counted(signed_in, app, parts, clock):
    editor = signed_in("editor")
    _, codes = switch_on(editor, clock)
    assert "You have 10 recovery codes left" in editor.get("/account").text

    client = app.test_client()
    assert sign_in(client, "editor", code=codes[0].replace("-", " ")).status_code == 303
    assert sign_in(app.test_client(), "editor", code=codes[0]).status_code == 403
    renewed = editor.submit("/account/recovery-codes", password=PASSWORD, code=codes[1])
    newer = re.findall(r"<code>(\d{5}(?:-\d{5}){3})</code>", renewed.text)
    assert len(newer) == RECOVERY_CODES
    assert sign_in(app.test_client(), "editor", code=codes[2]).status_code == 403
    page = editor.follow("/account/factor/off", password=PASSWORD, code=newer[0])
    assert "switched off" in page.text
    assert sign_in(app.test_client(), "editor").status_code == 303
    assert acts(parts).count("account.recovery_code_used") == 3
    assert acts(parts).count("account.recovery_codes") == 1


def test_after_another_secret_key_recovery_codes_still_work(signed_in, parts, clock, tmp_path):
    secret, codes = switch_on(signed_in("editor"), clock)
    (parts.home / "secret_key").unlink()
    other = create_app(load({"SMASHPASS_HOME": str(parts.home), "SMASHPASS_LOG_LEVEL": "error"}))
    other.extensions["smashpass"].installation.clock = parts.clock

    refused = sign_in(other.test_client(), "editor", code=code_at(secret, clock[0]))

    assert refused.status_code == 503
    assert "the secret key of this server has changed" in refused.text
    assert sign_in(other.test_client(), "editor", "wrong", code="000000").status_code == 403
    assert sign_in(other.test_client(), "editor", code=codes[0]).status_code == 303
    other.extensions["smashpass"].installation.engine.dispose()


def test_who_lost_everything_is_recovered_on_the_command_line(
    signed_in, app, parts, clock, monkeypatch, capsys
):
    editor = signed_in("editor")
    switch_on(editor, clock)
    monkeypatch.setenv("SMASHPASS_HOME", str(parts.home))

    assert run(["admin", "recover", "editor"]) == 0

    assert "The second factor of 'editor' is off" in capsys.readouterr().out
    assert sign_in(app.test_client(), "editor").status_code == 303
    assert editor.get("/account").status_code == 303
    assert "account.recover" in acts(parts)
    assert run(["admin", "recover", "nobody"]) == 1
    assert "there is no account 'nobody'" in capsys.readouterr().err


def test_a_plain_secret_of_an_earlier_version_is_encrypted_by_the_next_start(
    filled_home, tmp_path, monkeypatch
):
    import sqlite3

    home = tmp_path / "old"
    shutil.copytree(filled_home, home)
    secret = pyotp.random_base32()
    with sqlite3.connect(home / "smashpass.db") as connection:
        connection.execute("UPDATE account SET second_factor = ? WHERE name = 'editor'", [secret])
    connection.close()
    app = create_app(load({"SMASHPASS_HOME": str(home), "SMASHPASS_LOG_LEVEL": "error"}))
    parts = app.extensions["smashpass"].installation
    parts.clock = lambda: NOW * 1_000_000

    assert sign_in(app.test_client(), "editor", code=code_at(secret, NOW)).status_code == 303
    parts.prepare()

    assert parts.accounts.guard(parts.accounts.named("editor").id).secret == secret
    later = code_at(secret, NOW + CODE_S)
    assert sign_in(app.test_client(), "editor", code=later).status_code == 303
    parts.engine.dispose()
    assert secret.encode() not in (home / "smashpass.db").read_bytes()


def enter_code(client, name, code, **form):
    """Send the form of the second step."""
    return client.post("/admin/login", data={"name": name, "code": code, **form})


def test_the_code_is_asked_only_after_a_right_password(signed_in, app, clock):
    client = app.test_client()
    assert 'name="code"' not in client.get("/admin/login").text
    secret, _ = switch_on(signed_in("editor"), clock)
    for name, password in (("editor", "wrong"), ("nobody", PASSWORD), ("analyst", "wrong")):
        refused = sign_in(client, name, password)
        assert (refused.status_code, 'name="code"' in refused.text) == (403, False)
        assert "Set-Cookie" not in refused.headers
    assert sign_in(app.test_client(), "analyst").status_code == 303

    step = sign_in(client, "editor", next="/admin/account")
    assert step.status_code == 200
    assert 'autocomplete="one-time-code"' in step.text
    assert 'type="password"' not in step.text
    assert PASSWORD not in step.text
    assert PASSWORD not in step.headers["Set-Cookie"]
    wrong = enter_code(client, "editor", "000000")
    assert (wrong.status_code, 'name="code"' in wrong.text) == (403, True)
    assert 'role="alert"' in enter_code(client, "editor", "").text
    answer = enter_code(client, "editor", code_at(secret, clock[0]), next="/admin/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/account")
    assert client.get("/admin/account").status_code == 200


def test_a_code_without_a_password_lets_nobody_in(signed_in, app, clock):
    secret, _ = switch_on(signed_in("editor"), clock)
    other_secret, _ = switch_on(signed_in("analyst"), clock)
    right = code_at(secret, clock[0])
    assert enter_code(app.test_client(), "editor", right).status_code == 403

    client = app.test_client()
    sign_in(client, "analyst")
    assert enter_code(client, "editor", right).status_code == 403  # the note is for another name
    clock[0] += FIRST_STEP_S
    late = enter_code(client, "analyst", code_at(other_secret, clock[0]))
    assert (late.status_code, "sign in again" in late.text) == (403, True)
    assert 'type="password"' in late.text


def test_codes_are_limited_as_passwords_are(signed_in, app, parts, clock):
    secret, _ = switch_on(signed_in("editor"), clock)
    client = app.test_client()
    assert sign_in(client, "editor").status_code == 200
    statuses = [enter_code(client, "editor", "000000").status_code for _ in range(MOST_FAILURES)]
    assert statuses == [403] * MOST_FAILURES
    limited = enter_code(client, "editor", code_at(secret, clock[0]))
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) > 0
    assert acts(parts).count("session.refuse") == MOST_FAILURES


def test_a_closed_account_is_not_entered_by_its_second_step(signed_in, app, parts, clock):
    secret, _ = switch_on(signed_in("editor"), clock)
    client = app.test_client()
    sign_in(client, "editor")
    parts.accounts.disable(parts.accounts.named("editor").id, disabled=True)
    assert enter_code(client, "editor", code_at(secret, clock[0])).status_code == 403
