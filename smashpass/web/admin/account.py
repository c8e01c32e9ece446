"""One's own account: password, second factor, sessions, tokens."""

from __future__ import annotations

import time

import segno
from flask import Response
from markupsafe import Markup

from smashpass.core.account import ROLES, may
from smashpass.core.errors import BadInput, NotFound
from smashpass.services.signing_in import code_number, new_secret, secret_address
from smashpass.web.admin.table import Ask, Pages

pages = Pages("account")


@pages.get("/account", who="analyst")
def own(ask: Ask) -> Response:
    """Everything about one's own account."""
    return _page(ask)


@pages.post("/account/password", who="analyst")
def change_password(ask: Ask) -> Response:
    """Take another password; every other session ends."""
    old, new = ask.form.get("old", ""), ask.form.get("new", "")
    account = ask.account
    if ask.parts.accounts.sign_in(account.name, old) is None:
        return _page(ask, wrong_change="the password until now is not right", status=400)
    try:
        ask.parts.accounts.set_password(account.id, new)
    except BadInput as wrong:
        return _page(ask, wrong_change=str(wrong), status=400)
    ended = ask.parts.sessions.end_all(account.id, but=ask.session.id)
    ask.parts.audit.append(account.name, "password changed", account.name)
    others = f" {ended} other sessions ended." if ended else ""
    return ask.go("/account", told=f"The password is changed.{others}")


@pages.post("/account/factor", who="analyst")
def switch_on(ask: Ask) -> Response:
    """Ask for codes from now on, if the app of the account makes the right ones."""
    secret = ask.form.get("secret", "")
    if not 16 <= len(secret) <= 64 or not secret.isalnum() or not secret.isascii():
        raise BadInput("this secret was not made here", hint="load the page again")
    used = code_number(secret, ask.form.get("code", ""), time.time())
    if not used:
        wrong = "this code is not right; look at the app and at the clock of the phone"
        return _page(ask, secret=secret, wrong_code=wrong, status=400)
    ask.parts.accounts.set_second_factor(ask.account.id, secret, used)
    ask.parts.audit.append(ask.account.name, "second factor on", ask.account.name)
    return ask.go("/account", told="From now on you need a code to sign in.")


@pages.post("/account/factor/off", who="analyst")
def switch_off(ask: Ask) -> Response:
    """Ask for no codes any more; the password is needed for that."""
    account = ask.account
    if ask.parts.accounts.sign_in(account.name, ask.form.get("password", "")) is None:
        return _page(ask, wrong_off="the password is not right", status=400)
    ask.parts.accounts.set_second_factor(account.id, "")
    ask.parts.audit.append(account.name, "second factor off", account.name)
    return ask.go("/account", told="The second factor is switched off.")


@pages.post("/account/sessions/<number>/end", who="analyst")
def end_session(ask: Ask) -> Response:
    """Sign out another browser."""
    ask.parts.sessions.end(ask.account.id, _number(ask.path["number"]))
    ask.parts.audit.append(ask.account.name, "session ended", ask.account.name)
    return ask.go("/account", told="That browser is signed out.")


@pages.post("/account/tokens", who="analyst")
def make_token(ask: Ask) -> Response:
    """Make a token for programs, and show it this once."""
    role = ask.form.get("role", "")
    if not may(ask.account.role, role if role in ROLES else "admin"):
        raise BadInput(f"a token of yours cannot be {role!r}", hint="choose a role of the list")
    try:
        token = ask.parts.tokens.make(ask.account.id, ask.form.get("label", ""), role)
    except BadInput as wrong:
        return _page(ask, wrong_token=str(wrong), status=400)
    detail = {"label": ask.form.get("label", ""), "role": role}
    ask.parts.audit.append(ask.account.name, "token made", ask.account.name, detail)
    return _page(ask, token=token)


@pages.post("/account/tokens/<number>/revoke", who="analyst")
def revoke_token(ask: Ask) -> Response:
    """Take a token away; programs that use it are refused at once."""
    ask.parts.tokens.revoke(ask.account.id, _number(ask.path["number"]))
    ask.parts.audit.append(ask.account.name, "token revoked", ask.account.name)
    return ask.go("/account", told="The token is no longer good.")


def _page(ask: Ask, status: int = 200, **values: object) -> Response:
    """Return the page of the account, with what is wrong with one of its forms."""
    account = ask.account
    secret = str(values.pop("secret", "") or new_secret())
    picture = segno.make(secret_address(secret, account.name), error="m")
    return ask.page(
        "account.html",
        status,
        sessions=ask.parts.sessions.of_account(account.id),
        current=ask.session.id,
        tokens=ask.parts.tokens.of_account(account.id),
        roles=[role for role in reversed(ROLES) if may(account.role, role)],
        secret=secret,
        secret_picture=Markup(picture.svg_inline(scale=4, light="#fff")),  # noqa: S704
        **values,
    )


def _number(text: str) -> int:
    """Return the number in an address."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound("there is nothing at this address")
    return int(text)
