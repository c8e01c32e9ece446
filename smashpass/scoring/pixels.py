"""What model files of our own take: a picture as a small square, and the name of their format."""

from __future__ import annotations

import io

MODEL_FORMAT = "smashpass-score/1"
"""Stands in the metadata of a model file: which inputs and outputs it has (``docs/scorer.md``)."""

MOST_PIXELS = 4_000_000
"""Pixels of a file; larger ones are refused before they are decoded."""


class UnreadablePicture(ValueError):
    """The bytes are not a picture that can be read."""


def rgb_pixels(data: bytes, size: int) -> bytes:
    """Return a picture as ``size`` × ``size`` pixels, RGB, row by row.

    The whole picture is scaled to the square, whatever its shape; what is transparent becomes
    white. Cost: about 0.5 ms for a WebP file of 512 × 512 pixels and a size of 64.

    Args:
        data: A JPEG, PNG or WebP file.
        size: The side of the square, in pixels.

    Raises:
        UnreadablePicture: It is not one, is damaged, or has more than ``MOST_PIXELS`` pixels.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise UnreadablePicture(f"it has {picture.width} x {picture.height} pixels")
            opaque = picture.convert("RGBA") if picture.has_transparency_data else picture
            if opaque is not picture:
                background = Image.new("RGBA", opaque.size, "white")
                opaque = Image.alpha_composite(background, opaque)
            return opaque.convert("RGB").resize((size, size), Image.Resampling.BOX).tobytes()
    except UnreadablePicture:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadablePicture(str(error)) from error
