"""Accessibility of pages in Chromium: what axe-core finds, room on narrow screens, target sizes."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT

RULES: dict[str, Any] = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# All that axe finds otherwise in other colours.
CONTRAST = RULES | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
COLOURS: tuple[tuple[dict[str, str], dict[str, Any]], ...] = (
    ({"color_scheme": "light"}, RULES),
    ({"color_scheme": "dark"}, CONTRAST),
    ({"color_scheme": "light", "forced_colors": "active"}, CONTRAST),
)
NARROW = {"width": 320, "height": 640}


def check_with_axe(page: Any, options: dict[str, Any] = RULES, where: object = "") -> None:
    """Fail on what axe finds."""
    # The script is half a megabyte: a page keeps it.
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(
        "options => axe.run(document, options).then((results) => results.violations)", options
    )
    places = [
        (rule["id"], node["target"], node["failureSummary"])
        for rule in violations
        for node in rule["nodes"]
    ]
    assert places == [], (where, places)


def check_in_colours(page: Any, where: object = "") -> None:
    """Check names and roles once, and contrast in light, dark and forced colours."""
    for media, options in COLOURS:
        page.emulate_media(**media)
        check_with_axe(page, options, (where, media))
    page.emulate_media(color_scheme="light", forced_colors="none")


def scrolls_sideways(page: Any) -> bool:
    """Whether the page is wider than its window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
