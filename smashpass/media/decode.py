"""Bytes of unknown origin to upright sRGB pixels, or a reason why not.

Only called in a child process with limits (``worker``): Pillow is careful, but it is C code that
reads what strangers wrote. What Pillow throws at broken files is not documented; the exceptions
that it is known for become refusals here, any other ends the child, which is a refusal as well.
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from dataclasses import dataclass, field, replace

from PIL import Image, ImageCms, UnidentifiedImageError

from smashpass.core.pictures.metadata import Blocks, blocks_of, blocks_of_parts
from smashpass.core.pictures.picture import PictureRefusal

MAX_BYTES = 20_000_000
MAX_PIXELS = 24_000_000
MAX_SIDE = 16_384

_MIME = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with further pictures behind it, as telephones write them
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
}
_DESCRIBED = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Kinds that ``blocks_of`` reads; of the others it is what Pillow finds."""

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)


class PictureRefused(Exception):
    """The bytes are not a picture that may be shown."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.refusal = PictureRefusal(code, reason)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Pixels, with what is known of the file they came from.

    Attributes:
        pixels: ``RGB``, or ``RGBA`` where something is transparent; without any metadata.
        width: Of the original, upright.
        height: Of the original, upright.
        mime: What the bytes are.
        blocks: The descriptions that the file holds.
    """

    pixels: Image.Image
    width: int
    height: int
    mime: str
    blocks: Blocks = field(default_factory=Blocks)


def decode(data: bytes) -> Decoded:
    """Decode a picture file: of several frames the first, in the orientation it says.

    Raises:
        Refused: Its format is not supported, or it is too large, truncated or broken.
    """
    if not data:
        raise PictureRefused("empty_file", "the file is empty")
    if len(data) > MAX_BYTES:
        raise PictureRefused("too_many_bytes", f"more than {MAX_BYTES:,} bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                xmp, exif = (_bytes(image.info.get(name)) for name in ("xmp", "exif"))
                decoded = _decoded(image)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PictureRefused("too_many_pixels", f"more than {MAX_PIXELS:,} pixels") from error
        except UnidentifiedImageError as error:
            raise PictureRefused("not_a_picture", f"not one of {', '.join(FORMATS)}") from error
        except MemoryError as error:
            raise PictureRefused("too_much_memory", "decoding takes too much memory") from error
        except _BROKEN as error:
            raise PictureRefused(
                "broken_picture", f"cannot be decoded: {_summary(error)}"
            ) from error
    parsed_by_us = decoded.mime in _DESCRIBED
    return replace(decoded, blocks=blocks_of(data) if parsed_by_us else blocks_of_parts(xmp, exif))


def _decoded(image: Image.Image) -> Decoded:
    """Decode an opened file."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise PictureRefused(
            "too_many_pixels", f"{width} x {height}; {MAX_PIXELS:,} pixels are possible"
        )
    if max(width, height) > MAX_SIDE or min(width, height) < 1:
        raise PictureRefused(
            "too_long_side", f"{width} x {height}; a side may have {MAX_SIDE:,} pixels"
        )
    mime = _MIME[image.format or ""]
    turn = _turn(image)
    profile = _bytes(image.info.get("icc_profile"))
    image.load()
    pixels = _plain(image, profile)
    if turn is not None:
        pixels = pixels.transpose(turn)
        if turn in _SIDEWAYS:
            width, height = height, width
    pixels.info.clear()
    return Decoded(pixels, width, height, mime)


_SIDEWAYS = frozenset(_UPRIGHT[number] for number in (5, 6, 7, 8))


def _turn(image: Image.Image) -> Image.Transpose | None:
    """Return how to turn a picture upright; broken EXIF is ignored."""
    try:
        orientation = image.getexif().get(_ORIENTATION)
    except _BROKEN:
        return None
    return _UPRIGHT.get(orientation) if isinstance(orientation, int) else None


def _plain(image: Image.Image, profile: bytes) -> Image.Image:
    """Return any mode as RGB or RGBA in the colours of sRGB."""
    if image.mode.startswith("I"):  # 16 bits of grey; Pillow would cut off instead of scaling
        image.info.pop("transparency", None)  # a shade of those 16 bits
        image = image.convert("I").point(lambda grey: grey * (1 / 256)).convert("L")
    alpha = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    image = _managed(image, profile)
    if alpha is not None and alpha.getextrema()[0] != 255:
        image.putalpha(alpha)
    return image


def _managed(image: Image.Image, profile: bytes) -> Image.Image:
    """Return RGB, converted by the colour profile of the file where it has a usable one."""
    if profile and image.mode in ("RGB", "RGBA", "L", "CMYK"):
        base = image.convert("RGB") if image.mode == "RGBA" else image
        try:
            origin = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" not in ImageCms.getProfileDescription(origin).lower():
                managed = ImageCms.profileToProfile(
                    base, origin, ImageCms.createProfile("sRGB"), outputMode="RGB"
                )
                assert managed is not None
                return managed
        except (ImageCms.PyCMSError, *_BROKEN):
            pass  # a profile for another mode, or a broken one: the numbers are taken as they are
    return image.convert("RGB")


def _bytes(value: object) -> bytes:
    """Return a value of Pillow if it is bytes, else no bytes."""
    return value if isinstance(value, bytes) else b""


def _summary(error: BaseException) -> str:
    """Return the message of a Pillow exception as one short line of ASCII."""
    text = ascii(str(error))[1:-1] or type(error).__name__
    return text if len(text) <= 120 else text[:117] + "..."
