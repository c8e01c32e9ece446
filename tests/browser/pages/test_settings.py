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
