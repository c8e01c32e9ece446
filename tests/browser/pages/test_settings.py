"""The settings: on this device at once, elsewhere by the server; and in every dress."""

from __future__ import annotations

import pytest

from tests.browser.pages.test_for_everyone import check_in_every_dress


@pytest.fixture
def settings(visit):
    """The page of settings, once the server has told what holds."""
    visit.page.goto(f"{visit.server}/settings")
    visit.page.wait_for_selector("#daily:enabled")
    return visit


def kept_by_server(visit):
    answer = visit.page.context.request.get(f"{visit.server}/api/v1/me")
    return answer.json()["settings"]


def test_the_colours_can_be_chosen_and_come_with_the_page(settings):
    settings.page.get_by_label("Colours").select_option("dark")
    ground = settings.page.eval_on_selector(
        "body", "body => getComputedStyle(body).backgroundColor"
    )
    assert ground == "rgb(20, 19, 18)"

    answer = settings.page.context.request.get(f"{settings.server}/help")

    assert 'data-theme="dark"' in answer.text()


def test_limits_and_suggestions_reach_the_server_in_order(settings):
    settings.page.get_by_label("At most a day").select_option("20")
    settings.page.get_by_label("At most a day").select_option("30")
    settings.page.get_by_label("Use my swipes for suggestions").select_option("off")
    settings.page.get_by_text("Saved.").wait_for()
    settings.page.wait_for_timeout(300)

    assert kept_by_server(settings)["daily_limit"] == 30
    assert kept_by_server(settings)["suggestions"] is False
    settings.page.reload()
    settings.page.wait_for_selector("#daily:enabled")
    assert settings.page.get_by_label("At most a day").input_value() == "30"


def test_keys_switched_off_stay_off_on_the_swipe_page(settings):
    settings.page.get_by_label("Keys", exact=True).select_option("off")
    settings.page.goto(settings.server)
    settings.page.wait_for_selector(".card.top")
    top = settings.top

    settings.page.keyboard.press("ArrowRight")
    settings.page.wait_for_timeout(400)

    assert settings.top == top


def test_without_a_network_the_page_opens_and_says_what_can_wait(settings):
    settings.page.goto(settings.server)
    settings.page.wait_for_selector(".card.top")
    settings.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    settings.go_offline()

    settings.page.goto(f"{settings.server}/settings")

    settings.page.get_by_text("There is no network right now.").wait_for()
    assert settings.page.get_by_label("Colours").is_enabled()
    assert settings.page.get_by_label("At most a day").is_disabled()


def test_the_settings_are_for_everyone(settings):
    check_in_every_dress(settings)


def test_under_18_each_fixed_control_says_why_beside_it(open_page):
    visit = open_page()
    visit.join("13-17")
    visit.page.goto(f"{visit.server}/settings")
    visit.page.wait_for_selector("#daily:enabled")

    for name, reason in (
        ("A break after half an hour", "Under 18, breaks are always on."),
        ("Use my swipes for suggestions", "Under 18, your swipes are never used for suggestions."),
    ):
        control = visit.page.get_by_label(name)
        assert control.is_disabled()
        described = visit.page.locator(f"#{control.get_attribute('aria-describedby')}")
        assert described.is_visible()
        assert described.inner_text() == reason
    assert visit.page.locator("#daily-fixed").is_visible()
    assert "no limit" not in visit.page.get_by_label("At most a day").inner_text()
    visit.page.get_by_label("At most a day").select_option("20")
    visit.page.get_by_text("Saved.").wait_for()
    assert kept_by_server(visit)["daily_limit"] == 20
    check_in_every_dress(visit)


def test_adults_read_nothing_of_minors_beside_the_controls(settings):
    for name in ("break", "daily", "suggestions"):
        assert settings.page.locator(f"#{name}").is_enabled()
        assert not settings.page.locator(f"#{name}-fixed").is_visible()
