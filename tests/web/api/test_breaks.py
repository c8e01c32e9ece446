"""Breaks: 20 ways to get around one, none of which does. Time is what the test says it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
ATTEMPTS = 20
HALF_AN_HOUR, SLACK, BREAK = 1_800.0, 5.0, 300.0


class Clock:
    """Our time, which stands still until it is moved."""

    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> int:
        return round(self.at.timestamp() * 1_000_000)

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def true_time(clock: Clock, _chance: random.Random) -> str:
    return clock.at.isoformat()


def slow_clock(clock: Clock, chance: random.Random) -> str:
    return (clock.at - timedelta(seconds=chance.uniform(0, 90_000))).isoformat()


def fast_clock(clock: Clock, chance: random.Random) -> str:
    return (clock.at + timedelta(seconds=chance.uniform(0, 299))).isoformat()


def other_zone(clock: Clock, chance: random.Random) -> str:
    return clock.at.astimezone(timezone(timedelta(hours=chance.randint(-12, 14)))).isoformat()


def ages_ago(_clock: Clock, _chance: random.Random) -> str:
    return "1971-01-01T00:00:00Z"


Lie = Callable[[Clock, random.Random], str]
LIES: tuple[Lie, ...] = (true_time, slow_clock, fast_clock, other_zone, ages_ago)


class Person:
    """A viewer under 18 with two tabs and a second device, on two processes of the server."""

    def __init__(self, worlds: list[Any], clock: Clock, chance: random.Random) -> None:
        self.clock, self.chance = clock, chance
        first_device = worlds[0].new_viewer("13-17")
        self.devices = [first_device]
        for world in worlds:
            other = world.nobody
            other.token = first_device.token
            self.devices.append(other)
        self.images = [worlds[0].image(number) for number in range(1, 200)]
        self.made = 0

    @property
    def device(self) -> Any:
        return self.chance.choice(self.devices)

    def swipe(self, lie: Lie) -> Any:
        """Swipe one image, or several at once, and say when that was."""
        count = self.chance.choice((1, 1, 3))
        at = lie(self.clock, self.chance)
        batch = []
        for _ in range(count):
            self.made += 1
            batch.append((f"s{self.made}", self.images[self.made], "smash", at))
        return self.device.swipe(*batch)

    def fidget(self) -> None:
        """Do something that is no swipe."""
        act = self.chance.randrange(7)
        device = self.device
        if act == 0:
            assert device.ask("PATCH", "/me", {"break_reminder": False}).code == "fixed_for_age"
        elif act == 1:
            assert device.ask("PATCH", "/me", {"daily_limit": 1_440}).status == 200
        elif act == 2 and self.made:
            assert device.ask("DELETE", f"/swipes/s{self.made}").status == 204
        elif act == 3 and self.made:
            at = true_time(self.clock, self.chance)
            device.swipe((f"s{self.made}", self.images[self.made], "smash", at))
        elif act == 4:
            assert device.get("/me/swipes").status == 200
        elif act == 5:
            answer = device.ask("DELETE", "/me/break")
            assert answer.status == 204 or answer.code == "not_for_age"

    def state(self) -> Any:
        """What a deck says, however it is asked for."""
        wish = self.chance.choice(
            ({}, {"q": "kind:person"}, {"order": "new"}, {"seed": 7}, {"n": 1}, {"explain": 1})
        )
        return self.device.deck(**wish)


def test_no_attempt_gets_around_the_break(open_world: Callable[..., Any], clock: Clock) -> None:
    worlds = [open_world(clock), open_world(clock)]
    for attempt in range(ATTEMPTS):
        chance = random.Random(attempt)
        clock.wait(3_600)
        person = Person(worlds, clock, chance)
        lie = LIES[attempt % len(LIES)]
        began = clock.at
        person.swipe(true_time)

        def swiped(began: datetime = began) -> float:
            return (clock.at - began).total_seconds()

        while swiped() < HALF_AN_HOUR - SLACK:
            clock.wait(min(chance.uniform(200, 300), HALF_AN_HOUR - SLACK - swiped()))
            person.fidget()
            assert person.state()["deck"]["state"] == "ok", (attempt, swiped())
            person.swipe(lie)

        clock.wait(2 * SLACK)
        until = (began + timedelta(seconds=HALF_AN_HOUR + BREAK)).isoformat()
        for pause in (0.0, 120.0, 120.0):
            clock.wait(pause)
            deck = person.state()
            assert deck["deck"]["state"] == "break", (attempt, swiped())
            assert deck["deck"]["until"].replace("Z", "+00:00") == until
            assert deck["cards"] == []
            assert person.swipe(lie)["accepted"]  # swipes are taken all the same
            person.fidget()

        clock.wait(HALF_AN_HOUR + BREAK - swiped())
        assert person.state()["deck"]["state"] == "ok"


def test_an_adult_is_asked_to_rest_only_on_request(
    open_world: Callable[..., Any], clock: Clock
) -> None:
    world = open_world(clock)
    viewer = world.new_viewer("18+")
    usual = {
        "break_reminder": False,
        "break_reminder_fixed": False,
        "daily_limit": None,
        "suggestions": True,
        "suggestions_fixed": False,
    }
    assert viewer.good("/me")["settings"] == usual
    for number in range(1, 40):
        viewer.swipe((f"a{number}", world.image(number), "pass", clock.at.isoformat()))
        clock.wait(60)
    assert viewer.deck()["deck"]["state"] == "ok"

    assert viewer.ask("PATCH", "/me", {"break_reminder": True}).json["settings"] == usual | {
        "break_reminder": True
    }
    for number in range(40, 71):
        answer = viewer.swipe((f"a{number}", world.image(number), "pass", clock.at.isoformat()))
        clock.wait(60)

    assert viewer.deck()["deck"]["state"] == "break"
    assert answer["rest"]["until"] == viewer.deck()["deck"]["until"]
    assert viewer.ask("PATCH", "/me", {"break_reminder": False}).status == 200
    assert viewer.deck()["deck"]["state"] == "ok"


def test_an_adult_may_end_a_break_and_the_next_one_comes_half_an_hour_later(
    open_world: Callable[..., Any], clock: Clock
) -> None:
    worlds = [open_world(clock), open_world(clock)]
    viewer = worlds[0].new_viewer("18+")
    elsewhere = worlds[1].nobody
    elsewhere.token = viewer.token
    viewer.ask("PATCH", "/me", {"break_reminder": True})
    images = iter(range(1, 200))

    def swipe_for(minutes: int) -> None:
        for _ in range(minutes):
            number = next(images)
            viewer.swipe((f"a{number}", worlds[0].image(number), "pass", clock.at.isoformat()))
            clock.wait(60)

    assert viewer.ask("DELETE", "/me/break").status == 204  # there is none yet: nothing happens
    swipe_for(30)
    paused = viewer.deck()["deck"]
    assert (paused["state"], paused["optional"]) == ("break", True)
    assert elsewhere.deck()["deck"]["state"] == "break"

    assert viewer.ask("DELETE", "/me/break").status == 204
    assert viewer.deck()["deck"]["state"] == "ok"
    assert elsewhere.deck()["deck"]["state"] == "ok"
    swipe_for(29)
    assert viewer.deck()["deck"]["state"] == "ok"
    swipe_for(1)
    assert viewer.deck()["deck"]["state"] == "break"


def test_neither_a_minor_nor_a_daily_limit_can_be_talked_out_of_it(
    open_world: Callable[..., Any], clock: Clock
) -> None:
    world = open_world(clock)
    minor, adult = world.new_viewer("13-17"), world.new_viewer("18+")
    adult.ask("PATCH", "/me", {"daily_limit": 30})
    for number in range(1, 32):
        for viewer in (minor, adult):
            viewer.swipe((f"a{number}", world.image(number), "pass", clock.at.isoformat()))
        clock.wait(60)

    for viewer, status, code in ((minor, 403, "not_for_age"), (adult, 409, "conflict")):
        deck = viewer.deck()["deck"]
        assert deck["state"] == "break"
        assert "optional" not in deck
        answer = viewer.ask("DELETE", "/me/break")
        assert (answer.status, answer.code) == (status, code)
        assert viewer.deck()["deck"] == deck


def test_the_daily_limit_ends_at_midnight(open_world: Callable[..., Any], clock: Clock) -> None:
    world = open_world(clock)
    viewer = world.new_viewer("18+")
    assert viewer.ask("PATCH", "/me", {"daily_limit": 10}).json["settings"]["daily_limit"] == 10
    for number in range(1, 7):
        viewer.swipe((f"a{number}", world.image(number), "pass", clock.at.isoformat()))
        clock.wait(120)
    assert viewer.deck()["deck"]["until"] == "2026-11-03T00:00:00Z"

    clock.wait(12 * 3_600)
    assert viewer.deck()["deck"]["state"] == "ok"


@pytest.mark.parametrize(
    "body", [{"daily_limit": 4}, {"daily_limit": 1_441}, {"daily_limit": "10"}, {"break": True}]
)
def test_a_limit_that_makes_no_sense_is_refused(viewer: Any, body: dict[str, object]) -> None:
    assert viewer.ask("PATCH", "/me", body).status == 400
