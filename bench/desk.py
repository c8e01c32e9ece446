"""An editor's browser with real Chromium: types, previews, applies, undoes, and takes the time."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from bench.browser import launched, until
from bench.editing_home import EDITOR, PASSWORD

if TYPE_CHECKING:
    pass

KEY_PAUSE_MS = 120
"""Between two keys of a quick typist."""
_WATCH_COMPLETION = """() => {
  const box = document.getElementById("box"), list = document.getElementById("rows");
  globalThis.paints = [];
  let pressedAt = 0;
  box.addEventListener("keydown", (event) => { pressedAt = event.timeStamp; }, true);
  new MutationObserver(() => {
    if (!pressedAt || !list.children.length) return;
    const began = pressedAt;
    pressedAt = 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => paints.push(performance.now() - began);
      port2.postMessage(0);
    });
  }).observe(list, { childList: true });
}"""
_TYPE_RULE = """([before, after]) => {
  const text = document.getElementById("text"), impact = document.getElementById("impact");
  globalThis.impactAfter = 0;
  const began = performance.now();
  new MutationObserver((_records, observer) => {
    if (impact.getAttribute("aria-busy")) return;
    observer.disconnect();
    requestAnimationFrame(() => { globalThis.impactAfter = performance.now() - began; });
  }).observe(impact, { attributes: true, childList: true, subtree: true });
  text.value = text.value.replace(before, after);
  text.dispatchEvent(new Event("input", { bubbles: true }));
}"""
_COUNT_MOUSE = """
  globalThis.mouseEvents = 0;
  for (const kind of ["mousedown", "pointerdown", "touchstart", "mousemove", "wheel"])
    addEventListener(kind, () => { globalThis.mouseEvents += 1; }, true);
"""


class Desk:
    """A browser in which an administrator is signed in."""

    def __init__(self, address: str) -> None:
        self._address = f"{address}/admin"
        self._stack = ExitStack()
        browser = self._stack.enter_context(launched())
        self._context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en")
        self._page = self._context.new_page()
        # The editor asks before a page with changes is left.
        self._page.on("dialog", lambda dialog: dialog.accept())
        self._page.goto(f"{self._address}/login")
        self._page.fill("[name=name]", EDITOR)
        self._page.fill("[name=password]", PASSWORD)
        self._page.keyboard.press("Enter")
        self._page.wait_for_url(lambda address: "/login" not in address)

    def completions(self, words: Sequence[str]) -> list[float]:
        """Type words into the box of an image; return the seconds from each key to its paint."""
        page = self._page
        page.goto(f"{self._address}/images")
        page.locator("main a[href*='/admin/images/']").first.click()
        page.locator("[data-ready]").wait_for()
        page.evaluate(_WATCH_COMPLETION)
        page.locator("#box").focus()
        for word in words:
            page.keyboard.type(word, delay=KEY_PAUSE_MS)
            page.wait_for_timeout(200)
            page.keyboard.press("Escape")
            page.locator("#box").fill("")
        milliseconds: list[float] = page.evaluate("paints")
        return [duration / 1_000 for duration in milliseconds]

    def first_impact(self, file: str, before: str, after: str) -> float:
        """Change a rule in the editor; return the seconds until its impact is painted."""
        page = self._page
        page.goto(f"{self._address}/rules/edit/{file}")
        page.wait_for_load_state("networkidle")
        page.evaluate(_TYPE_RULE, [before, after])
        until(page, "impactAfter > 0")
        milliseconds: float = page.evaluate("impactAfter")
        return milliseconds / 1_000

    def preview(self, query: str, add: str) -> tuple[float, int]:
        """Open the preview of a bulk edit; return its seconds and how many images change."""
        page = self._page
        began = time.perf_counter()
        page.goto(f"{self._address}/bulk?q={query}&add={add}", wait_until="commit")
        page.locator("#effect").wait_for()
        seconds = time.perf_counter() - began
        number = page.locator(".tile b").nth(1).inner_text()
        return seconds, int(number.replace(",", ""))

    def apply(self) -> float:
        """Apply the previewed edit; return the seconds until its job is done."""
        page = self._page
        page.get_by_label("Reason").fill("benchmark")
        began = time.perf_counter()
        page.locator("main form[method=post] button.first").click()
        page.get_by_role("link", name="Undo the whole job").wait_for(timeout=600_000)
        return time.perf_counter() - began

    def undo(self) -> float:
        """Undo the job that was just done; return the seconds until all is as before."""
        page = self._page
        page.get_by_role("link", name="Undo the whole job").click()
        page.get_by_label("Reason").fill("benchmark, back again")
        began = time.perf_counter()
        page.keyboard.press("Enter")
        # Small jobs are undone at once, large ones by a job.
        page.get_by_text(re.compile("changes? undone by|^done$")).wait_for(timeout=600_000)
        return time.perf_counter() - began

    def tag_by_keys(self, query: str, images: int, tags: Sequence[str], slowness: int) -> int:
        """Tag images of a queue by keys alone, without waiting; return the mouse events."""
        page = self._page
        session = self._context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slowness})
        page.add_init_script(_COUNT_MOUSE)
        page.goto(f"{self._address}/queue?q={query}")
        page.locator("[data-ready]").wait_for()
        for _ in range(images):
            for tag in tags:
                page.keyboard.type(tag)
                page.keyboard.press("Tab")
            page.keyboard.press("Control+Enter")
        # All keys have been handled, and every save is confirmed.
        page.locator("#progress", has_text=f"{images + 1} of").wait_for(timeout=300_000)
        until(page, "sessionStorage.getItem('queue drafts') === '{}'", 300)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        mouse_events: int = page.evaluate("mouseEvents")
        return mouse_events

    def close(self) -> None:
        """Close the browser."""
        self._stack.close()
