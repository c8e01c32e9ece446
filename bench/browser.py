"""Chromium on this machine, driven by Playwright for Python; both may be missing."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ARGUMENTS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing() -> str:
    """Return what must be installed before a page can be opened; "" if nothing."""
    if find_spec("playwright") is None:
        return "Playwright is not installed: scripts/setup test"
    return "" if _chromium() else "Chromium is not installed: apt-get install chromium"


@contextmanager
def launched() -> Iterator[Browser]:
    """Run Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def until(page: Page, expression: str, seconds: float = 60.0) -> None:
    """Wait until ``expression`` is true in the page, whose policy forbids polling by eval.

    Raises:
        AssertionError: It is not, after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"still not true: {expression}"
        page.wait_for_timeout(20)


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser")
