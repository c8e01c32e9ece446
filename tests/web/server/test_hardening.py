"""What every answer, page and secret has in common, whichever route it belongs to."""

from __future__ import annotations

import ast
import logging
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import smashpass
from smashpass.services.accounts.second_factor import RECOVERY_DIGITS
from smashpass.settings import load
from smashpass.web.admin.blueprint import admin_pages
from smashpass.web.app import create_app
from tests.support.admin import PASSWORD, person, sign_in

PACKAGE = Path(smashpass.__file__).parent
OPEN = ("/", "/welcome", "/about", "/help", "/sw.js", "/manifest.webmanifest", "/healthz",
        "/metrics", "/nope", "/media/x", "/admin/login", "/admin", "/api/v1/rules",
        "/api/v1/deck", "/api/v1/openapi.json", "/api/v1/docs", "/api/v1/nope")  # fmt: skip
Visited = list[tuple[str, Any]]
SECURE = {"base_url": "https://localhost"}


@pytest.fixture(scope="module")
def visited(filled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Visited:
    """Paths with what strangers are answered there, and an admin at all admin pages."""
    home = tmp_path_factory.mktemp("visited") / "home"
    shutil.copytree(filled_home, home)
    app = create_app(load({"SMASHPASS_HOME": str(home), "SMASHPASS_LOG_LEVEL": "error"}))
    client = person(app, "admin").client
    pages = ["/admin" + re.sub(r"<[^>]*>", "1", page.path)
             for page in admin_pages() if page.method == "GET"]  # fmt: skip
    answers = [(path, client.get(path)) for path in pages]
    answers += [(path, app.test_client().get(path)) for path in OPEN]
    app.extensions["smashpass"].installation.engine.dispose()
    return answers


def test_every_answer_has_a_policy_that_frames_and_bases_nothing(visited: Visited) -> None:
    for path, answer in visited:
        policy = answer.headers["Content-Security-Policy"].split("; ")
        for directive in ("default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
            assert directive in policy, path
        assert "unsafe" not in answer.headers["Content-Security-Policy"], path
        assert answer.headers["Referrer-Policy"] == "same-origin", path
        assert answer.headers["X-Content-Type-Options"] == "nosniff", path


def test_every_text_names_its_encoding(visited: Visited) -> None:
    """JSON needs none: it is UTF-8 by its standard."""
    texts = 0
    for path, answer in visited:
        if answer.headers["Content-Type"].startswith("text/"):
            assert "; charset=utf-8" in answer.headers["Content-Type"], path
            texts += 1
    assert texts >= 20


def test_no_other_origin_may_read_answers(app: Any) -> None:
    client = app.test_client()
    for path in OPEN:
        for method in ("GET", "OPTIONS"):
            headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
            answer = client.open(path, method=method, headers=headers)
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_browsers_are_told_to_stay_with_https(app: Any) -> None:
    client = app.test_client()
    for path in OPEN:
        told = client.get(path, **SECURE).headers["Strict-Transport-Security"]
        assert int(told.removeprefix("max-age=")) >= 365 * 24 * 3_600
        assert "Strict-Transport-Security" not in client.get(path).headers


def test_cookies_are_for_the_server_alone(app: Any) -> None:
    client = app.test_client()
    answers = [
        client.post("/api/v1/viewers", json={"age_band": "18+"}, **SECURE),
        client.post("/admin/login", data={"name": "admin", "password": PASSWORD}, **SECURE),
    ]
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert len(cookies) >= 3
    for cookie in cookies:
        flags = cookie.split("; ")
        assert {"Secure", "HttpOnly"} <= set(flags), cookie
        assert not {"SameSite=Lax", "SameSite=Strict"}.isdisjoint(flags), cookie


def test_downloads_have_names_of_our_own(visited: Visited) -> None:
    names = [
        answer.headers["Content-Disposition"]
        for _, answer in visited
        if "Content-Disposition" in answer.headers
    ]
    assert len(names) >= 4
    for name in names:
        assert re.fullmatch(r'attachment; filename="[\w.-]+"', name), name


def test_password_fields_are_masked_and_can_be_pasted_into(visited: Visited) -> None:
    fields = [
        field
        for _, answer in visited
        for field in re.findall(r"<input[^>]*>", answer.get_data(as_text=True))
        if "password" in field and 'autocomplete="username"' not in field
    ]
    assert len(fields) >= 4
    for field in fields:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field), field
    scripts = "".join(path.read_text() for path in PACKAGE.rglob("*.js"))
    assert "onpaste" not in scripts
    assert '"paste"' not in scripts


def test_every_admin_page_offers_to_sign_out(visited: Visited) -> None:
    pages = 0
    for path, answer in visited:
        is_html = answer.content_type.startswith("text/html")
        inside = path.startswith("/admin") and path != "/admin/login"
        if inside and answer.status_code == 200 and is_html:
            assert 'action="/admin/logout"' in answer.text, path
            pages += 1
    assert pages >= 15


def test_a_new_installation_has_no_account(tmp_path: Path) -> None:
    home = tmp_path / "home"
    app = create_app(load({"SMASHPASS_HOME": str(home)}))
    services = app.extensions["smashpass"]
    services.prepare()
    assert services.installation.accounts.everyone() == []
    for name in ("admin", "root", "smashpass"):
        answer = sign_in(app.test_client(), name, name)
        assert answer.status_code >= 400
    services.installation.engine.dispose()


def test_refused_access_is_in_the_request_log(
    signed_in: Any, caplog: pytest.LogCaptureFixture
) -> None:
    analyst = signed_in("analyst")
    with caplog.at_level(logging.INFO, "smashpass.request"):
        analyst.submit("/imports", source="x")
        analyst.client.post("/admin/imports", data={"csrf": "forged"})
        analyst.client.get("/api/v1/admin/changes")
    refused = [
        (vars(record)["status"], vars(record)["code"])
        for record in caplog.records
        if record.name == "smashpass.request"
    ]
    assert refused == [(403, "wrong_role"), (403, "forged_form"), (401, "admin_required")]


def _calls() -> Iterator[tuple[Path, str]]:
    """Yield every dotted name that the package imports or uses, with its file."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield path, f"{node.value.id}.{node.attr}"


def test_nothing_secret_comes_from_a_predictable_generator() -> None:
    """Python's plain generator is used to spread retries and by what trains models, no more."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path, name in _calls()
        if name == "random" or name.startswith("random.")
    }
    secret = re.compile(r"accounts|people|identity|secret|auth|sign")
    assert users
    assert [path for path in users if secret.search(path)] == []
    makers = {path.relative_to(PACKAGE).as_posix() for path, name in _calls()
              if name in ("secrets.token_urlsafe", "secrets.token_bytes", "secrets.token_hex",
                          "secrets.randbelow")}  # fmt: skip
    assert {"store/people/sessions.py", "store/people/tokens.py",
            "services/accounts/second_factor.py"} <= makers  # fmt: skip
    assert len(secrets.token_urlsafe(32)) == 43
    assert 10**RECOVERY_DIGITS >= 2**20


