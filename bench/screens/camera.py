"""A window of one viewer or editor, and the pictures taken of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from PIL import Image

from bench.browser import until

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SCHEMES = ("light", "dark")
COLOURS = 256


@dataclass(frozen=True, slots=True)
class Window:
    """A browser window on the server over ``home``."""

    page: Page
    address: str
    home: Path

    def open(self, path: str) -> None:
        """Open a page of the server."""
        self.page.goto(f"{self.address}{path}")

    def until(self, expression: str) -> None:
        """Wait until an expression is true in the page."""
        until(self.page, expression, 20)

    def see(self, selector: str) -> None:
        """Wait until an element can be seen."""
        self.page.wait_for_selector(selector)

    def be_of_age(self) -> None:
        """Become a new viewer of age."""
        self.ask("POST", "/viewers", {"age_band": "18+"})

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what the API answers to this viewer."""
        options = {"method": method} if body is None else {"method": method, "data": body}
        answer = self.page.context.request.fetch(f"{self.address}/api/v1{path}", **options)
        assert answer.ok, answer.text()
        return answer.json()

    def cards(self, path: str = "/", *, coached: bool = True) -> None:
        """Open the swipe page as a new viewer and wait for its first card and its controls."""
        self.be_of_age()
        if coached:
            self.page.add_init_script("localStorage.setItem('coached', 'yes')")
        self.open(path)
        self.see(".card.top")
        self.until("document.querySelector('#decks').children.length > 0")

    def decide(self, times: int = 1) -> None:
        """Decide that many cards by key, every third with the other verdict."""
        for number in range(times):
            self.until("document.querySelector('.card.top') !== null")
            top = self.page.locator(".card.top").first.get_attribute("data-image")
            self.page.keyboard.press("ArrowLeft" if number % 3 == 1 else "ArrowRight")
            self.until(f"document.querySelector('.card.top')?.dataset.image !== '{top}'")

    def swiped(self, count: int) -> None:
        """Let the viewer have swiped ``count`` pictures, smashing all with a smile."""
        cards = self.ask("GET", f"/deck?n={count}")["cards"]
        now = datetime.now(UTC).isoformat()
        swipes = [
            {
                "id": str(uuid4()),
                "image": card["image"],
                "verdict": "smash" if "mouth:smile" in card["tags"] else "pass",
                "at": now,
            }
            for card in cards
        ]
        self.ask("POST", "/swipes", {"swipes": swipes})


@dataclass(frozen=True, slots=True)
class Scene:
    """A page in one state.

    Attributes:
        name: ``PAGE`` or ``PAGE-STATE``; the beginning of the file names.
        stage: Brings a window into the state.
        before: JavaScript that is run before each picture; for what would pass by itself.
        whole: Whether all of the page is taken, not only what fits the window.
        admin: Whether an administrator is signed in.
    """

    name: str
    stage: Callable[[Window], None]
    before: str = ""
    whole: bool = False
    admin: bool = False


def take(scene: Scene, window: Window, out: Path) -> Iterator[Path]:
    """Take a scene in every size and colour scheme; yield each file once it is written."""
    scene.stage(window)
    page = window.page
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            if scene.whole:
                _load_all(window)
            window.until(
                "document.getAnimations().every((one) => one.playState !== 'running') && "
                "[...document.images].every((one) => one.complete || one.loading === 'lazy')"
            )
            if scene.before:
                page.evaluate(scene.before)
            path = out / f"{scene.name}-{size}-{scheme}.png"
            write_small(page.screenshot(full_page=scene.whole), path)
            yield path


def _load_all(window: Window) -> None:
    """Go down the page and back, so that pictures load that wait until they can be seen."""
    page = window.page
    bottom = "document.documentElement.scrollHeight - innerHeight"
    while page.evaluate(f"scrollY < {bottom} - 1"):
        page.evaluate("scrollBy(0, innerHeight / 2)")
        window.until(
            "[...document.images].every((one) => one.complete || !one.checkVisibility() "
            "|| one.getBoundingClientRect().top > innerHeight)"
        )
    page.evaluate("scrollTo(0, 0)")


def write_small(png: bytes, path: Path) -> None:
    """Write a picture with 256 colours: a third of the size, and hardly to be told apart."""
    with Image.open(BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
        few.save(path, optimize=True)
