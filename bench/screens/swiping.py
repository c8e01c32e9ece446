"""The pages of those who swipe, in every state that they can be in."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

from bench.screens.camera import Scene, Window

ROUND = 25
HURRIED_S = 1.2
"""A round's card comes only to those who take longer than that for its last answer."""

RAISED = "document.getElementById('reveal').classList.add('raised')"


def _first(window: Window) -> None:
    window.cards(coached=False)
    window.see("#coach")


def _verdict(window: Window) -> None:
    window.cards()
    window.decide()
    window.see("#reveal")
    window.until("!document.getElementById('reveal').classList.contains('raised')")


def _why_before(window: Window) -> None:
    window.cards()
    window.page.click("#why-now")
    window.see("#why[open]")


def _why_after(window: Window) -> None:
    _verdict(window)
    window.page.click("#reveal")
    window.see("#why[open]")


def _search_panel(window: Window) -> None:
    window.cards()
    window.page.focus("#q")
    window.see("#wish [data-slot=popular] li")


def _search_completion(window: Window) -> None:
    _search_panel(window)
    window.page.keyboard.type("gla")
    window.see("#q-list [role=option]")


def _state(path: str, kind: str) -> Scene:
    def stage(window: Window) -> None:
        window.be_of_age()
        window.open(path)
        window.see(f".card.state[data-kind={kind}]")

    return Scene(f"swipe-{kind}", stage)


def _widened(window: Window) -> None:
    window.cards('/?q="beard" "kind:robot"')
    window.see("#keep-widened")


def _round(window: Window) -> None:
    window.cards()
    window.decide(ROUND - 1)
    time.sleep(HURRIED_S)
    window.decide()
    window.see(".round-card.top")


def _daily(window: Window) -> None:
    window.cards("/?deck=daily")


def _daily_result(window: Window) -> None:
    _daily(window)
    window.decide(20)
    window.see(".daily-card")


def _answers(window: Window) -> None:
    window.page.set_viewport_size({"width": 390, "height": 844})
    window.cards()
    window.decide(8)
    window.page.click("#pill")
    window.see("#answers[open]")


def _help(window: Window) -> None:
    window.cards()
    window.page.keyboard.press("?")
    window.see("#help[open]")


def _exhausted(window: Window) -> None:
    window.cards("/?q=hat:*")
    matched = window.ask("GET", "/deck?n=1&q=hat:*")["deck"]["matched"]
    window.decide(matched)
    window.see(".card.state[data-kind=exhausted-query]")


def _break(window: Window) -> None:
    """A viewer under age who has swiped for half an hour."""
    viewer = window.ask("POST", "/viewers", {"age_band": "13-17"})["viewer"]
    now = time.time_ns() // 1_000
    with closing(sqlite3.connect(window.home / "smashpass.db")) as database, database:
        database.execute(
            "UPDATE viewer SET pace_since = ?, pace_last = ?, swipes = swipes + 1 WHERE name = ?",
            (now - 31 * 60 * 1_000_000, now - 1_000_000, viewer),
        )
    window.open("/")
    window.see(".card.state[data-kind=break]")


def _offline(window: Window) -> None:
    window.cards()
    window.page.wait_for_load_state("networkidle")
    window.page.context.set_offline(True)
    window.decide(3)
    window.until("document.getElementById('network').textContent !== ''")


def _taste(name: str, swipes: int, ready: str, *, whole: bool = True) -> Scene:
    def stage(window: Window) -> None:
        window.be_of_age()
        window.swiped(swipes)
        window.open("/taste")
        window.see(ready)

    return Scene(name, stage, whole=whole)


def _settings(window: Window) -> None:
    window.be_of_age()
    window.open("/settings")
    window.see("#break:enabled")


def _me(window: Window) -> None:
    window.be_of_age()
    window.swiped(12)
    window.open("/me")
    window.see("#history li")


def _case(window: Window) -> None:
    window.be_of_age()
    image = window.ask("GET", "/deck?n=1")["cards"][0]["image"]
    notice = {"image": image, "kind": "other", "reason": "The credit is not mine.", "contact": ""}
    window.open(window.ask("POST", "/notices", notice)["case"])


def _page(path: str) -> Scene:
    name = path.strip("/") or "age"

    def stage(window: Window) -> None:
        window.open(path)
        window.see("h1")

    return Scene("age" if name == "welcome" else name, stage, whole=True)


SCENES = (
    _page("/welcome"),
    Scene("swipe-first", _first),
    Scene("swipe-risen", _verdict, before=RAISED),
    Scene("swipe-verdict", _verdict),
    Scene("why-before", _why_before),
    Scene("why-after", _why_after),
    Scene("search-panel", _search_panel),
    Scene("search-completion", _search_completion),
    _state("/?q=mermaid", "unknown-word"),
    Scene("swipe-widened", _widened),
    Scene("swipe-round", _round),
    Scene("daily-deck", _daily),
    Scene("daily-result", _daily_result),
    Scene("swipe-answers", _answers),
    Scene("swipe-help", _help),
    Scene("swipe-exhausted", _exhausted),
    Scene("swipe-break", _break),
    Scene("swipe-offline", _offline),
    _taste("taste-few", 4, "h1"),
    _taste("taste-many", 90, "main svg"),
    _taste("taste-top", 90, "main svg", whole=False),
    Scene("settings", _settings, whole=True),
    Scene("me", _me, whole=True),
    _page("/about"),
    _page("/help"),
    Scene("case", _case, whole=True),
    _page("/no-such-page"),
)
