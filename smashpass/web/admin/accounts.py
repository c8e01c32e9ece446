"""The accounts of all, for admins: make one, change what it may do, close it."""

from __future__ import annotations

from flask import Response

from smashpass.core.account import ROLES, Account
from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.web.admin.table import Ask, Pages

pages = Pages("accounts")


@pages.get("/accounts", who="admin")
def everyone(ask: Ask) -> Response:
    """All accounts."""
    return _page(ask)


@pages.post("/accounts", who="admin")
def create(ask: Ask) -> Response:
    """Make an account; its owner changes the password after the first sign-in."""
    form = ask.form
    try:
        made = ask.parts.accounts.create(
            form.get("name", ""), form.get("role", ""), form.get("password", "")
        )
    except (BadInput, Conflict) as wrong:
        return _page(ask, status=400, wrong=str(wrong), typed=form)
    ask.parts.audit.append(ask.account.name, "account created", made.name, {"role": made.role})
    return ask.go("/accounts", told=f"{made.name} is {made.role} now.")


@pages.post("/accounts/<number>/role", who="admin")
def change_role(ask: Ask) -> Response:
    """Let an account do more or less."""
    account, role = _other(ask), ask.form.get("role", "")
    ask.parts.accounts.set_role(account.id, role)
    ask.parts.audit.append(ask.account.name, "role changed", account.name, {"role": role})
    return ask.go("/accounts", told=f"{account.name} is {role} now.")


@pages.post("/accounts/<number>/closed", who="admin")
def close(ask: Ask) -> Response:
    """Close an account, which ends its sessions and tokens, or open it again."""
    account, closed = _other(ask), ask.form.get("closed") == "1"
    ask.parts.accounts.disable(account.id, disabled=closed)
    if closed:
        ask.parts.sessions.end_all(account.id)
    act = "account closed" if closed else "account opened"
    ask.parts.audit.append(ask.account.name, act, account.name)
    return ask.go("/accounts", told=f"{account.name} is {'closed' if closed else 'open'} now.")


def _other(ask: Ask) -> Account:
    """Return the account of the address, which is not one's own: nobody locks himself out."""
    text = ask.path["number"]
    found = ask.parts.accounts.find(int(text)) if text.isascii() and text.isdigit() else None
    if found is None:
        raise NotFound("there is no such account")
    if found.id == ask.account.id:
        raise BadInput("this is your own account", hint="let another admin change it")
    return found


def _page(ask: Ask, status: int = 200, **values: object) -> Response:
    return ask.page(
        "accounts.html", status, accounts=ask.parts.accounts.everyone(), roles=ROLES, **values
    )
