"""Accounts, sessions and their pages: browsers by name, revoking, roles, and the language."""

from __future__ import annotations

import re

import pytest
from flask_babel import force_locale

from smashpass.core.people.account import ROLES, role_includes
from smashpass.web.admin.accounts.browsers import browser_name
from smashpass.web.admin.accounts.roles import role_rows
from smashpass.web.admin.blueprint import admin_pages
from tests.support.admin import check_light

HOUR = 3_600_000_000


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
         "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", "Edge on Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "Version/17.5 Safari/605.1.15", "Safari on macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
         "Gecko) CriOS/126.0.0.0 Mobile/15E148 Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
         "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
         "Samsung Internet on Android"),
        ("Something (X11; Linux)", "Unknown browser on Linux"),
        ("curl/8.5.0", "curl"),
        ("", "Unknown browser"),
        ("<script>", "Unknown browser"),
    ],
)  # fmt: skip
def test_browsers_are_named(app, agent, name):
    with app.test_request_context(), force_locale("en"):
        assert browser_name(agent) == name


def start(parts, name, agent):
    """Begin a session of somebody in another browser."""
    return parts.sessions.start(parts.accounts.named(name).id, agent)


def test_sessions_say_which_browser_and_how_long_ago(parts, signed_in):
    now = parts.clock()
    parts.clock = lambda: now - 2 * HOUR
    start(parts, "editor", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0")
    parts.clock = lambda: now
    editor = signed_in("editor")
    text = editor.get("/account").text
    assert "Firefox on Linux" in text
    assert "signed in 2 hours ago, last active 2 hours ago" in " ".join(text.split())
    assert text.count("this browser") == 2  # of the list, and of the language
    assert len(re.findall(r"/account/sessions/\d+/end", text)) == 1


def test_all_others_are_revoked_at_once(parts, signed_in):
    first, second = signed_in("editor"), signed_in("editor")
    start(parts, "analyst", "curl/8")
    assert "2 sessions revoked" not in second.get("/account").text
    third = signed_in("editor")
    page = third.follow("/account/sessions/-/end-others")
    assert "2 sessions revoked." in page.text
    assert "Revoke all others" not in page.text
    assert first.get("/account").status_code == second.get("/account").status_code == 303
    assert len(parts.sessions.of_account(parts.accounts.named("analyst").id)) == 1
    last_entry = [*parts.audit.entries()][-1]
    assert (last_entry.action, last_entry.detail["sessions_ended"]) == ("session.end", 2)


def test_the_language_of_the_pages_is_chosen(signed_in):
    editor = signed_in("editor")
    assert '<html lang="en"' in editor.get("/account").text
    answer = editor.submit("/account/language", language="de")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/account")
    assert "Path=/;" in answer.headers["Set-Cookie"] + ";"
    assert '<html lang="de"' in editor.get("/account").text
    assert editor.submit("/account/language", language="xx").status_code == 400


def test_the_table_of_roles_follows_the_pages(signed_in):
    rows = role_rows(admin_pages())
    assert {page.section for page in admin_pages()} >= {"moderation", "accounts", "images"}
    for row in rows:
        for role in ROLES:
            pages = [page for page in admin_pages() if str(row.section).lower() == page.section]
            sees = any(role_includes(role, page.role) for page in pages if page.method == "GET")
            if pages:
                assert (str(row.cells[role]) != "no access") == sees, (row.section, role)
    page = signed_in("admin").get("/accounts")
    check_light(page)
    assert "What each role may do" in page.text


def test_the_last_sign_in_is_shown(parts, signed_in):
    parts.audit.append("editor", "session.start", "editor")
    text = signed_in("admin").get("/accounts").text
    assert text.count("last sign-in ") == 1
    assert text.count("no sign-in recorded") == len(ROLES) - 1
