"""The page of one's own account in Chromium: by keyboard alone, for all eyes, on small screens."""

from __future__ import annotations

import pyotp
import pytest

from tests.support.admin import PASSWORD
from tests.support.axe import check_with_axe, scrolls_sideways


def check(page):
    check_with_axe(page)
    assert not scrolls_sideways(page)


@pytest.mark.parametrize(("dress", "width"), [("light", 390), ("dark", 1280)])
def test_the_second_factor_is_switched_on_by_keyboard(desk, dress, width):
    options = {"color_scheme": dress, "viewport": {"width": width, "height": 844}}
    with desk.browser_as("editor", **options) as page:
        page.goto(f"{desk.address}/admin/account")
        check(page)
        page.get_by_label("Code of the new secret").focus()
        page.keyboard.type(pyotp.TOTP(page.input_value("[name=secret]")).now())
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        codes = page.get_by_role("list", name="Recovery codes of editor").get_by_role("listitem")
        codes.first.wait_for()
        assert codes.count() == 10
        check(page)
        page.emulate_media(media="print")
        assert not page.get_by_role("navigation").is_visible()
        page.emulate_media(media="screen")
        page.get_by_role("link", name="I have saved them").focus()
        page.keyboard.press("Enter")
        page.get_by_text("You have 10 recovery codes left").wait_for()
        assert page.get_by_label("Authentication code").count() == 4
        check(page)
