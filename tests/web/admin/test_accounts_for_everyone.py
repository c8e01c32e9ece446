"""Moderation, accounts and the audit trail for everyone: axe-core, widths, weight."""

from __future__ import annotations

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.settings import load
from tests.support.axe import NARROW, check_in_colours, check_with_axe, scrolls_sideways


def test_pages_of_accounts_and_moderation_are_for_everyone(desk):
    parts = Installation(load({"SMASHPASS_HOME": str(desk.home)}))
    image = parts.image_ids.encode(Ordinal(10))
    number = parts.audit.append("public", "notice.open", image, {"reason": "me", "kind": "person"})
    parts.notices.open(number, image, "person", "this is me " * 20, "ann@example.org")
    parts.sessions.start(parts.accounts.named("admin").id, "an agent " * 20)
    parts.tokens.make(parts.accounts.named("admin").id, "nightly", "analyst")
    parts.engine.dispose()
    paths = (
        "account", "accounts", "audit", "audit?verify=1&time=7", "audit?actor=nobody",
        "moderation", f"moderation/{number}", "moderation?show=decided", "quarantine",
    )  # fmt: skip
    with desk.browser_as("admin") as page:
        for path in paths:
            page.set_viewport_size({"width": 1280, "height": 720})
            page.goto(f"{desk.address}/admin/{path}")
            page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
            check_in_colours(page, path)
            assert page.evaluate("document.querySelectorAll('*').length") < 1_500, path
            assert not scrolls_sideways(page), path
            page.set_viewport_size(NARROW)
            check_with_axe(page, where=(path, "narrow"))
            assert not scrolls_sideways(page), path
