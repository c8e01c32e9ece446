"""The appearance of a picture as two comparable values: its pixel hash and its signature."""

from __future__ import annotations

import hashlib

from PIL import Image

from smashpass.media.decode import Decoded

_FIELDS = (8, 8)
_BAND_PIXELS = 1 << 18
"""Pixels that are copied at a time."""


def pixel_hash(picture: Decoded) -> str:
    """Return the SHA-256 (hex) of the pixels: equal for files that show exactly the same.

    Hashed are ``WIDTHxHEIGHT `` in ASCII digits and then red, green, blue, alpha of every pixel,
    row by row from the top left, one byte each: upright, in sRGB. Opaque pixels have alpha 255,
    whether their file says so or has no alpha; the colour of invisible pixels counts as black.
    Cost: grows with the number of pixels; no copy of all of them is made.
    """
    width, height = picture.pixels.size
    digest = hashlib.sha256(f"{width}x{height} ".encode())
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        band = picture.pixels.crop((0, top, width, min(top + rows, height)))
        if band.mode == "RGBA":
            visible = band.getchannel("A").point(lambda alpha: 255 if alpha else 0)
            band = Image.composite(band, Image.new("RGBA", band.size), visible)
        digest.update(band.convert("RGBA").tobytes())
    return digest.hexdigest()


def signature(picture: Decoded) -> bytes:
    """Return the mean colour of each of 8 x 8 fields, on white; see ``core.likeness``."""
    pixels = picture.pixels
    if pixels.mode == "RGBA":
        white = Image.new("RGBA", pixels.size, "white")
        pixels = Image.alpha_composite(white, pixels).convert("RGB")
    return pixels.resize(_FIELDS, Image.Resampling.BOX).tobytes()
