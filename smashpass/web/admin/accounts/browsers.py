"""Browsers and systems, named from what a browser calls itself (``User-Agent``)."""

from __future__ import annotations

import re

from flask_babel import gettext as _

# The first that matches counts: most browsers also name those that they descend from.
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"\b(?:OPR|Opera)/")),
    ("Samsung Internet", re.compile(r"\bSamsungBrowser/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"\b(?:Chrome|HeadlessChrome|CriOS)/")),
    ("Safari", re.compile(r"\bVersion/[\d.]+.* Safari/")),
    ("curl", re.compile(r"^curl/")),
)
_SYSTEMS = (
    ("iPhone", re.compile(r"\biPhone\b")),
    ("iPad", re.compile(r"\biPad\b")),
    ("Android", re.compile(r"\bAndroid\b")),
    ("ChromeOS", re.compile(r"\bCrOS\b")),
    ("Windows", re.compile(r"\bWindows\b")),
    ("macOS", re.compile(r"\bMacintosh\b")),
    ("Linux", re.compile(r"\bLinux\b")),
)


def browser_name(agent: str) -> str:
    """Return a browser as people call it, such as "Firefox on Linux"."""
    browser, system = (
        next((name for name, pattern in table if pattern.search(agent)), "")
        for table in (_BROWSERS, _SYSTEMS)
    )
    text: str
    if browser and system:
        text = _("%(browser)s on %(system)s", browser=browser, system=system)
    elif system:
        text = _("Unknown browser on %(system)s", system=system)
    else:
        text = browser or _("Unknown browser")
    return text