def test_nothing_is_evaluated_and_no_shell_is_started() -> None:
    """No text can become code, a command line, or an object of any class."""
    names = {name for _, name in _calls()}
    modules = {name.partition(".")[0] for name in names}
    assert "subprocess.Popen" in names
    assert names.isdisjoint({"os.system", "os.popen", "subprocess.getoutput", "yaml.load",
                             "yaml.unsafe_load", "yaml.full_load"})  # fmt: skip
    assert modules.isdisjoint({"pickle", "marshal", "shelve", "dill"})
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = node.func
                assert not (isinstance(called, ast.Name) and called.id in ("eval", "exec")), path
                if ast.unparse(called).startswith("subprocess."):
                    assert not any(keyword.arg == "shell" for keyword in node.keywords), path


def test_passwords_are_kept_by_a_slow_hash_with_a_salt(parts: Any) -> None:
    for name in ("eve", "mallory"):
        parts.accounts.create(name, "analyst", PASSWORD)
    with closing(sqlite3.connect(parts.home / "smashpass.db")) as database:
        kept = [row[0] for row in database.execute(
            "SELECT password FROM account WHERE name IN ('eve', 'mallory')")]  # fmt: skip
    assert len(set(kept)) == 2
    for text in kept:
        method, salt, _ = text.split("$")
        assert method == "scrypt:32768:8:1"
        assert len(salt) >= 16


def test_no_weak_hash_protects_anything() -> None:
    names = {name for _, name in _calls()}
    assert "hashlib.sha256" in names
    assert names.isdisjoint({"hashlib.md5", "hashlib.sha1", "hashlib.new"})
