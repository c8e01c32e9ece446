"""All accounts, for admins: create, change roles, close."""

from __future__ import annotations

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.people.account import ROLES
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import id_of

pages = PageRoutes("accounts")


@pages.get("/accounts", role="admin")
def everyone(request: AdminRequest) -> Response:
    """All accounts."""
    return _page(request)


@pages.post("/accounts", role="admin")
def create(request: AdminRequest) -> Response:
    """Create an account; its owner changes the password after the first sign-in."""
    form = request.form
    try:
        account = request.services.accounts.create(
            form.get("name", ""),
            form.get("role", ""),
            form.get("password", ""),
            by=request.account.name,
            origin=ORIGIN,
        )
    except (BadInput, Conflict) as wrong:
        return _page(request, status=400, wrong=str(wrong), typed=form)
    message = _(
        "Created account %(name)s with role %(role)s.", name=account.name, role=account.role
    )
    return request.go("/accounts", message=message)


@pages.post("/accounts/<number>/role", role="admin")
def change_role(request: AdminRequest) -> Response:
    """Change the role of an account."""
    role = request.form.get("role", "")
    account = request.services.accounts.set_role(
        id_of(request.path["number"], "account"), role, by=request.account, origin=ORIGIN
    )
    return request.go(
        "/accounts", message=_("%(name)s now has the role %(role)s.", name=account.name, role=role)
    )


@pages.post("/accounts/<number>/closed", role="admin")
def close(request: AdminRequest) -> Response:
    """Close an account, which ends its sessions and tokens, or reopen it."""
    accounts, closed = request.services.accounts, request.form.get("closed") == "1"
    set_state = accounts.close if closed else accounts.reopen
    account = set_state(id_of(request.path["number"], "account"), by=request.account, origin=ORIGIN)
    message = (
        _("Account %(name)s closed.", name=account.name)
        if closed
        else _("Account %(name)s reopened.", name=account.name)
    )
    return request.go("/accounts", message=message)


def _page(request: AdminRequest, status: int = 200, **values: object) -> Response:
    return request.page(
        "accounts.html",
        status,
        accounts=request.services.accounts.everyone(),
        roles=ROLES,
        last_sign_ins=request.services.accounts.last_sign_ins(),
        **values,
    )
