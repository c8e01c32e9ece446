"""The own account: password, second factor, sessions, tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import segno
from flask import Response
from flask import request as flask_request
from flask_babel import format_timedelta, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from smashpass.core.errors import BadInput, NotPossible, SmashpassError
from smashpass.core.people.account import ROLES, Session, role_includes
from smashpass.services.accounts.attempts import TooManyAttempts
from smashpass.services.accounts.second_factor import new_secret, secret_address
from smashpass.services.accounts.verify import CodeNeeded, Proof, WrongCredentials
from smashpass.web.admin.accounts.browsers import browser_name
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.identity import root_path
from smashpass.web.http.lookup import id_of
from smashpass.web.languages import COOKIE as LANGUAGE_COOKIE
from smashpass.web.languages import is_known

pages = PageRoutes("account")

_YEAR_S = 365 * 24 * 3_600
_ACTIVE_US = 5 * 60 * 1_000_000
"""A session seen within this time is shown as active."""

_STATUS: dict[type[SmashpassError], int] = {
    BadInput: 400,
    WrongCredentials: 400,
    CodeNeeded: 400,
    TooManyAttempts: 429,
    NotPossible: 503,
}
_WRONG = tuple(_STATUS)


@pages.get("/account", role="analyst")
def account_page(request: AdminRequest) -> Response:
    """The own account."""
    return _page(request)


@pages.post("/account/password", role="analyst")
def change_password(request: AdminRequest) -> Response:
    """Change the password; every other session ends."""
    try:
        ended = request.services.accounts.change_password(
            request.account,
            request.form.get("new", ""),
            _proof(request),
            session=request.session.id,
            origin=ORIGIN,
        )
    except _WRONG as wrong:
        return _refused(request, wrong, "wrong_change")
    message = _("Password changed.")
    if ended:
        others = ngettext("%(num)s other session ended.", "%(num)s other sessions ended.", ended)
        message = f"{message} {others}"
    return request.go("/account", message=message)


@pages.post("/account/factor", role="analyst")
def switch_on(request: AdminRequest) -> Response:
    """Enable the second factor, if the code of the new secret is right."""
    secret = request.form.get("secret", "")
    if not re.fullmatch("[A-Z2-7]{32}", secret):
        raise BadInput("this secret was not generated here", hint="reload the page")
    try:
        codes = request.services.accounts.switch_second_factor_on(
            request.account,
            secret,
            request.form.get("new_code", ""),
            _proof(request),
            origin=ORIGIN,
        )
    except _WRONG as wrong:
        return _refused(request, wrong, "wrong_code", secret=secret)
    return request.page("recovery_codes.html", codes=codes, switched_on=True)


@pages.post("/account/factor/off", role="analyst")
def switch_off(request: AdminRequest) -> Response:
    """Disable the second factor; requires the password and a code."""
    try:
        request.services.accounts.switch_second_factor_off(
            request.account, _proof(request), origin=ORIGIN
        )
    except _WRONG as wrong:
        return _refused(request, wrong, "wrong_off")
    return request.go("/account", message=_("Second factor switched off."))


@pages.post("/account/recovery-codes", role="analyst")
def renew_recovery_codes(request: AdminRequest) -> Response:
    """Generate new recovery codes, shown once."""
    try:
        codes = request.services.accounts.renew_recovery_codes(
            request.account, _proof(request), origin=ORIGIN
        )
    except _WRONG as wrong:
        return _refused(request, wrong, "wrong_renew")
    return request.page("recovery_codes.html", codes=codes, switched_on=False)


@pages.post("/account/sessions/<number>/end", role="analyst")
def end_session(request: AdminRequest) -> Response:
    """Sign out another browser."""
    number = id_of(request.path["number"], "session")
    request.services.accounts.end_session(request.account, number, origin=ORIGIN)
    return request.go("/account", message=_("Session revoked."))


@pages.post("/account/sessions/-/end-others", role="analyst")
def end_other_sessions(request: AdminRequest) -> Response:
    """Sign out every other browser."""
    ended = request.services.accounts.end_other_sessions(
        request.account, request.session.id, origin=ORIGIN
    )
    message = ngettext("%(num)s session revoked.", "%(num)s sessions revoked.", ended)
    return request.go("/account", message=message)


@pages.post("/account/language", role="analyst")
def choose_language(request: AdminRequest) -> Response:
    """Set the language of all pages in this browser."""
    tag = request.form.get("language", "")
    if not is_known(tag):
        raise BadInput(f"there is no language {tag[:20]!r}", hint="choose one of the list")
    answer = request.go("/account")
    answer.set_cookie(
        LANGUAGE_COOKIE,
        tag,
        max_age=_YEAR_S,
        path=root_path(),
        samesite="Lax",
        httponly=True,
    )
    return answer


@pages.post("/account/tokens", role="analyst")
def make_token(request: AdminRequest) -> Response:
    """Create a token for programs, shown once."""
    try:
        token = request.services.accounts.create_token(
            request.account,
            request.form.get("label", ""),
            request.form.get("role", ""),
            origin=ORIGIN,
        )
    except BadInput as wrong:
        return _page(request, wrong_token=str(wrong), status=400)
    return _page(request, token=token)


@pages.post("/account/tokens/<number>/revoke", role="analyst")
def revoke_token(request: AdminRequest) -> Response:
    """Revoke a token; programs that use it are refused at once."""
    number = id_of(request.path["number"], "token")
    request.services.accounts.revoke_token(request.account, number, origin=ORIGIN)
    return request.go("/account", message=_("Token revoked."))


def _proof(request: AdminRequest) -> Proof:
    """Return the credentials in a form that confirm an action."""
    form = request.form
    return Proof(form.get("password", ""), form.get("code", ""), flask_request.remote_addr or "")


def _refused(request: AdminRequest, wrong: SmashpassError, form: str, **values: object) -> Response:
    """Return the page with an error at the submitted form."""
    status = next(status for kind, status in _STATUS.items() if isinstance(wrong, kind))
    answer = _page(request, status, **values, **{form: str(wrong)})
    if isinstance(wrong, TooManyAttempts):
        answer.headers["Retry-After"] = str(wrong.wait_s)
    return answer


@dataclass(frozen=True, slots=True)
class ListedSession:
    """A session as the page lists it; ``since`` and ``seen`` are such as "2 hours ago"."""

    id: int
    browser: str
    agent: str
    since: str
    seen: str
    active: bool
    current: bool


def _listed(request: AdminRequest, session: Session) -> ListedSession:
    """Return a session with its browser named and its times relative to now."""
    now = request.services.clock()
    current = session.id == request.session.id
    return ListedSession(
        session.id,
        browser_name(session.agent),
        session.agent,
        _ago(now, session.created_at),
        _ago(now, session.seen_at),
        active=current or now - session.seen_at < _ACTIVE_US,
        current=current,
    )


def _ago(now: int, at: int) -> str:
    """Return how long ago a moment was, such as "2 hours ago"."""
    passed = timedelta(microseconds=min(0, at - now))
    text: str = format_timedelta(passed, granularity="minute", add_direction=True)
    return text


def _page(request: AdminRequest, status: int = 200, **values: object) -> Response:
    """Return the page of the account."""
    account = request.account
    own = request.services.accounts.own(account)
    secret = str(values.pop("secret", "") or new_secret())
    picture = segno.make(secret_address(secret, account.name), error="m")
    return request.page(
        "account.html",
        status,
        sessions=[_listed(request, session) for session in own.sessions],
        tokens=own.tokens,
        roles=[role for role in reversed(ROLES) if role_includes(account.role, role)],
        recovery_codes_left=own.recovery_codes_left,
        secret=secret,
        secret_picture=Markup(picture.svg_inline(scale=4, light="#fff")),  # noqa: S704
        **values,
    )
