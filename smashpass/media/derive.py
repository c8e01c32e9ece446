"""Derivatives of the pixels: the files of each size, and the placeholder."""

from __future__ import annotations

import io
from html import escape

from PIL import Image

from smashpass.core.pictures.picture import EFFORT, Size, shown_size
from smashpass.core.pictures.source_types import ADDRESS
from smashpass.media.decode import Decoded

QUALITY = 82


def encoded(picture: Decoded, size: Size, source_type: str = "", effort: int = EFFORT) -> bytes:
    """Return the picture as a WebP file of one size, never enlarged; ``effort`` is 0 to 6.

    Its only metadata is the IPTC digital source type, in XMP, if one is named.

    The same pixels give the same bytes, as long as Pillow's libwebp stays the same.
    """
    target = shown_size(picture.width, picture.height, size)
    pixels = picture.pixels
    if pixels.size != target:
        pixels = pixels.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    file = io.BytesIO()
    pixels.save(
        file,
        "WEBP",
        quality=QUALITY,
        method=effort,
        alpha_quality=90,
        exif=b"",
        xmp=source_type_packet(source_type),
        icc_profile=b"",
    )
    return file.getvalue()


def source_type_packet(source_type: str) -> bytes:
    """Return XMP with only a digital source type; b"" for none."""
    if not source_type:
        return b""
    term = escape(ADDRESS + source_type)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
        f'Iptc4xmpExt:DigitalSourceType="{term}"/></rdf:RDF></x:xmpmeta>'
    ).encode()


def placeholder(picture: Decoded) -> str:
    """Return the mean colour of what is not transparent, as ``#rrggbb``; white for nothing."""
    pixels = picture.pixels
    if pixels.mode == "RGBA":
        red, green, blue, alpha = _mean(pixels.convert("RGBa"))
        if alpha == 0:
            return "#ffffff"
        # The other three are multiplied with alpha already.
        red, green, blue = (min(255, round(value * 255 / alpha)) for value in (red, green, blue))
    else:
        red, green, blue = _mean(pixels)
    return f"#{red:02x}{green:02x}{blue:02x}"


def _mean(pixels: Image.Image) -> tuple[int, ...]:
    """Return the mean of each channel."""
    mean = pixels.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    assert isinstance(mean, tuple)
    return tuple(int(value) for value in mean)
