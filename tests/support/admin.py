"""The admin pages over a real database, and in real Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from smashpass.bootstrap.installation import Installation
from smashpass.settings import load
from smashpass.store.engine.account_tables import account
from smashpass.web.admin.auth import COOKIE
from smashpass.web.app import create_app
from tests.support.api import fill
from tests.support.pages import serving
from tests.support.shared import filled_once

PASSWORD = "a long enough passphrase"
SVG = "image/svg+xml"
DOT = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>'
ROLES = ("admin", "editor", "moderator", "analyst")


@dataclass
class Person:
    """Somebody signed in. Asks as a browser would: with cookies, and the secret of the forms."""

    name: str
    client: FlaskClient
    csrf: str

    def get(self, path: str, **options: Any) -> TestResponse:
        """Return the page at ``path`` below ``/admin``."""
        return self.client.get(f"/admin{path}", **options)

    def submit(self, path: str, **form: Any) -> TestResponse:
        """Return the answer to a form, not following where it leads."""
        return self.client.post(f"/admin{path}", data={"csrf": self.csrf, **form})

    def follow(self, path: str, **form: Any) -> TestResponse:
        """Return the page that a form leads to."""
        answer = self.submit(path, **form)
        assert answer.status_code == 303, answer.text
        return self.client.get(answer.headers["Location"])


def check_light(page: TestResponse) -> None:
    """Fail if a page is heavier than 100 kB or has more than 1,500 elements."""
    assert len(page.data) <= 100_000
    assert len(re.findall(r"<[a-z]", page.text)) <= 1_500


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **form: str) -> TestResponse:
    """Send the sign-in form."""
    return client.post("/admin/login", data={"name": name, "password": password, **form})


def person(app: Flask, name: str) -> Person:
    """Return somebody with a session of their own; no password is asked for, which takes long."""
    parts: Installation = app.extensions["smashpass"].installation
    (account,) = [
        account_row for account_row in parts.accounts.everyone() if account_row.name == name
    ]
    cookie = parts.sessions.start(account.id, "a test")
    session = parts.sessions.of(cookie)
    assert session is not None
    client = app.test_client()
    client.set_cookie(COOKIE, cookie, path="/admin")
    return Person(name, client, session.csrf)


def keep_cheap_passwords(parts: Installation) -> None:
    """Keep hashes that are checked at once: a hash says itself how much work it is."""
    cheap = generate_password_hash(PASSWORD, "scrypt:128:8:1")
    with parts.engine.begin() as connection:
        connection.execute(update(account).values(password=cheap))


@pytest.fixture(scope="session")
def filled_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a library of 300 images, rules, and one account of each role, to be copied."""

    def furnish(home: Path) -> None:
        parts = Installation(load({"SMASHPASS_HOME": str(home)}))
        parts.prepare()
        fill(parts)
        for role in ROLES:
            parts.accounts.create(role, role, PASSWORD)
        keep_cheap_passwords(parts)
        parts.build_snapshot()
        parts.engine.dispose()

    return filled_once(tmp_path_factory, "admin", furnish)


@pytest.fixture
def app(filled_home: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application over a copy of that home."""
    home = tmp_path / "home"
    shutil.copytree(filled_home, home)
    opened = create_app(load({"SMASHPASS_HOME": str(home), "SMASHPASS_LOG_LEVEL": "error"}))
    yield opened
    opened.extensions["smashpass"].installation.engine.dispose()


@pytest.fixture
def parts(app: Flask) -> Installation:
    """What the application is made of."""
    installation: Installation = app.extensions["smashpass"].installation
    return installation


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Person]:
    """Signs in the account that is named like its role."""

    return lambda role: person(app, role)


@dataclass
class Desk:
    """A real server over a home of its own, and browsers in which people are signed in."""

    address: str
    home: Path
    chromium: Any
    troubles: list[str]

    @contextmanager
    def browser_as(self, role: str, **options: Any) -> Iterator[Any]:
        """Yield a page signed in as ``role``; fails at its end if the page had any trouble."""
        context = self.chromium.new_context(**options)
        # The pictures of this library have no files, so any will do.
        context.route("**/media/*", lambda route: route.fulfill(content_type=SVG, body=DOT))
        page = context.new_page()
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._hear)
        try:
            page.goto(f"{self.address}/admin/login")
            page.fill("[name=name]", role)
            page.fill("[name=password]", PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda address: "/login" not in address)
            yield page
        finally:
            context.close()
            # The next test of this desk begins with none.
            heard = self.troubles.copy()
            self.troubles.clear()
        assert heard == []

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.troubles.append(f"{message.text} ({message.location.get('url')})")


@contextmanager
def _furnished(filled_home: Path, folder: Path, chromium: Any) -> Iterator[Desk]:
    home = folder / "served"
    shutil.copytree(filled_home, home)
    with serving(home) as address:
        yield Desk(address, home, chromium, [])


@pytest.fixture
def desk(filled_home: Path, tmp_path: Path, chromium: Any) -> Iterator[Desk]:
    """A real server, for tests in Chromium; ``with desk.browser_as("editor") as page``."""
    with _furnished(filled_home, tmp_path, chromium) as own_desk:
        yield own_desk


@pytest.fixture(scope="module")
def shared_desk(
    filled_home: Path, tmp_path_factory: pytest.TempPathFactory, chromium: Any
) -> Iterator[Desk]:
    """Such a server for all tests of a module: they keep out of each other's way."""
    with _furnished(filled_home, tmp_path_factory.mktemp("desk"), chromium) as module_desk:
        yield module_desk
