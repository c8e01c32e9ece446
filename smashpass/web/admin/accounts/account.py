"""One's own account: password, second factor, sessions, tokens."""

from __future__ import annotations

import re

import segno
from flask import Response, request
from markupsafe import Markup

from smashpass.core.errors import BadInput, NotFound, NotPossible, SmashpassError
from smashpass.core.people.account import ROLES, role_includes
from smashpass.services.accounts.attempts import TooManyAttempts
from smashpass.services.accounts.second_factor import new_secret, secret_address
from smashpass.services.accounts.verify import CodeNeeded, Proof, WrongCredentials
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

pages = PageRoutes("account")

_STATUS: dict[type[SmashpassError], int] = {
    BadInput: 400,
    WrongCredentials: 400,
    CodeNeeded: 400,
    TooManyAttempts: 429,
    NotPossible: 503,
}
_WRONG = tuple(_STATUS)


@pages.get("/account", who="analyst")
def own(ask: AdminRequest) -> Response:
    """Everything about one's own account."""
    return _page(ask)


@pages.post("/account/password", who="analyst")
def change_password(ask: AdminRequest) -> Response:
    """Change the password; every other session ends."""
    try:
        ended = ask.parts.account_administration.change_password(
            ask.account,
            ask.form.get("new", ""),
            _proof(ask),
            session=ask.session.id,
            origin=ORIGIN,
        )
    except _WRONG as wrong:
        return _refused(ask, wrong, "wrong_change")
    others = f" {ended} other session{'s' if ended > 1 else ''} ended." if ended else ""
    return ask.go("/account", told=f"The password is changed.{others}")


@pages.post("/account/factor", who="analyst")
def switch_on(ask: AdminRequest) -> Response:
    """Ask for codes from now on, if the app of the account makes the right ones."""
    secret = ask.form.get("secret", "")
    if not re.fullmatch("[A-Z2-7]{32}", secret):
        raise BadInput("this secret was not made here", hint="load the page again")
    try:
        codes = ask.parts.account_administration.switch_second_factor_on(
            ask.account, secret, ask.form.get("new_code", ""), _proof(ask), origin=ORIGIN
        )
    except _WRONG as wrong:
        return _refused(ask, wrong, "wrong_code", secret=secret)
    return ask.page("recovery_codes.html", codes=codes, switched_on=True)


@pages.post("/account/factor/off", who="analyst")
def switch_off(ask: AdminRequest) -> Response:
    """Ask for no codes any more; the password and a code are needed for that."""
    try:
        ask.parts.account_administration.switch_second_factor_off(
            ask.account, _proof(ask), origin=ORIGIN
        )
    except _WRONG as wrong:
        return _refused(ask, wrong, "wrong_off")
    return ask.go("/account", told="The second factor is switched off.")


@pages.post("/account/recovery-codes", who="analyst")
def renew_recovery_codes(ask: AdminRequest) -> Response:
    """Make new recovery codes, and show them this once."""
    try:
        codes = ask.parts.account_administration.renew_recovery_codes(
            ask.account, _proof(ask), origin=ORIGIN
        )
    except _WRONG as wrong:
        return _refused(ask, wrong, "wrong_renew")
    return ask.page("recovery_codes.html", codes=codes, switched_on=False)


@pages.post("/account/sessions/<number>/end", who="analyst")
def end_session(ask: AdminRequest) -> Response:
    """Sign out another browser."""
    number = _number(ask.path["number"])
    ask.parts.account_administration.end_session(ask.account, number, origin=ORIGIN)
    return ask.go("/account", told="That browser is signed out.")


@pages.post("/account/tokens", who="analyst")
def make_token(ask: AdminRequest) -> Response:
    """Make a token for programs, and show it this once."""
    try:
        token = ask.parts.account_administration.create_token(
            ask.account, ask.form.get("label", ""), ask.form.get("role", ""), origin=ORIGIN
        )
    except BadInput as wrong:
        return _page(ask, wrong_token=str(wrong), status=400)
    return _page(ask, token=token)


@pages.post("/account/tokens/<number>/revoke", who="analyst")
def revoke_token(ask: AdminRequest) -> Response:
    """Revoke a token; programs that use it are refused at once."""
    number = _number(ask.path["number"])
    ask.parts.account_administration.revoke_token(ask.account, number, origin=ORIGIN)
    return ask.go("/account", told="The token is revoked.")


def _proof(ask: AdminRequest) -> Proof:
    """Return what a form sends to prove that the owner of the account sends it."""
    form = ask.form
    return Proof(form.get("password", ""), form.get("code", ""), request.remote_addr or "")


def _refused(ask: AdminRequest, wrong: SmashpassError, form: str, **values: object) -> Response:
    """Return the page with what is wrong at the form that was sent."""
    status = next(status for kind, status in _STATUS.items() if isinstance(wrong, kind))
    answer = _page(ask, status, **values, **{form: str(wrong)})
    if isinstance(wrong, TooManyAttempts):
        answer.headers["Retry-After"] = str(wrong.wait_s)
    return answer


def _page(ask: AdminRequest, status: int = 200, **values: object) -> Response:
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
        roles=[role for role in reversed(ROLES) if role_includes(account.role, role)],
        recovery_codes_left=ask.parts.accounts.recovery_codes_left(account.id),
        secret=secret,
        secret_picture=Markup(picture.svg_inline(scale=4, light="#fff")),  # noqa: S704
        **values,
    )


def _number(text: str) -> int:
    """Return the number in an address."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound("there is nothing at this address")
    return int(text)
