"""The page of an address that nothing has, in Chromium."""

from __future__ import annotations

import pytest

from smashpass.web.languages import COOKIE, PSEUDO
from tests.browser.pages.test_for_everyone import check

WINDOWS = {
    "phone": {"viewport": {"width": 320, "height": 568}},
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("language", ["en", "de", PSEUDO.tag])
def test_a_missing_page_is_fit_for_everyone_and_leads_back(open_page, window, language):
    visit = open_page(**WINDOWS[window], locale="de-AT" if language == "de" else "en-GB")
    if language == PSEUDO.tag:
        cookie = {"name": COOKIE, "value": PSEUDO.tag, "url": visit.server}
        visit.page.context.add_cookies([cookie])
    visit.expected.append("404")
    assert visit.page.goto(f"{visit.server}/nope").status == 404
    check(visit.page)
    visit.page.click("main a.button")
    visit.page.wait_for_url(f"{visit.server}/")
