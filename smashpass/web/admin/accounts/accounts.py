"""The accounts of all, for admins: make one, change what it may do, close it."""

from __future__ import annotations

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.core.people.account import ROLES
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

pages = PageRoutes("accounts")


@pages.get("/accounts", who="admin")
def everyone(ask: AdminRequest) -> Response:
    """All accounts."""
    return _page(ask)


@pages.post("/accounts", who="admin")
def create(ask: AdminRequest) -> Response:
    """Create an account; its owner changes the password after the first sign-in."""
    form = ask.form
    try:
        account = ask.parts.account_administration.create(
            form.get("name", ""),
            form.get("role", ""),
            form.get("password", ""),
            by=ask.account.name,
            origin=ORIGIN,
        )
    except (BadInput, Conflict) as wrong:
        return _page(ask, status=400, wrong=str(wrong), typed=form)
    return ask.go("/accounts", told=f"Created account {account.name} with role {account.role}.")


@pages.post("/accounts/<number>/role", who="admin")
def change_role(ask: AdminRequest) -> Response:
    """Let an account do more or less."""
    role = ask.form.get("role", "")
    account = ask.parts.account_administration.set_role(
        _number(ask), role, by=ask.account, origin=ORIGIN
    )
    return ask.go("/accounts", told=f"{account.name} has the role {role} now.")


@pages.post("/accounts/<number>/closed", who="admin")
def close(ask: AdminRequest) -> Response:
    """Close an account, which ends its sessions and tokens, or open it again."""
    administration, closed = ask.parts.account_administration, ask.form.get("closed") == "1"
    act = administration.close if closed else administration.reopen
    account = act(_number(ask), by=ask.account, origin=ORIGIN)
    return ask.go("/accounts", told=f"{account.name} is {'closed' if closed else 'open'} now.")


def _number(ask: AdminRequest) -> int:
    """Return the number of the account that the address names."""
    text = ask.path["number"]
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound("there is no such account")
    return int(text)


def _page(ask: AdminRequest, status: int = 200, **values: object) -> Response:
    return ask.page(
        "accounts.html", status, accounts=ask.parts.accounts.everyone(), roles=ROLES, **values
    )
