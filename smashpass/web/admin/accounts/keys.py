"""The keys and tag scripts of the own account."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from flask import Response
from flask_babel import gettext as _

from smashpass.bootstrap.container import Container
from smashpass.core.errors import BadInput
from smashpass.core.people.account import Session
from smashpass.core.people.shortcuts import ACTIONS, GROUPS, SCRIPTS
from smashpass.services.accounts.preferences import LONGEST_SCRIPT, KeyPreferences
from smashpass.web.admin.request import AdminRequest, PageRoutes

PATH = "/account/keys"

pages = PageRoutes("account")


@pages.get(PATH, role="analyst")
def keys_page(request: AdminRequest) -> Response:
    """All keys, and the tag scripts."""
    return _page(request, request.services.preferences.keys(request.account.id))


@pages.post(PATH, role="analyst")
def save_keys(request: AdminRequest) -> Response:
    """Keep the keys and the scripts, or set the keys back to the defaults."""
    if request.form.get("act") == "reset":
        request.services.preferences.reset_keys(request.account.id)
        return request.go(PATH, _("All keys are the default ones again."))
    form = request.form
    wanted = KeyPreferences(
        on=form.get("on") == "1",
        keys={action.name: form.get(f"key-{action.name}", action.key) for action in ACTIONS},
        scripts=tuple(form.get(f"script-{number}", "") for number in range(1, SCRIPTS + 1)),
    )
    try:
        request.services.preferences.save_keys(request.account.id, wanted)
    except BadInput as error:
        return _page(request, wanted, str(error), 400)
    return request.go(PATH, _("Keys and tag scripts saved."))


def template_globals(
    services: Container, session: Session | None
) -> dict[str, Callable[..., object]]:
    """Return what templates ask for the keys of who is signed in; looked up once per page."""

    @cache
    def preferences() -> KeyPreferences:
        return (
            KeyPreferences() if session is None else services.preferences.keys(session.account.id)
        )

    def scripts() -> list[tuple[int, str]]:
        """Return the tag scripts that there are, with their numbers."""
        return [(number, text) for number, text in enumerate(preferences().scripts, 1) if text]

    def editor_at(image: str) -> str:
        """Return who else is at an image of a queue; "" if nobody is."""
        ordinal = services.images.ordinal_of(image)
        if session is None or ordinal is None:
            return ""
        return services.claims.others(session.account.id).get(ordinal, "")

    return {
        "editor_at": editor_at,
        "key": lambda name: preferences().key(name),
        "keys_on": lambda: preferences().on,
        "tag_scripts": scripts,
    }


def _page(
    request: AdminRequest, preferences: KeyPreferences, error: str = "", status: int = 200
) -> Response:
    """Return the page with the keys and scripts as given."""
    groups = {
        group: [
            action
            for action in ACTIONS
            if action.group == group and not action.name.startswith("script.")
        ]
        for group in GROUPS
    }
    return request.page(
        "keys.html",
        status,
        preferences=preferences,
        groups=groups,
        headings=GROUPS,
        longest=LONGEST_SCRIPT,
        error=error,
    )
