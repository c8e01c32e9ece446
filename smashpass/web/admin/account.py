"""One's own account: password, second factor, sessions, tokens."""

from __future__ import annotations

import time

import segno
from flask import Response
from markupsafe import Markup

from smashpass.core.account import ROLES, may
from smashpass.core.errors import BadInput, NotFound
from smashpass.services.signing_in import code_number, new_secret, secret_address
from smashpass.web.admin.table import ORIGIN, Ask, Pages

pages = Pages("account")


@pages.get("/account", who="analyst")
def own(ask: Ask) -> Response:
    """Everything about one's own account."""
    return _page(ask)


@pages.post("/account/password", who="analyst")
def change_password(ask: Ask) -> Response:
    """Change the password; every other session ends."""
    try:
        ended = ask.parts.account_administration.change_password(
            ask.account,
            ask.form.get("old", ""),
            ask.form.get("new", ""),
            session=ask.session.id,
            origin=ORIGIN,
        )
    except BadInput as wrong:
        return _page(ask, wrong_change=str(wrong), status=400)
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
    ask.parts.account_administration.switch_second_factor_on(
        ask.account, secret, used, origin=ORIGIN
    )
    return ask.go("/account", told="From now on you need a code to sign in.")


@pages.post("/account/factor/off", who="analyst")
def switch_off(ask: Ask) -> Response:
    """Ask for no codes any more; the password is needed for that."""
    try:
        ask.parts.account_administration.switch_second_factor_off(
            ask.account, ask.form.get("password", ""), origin=ORIGIN
        )
    except BadInput as wrong:
        return _page(ask, wrong_off=str(wrong), status=400)
    return ask.go("/account", told="The second factor is switched off.")


@pages.post("/account/sessions/<number>/end", who="analyst")
def end_session(ask: Ask) -> Response:
    """Sign out another browser."""
    number = _number(ask.path["number"])
    ask.parts.account_administration.end_session(ask.account, number, origin=ORIGIN)
    return ask.go("/account", told="That browser is signed out.")


@pages.post("/account/tokens", who="analyst")
def make_token(ask: Ask) -> Response:
    """Make a token for programs, and show it this once."""
    try:
        token = ask.parts.account_administration.create_token(
            ask.account, ask.form.get("label", ""), ask.form.get("role", ""), origin=ORIGIN
        )
    except BadInput as wrong:
        return _page(ask, wrong_token=str(wrong), status=400)
    return _page(ask, token=token)


@pages.post("/account/tokens/<number>/revoke", who="analyst")
def revoke_token(ask: Ask) -> Response:
    """Revoke a token; programs that use it are refused at once."""
    number = _number(ask.path["number"])
    ask.parts.account_administration.revoke_token(ask.account, number, origin=ORIGIN)
    return ask.go("/account", told="The token is revoked.")


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
