"""The operator's accent colour: two shades of it that can be read, and their style sheet."""

from __future__ import annotations

MIN_CONTRAST = 4.5
"""What WCAG 2.2 asks for between text and what is behind it (1.4.3)."""
LIGHT_GROUNDS = ("#faf9f7", "#ffffff")
"""``--bg`` and ``--surface`` of style.css in light colours."""
DARK_GROUNDS = ("#141312", "#1f1d1b")
"""The same in dark colours."""

Rgb = tuple[int, int, int]
_STEPS = 255


def luminance(colour: str) -> float:
    """Return the relative luminance of ``#rrggbb`` by WCAG: 0 for black, 1 for white."""
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours by WCAG: 1 for equal ones, 21 at most."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def shades(colour: str) -> tuple[str, str]:
    """Return the shades of ``#rrggbb`` for light and for dark colours.

    Each has a contrast of ``MIN_CONTRAST`` or more on both grounds of its theme. A colour that has
    it stays as it is. Others are mixed with black or white, which leaves the hue alone, and no
    further than needed. Costs 255 mixtures at most, once per process.
    """
    return _readable(colour, (0, 0, 0), LIGHT_GROUNDS), _readable(
        colour, (255, 255, 255), DARK_GROUNDS
    )


def style_sheet(colour: str) -> bytes:
    """Return the style sheet that makes ``#rrggbb`` the accent; it goes after style.css."""
    light, dark = shades(colour)
    return f":root {{ --accent: light-dark({light}, {dark}); }}\n".encode()


def _readable(colour: str, end: Rgb, grounds: tuple[str, ...]) -> str:
    """Return the mixture nearest to a colour, on the way to ``end``, that all grounds show well."""
    for step in range(_STEPS):
        mixture = _mix(colour, end, step / _STEPS)
        if all(contrast(mixture, ground) >= MIN_CONTRAST for ground in grounds):
            return mixture
    return _mix(colour, end, 1)


def _mix(colour: str, end: Rgb, share: float) -> str:
    """Return a colour with a share of another one mixed in."""
    pairs = zip(_channels(colour), end, strict=True)
    return "#" + "".join(f"{round(own + (other - own) * share):02x}" for own, other in pairs)


def _channels(colour: str) -> Rgb:
    """Return red, green and blue of ``#rrggbb``, from 0 to 255."""
    value = int(colour[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def _linear(channel: float) -> float:
    """Return the light of one channel of sRGB; all between 0 and 1."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
