"""The child process that tries encodings: ``python -m smashpass.media.trials.child``.

It decodes files of unknown origin, so it has the limits of ``worker``, but more time: a picture is
encoded in many ways. One JSON object a line in, one out. Nothing is written.
"""

from __future__ import annotations

import io
import json
import math
import sys
import time
from collections.abc import Sequence

from PIL import Image, ImageChops

from smashpass.core.pictures.picture import shown_size
from smashpass.media.confinement import confine
from smashpass.media.decode import PictureRefused, decode
from smashpass.media.worker import limit_everything, limit_time, read

CPU_S = 120
BEST_PSNR = 99.0


def main() -> int:
    """Answer requests until standard input ends."""
    limit_everything()
    confine()
    for line in sys.stdin.buffer:
        limit_time(CPU_S)
        request = json.loads(line)
        try:
            answer = tried(request["path"], request["encodings"])
        except (PictureRefused, MemoryError):
            answer = None
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()
    return 0


def tried(
    path: str, encodings: Sequence[tuple[str, int, int]]
) -> list[tuple[int, float, float, float]]:
    """Return bytes, seconds to encode and to decode, and PSNR in dB of each encoding.

    The picture is what is stored of it, in its large size.

    Raises:
        PictureRefused: It cannot be decoded.
    """
    picture = decode(read(path))
    target = shown_size(picture.width, picture.height, "large")
    pixels = picture.pixels
    if pixels.size != target:
        pixels = pixels.resize(target, Image.Resampling.LANCZOS, reducing_gap=3.0)
    trials = []
    for format_name, effort, quality in encodings:
        began = time.process_time()
        content = _encoded(pixels, format_name, effort, quality)
        encoded = time.process_time()
        with Image.open(io.BytesIO(content), formats=(format_name.upper(),)) as opened:
            opened.load()
            decoded = time.process_time()
            likeness = psnr(pixels, opened)
        trials.append((len(content), encoded - began, decoded - encoded, likeness))
    return trials


def _encoded(pixels: Image.Image, format_name: str, effort: int, quality: int) -> bytes:
    """Encode with WebP (method ``effort``) or AVIF (speed ``effort``), in one thread."""
    file = io.BytesIO()
    if format_name == "webp":
        pixels.save(file, "WEBP", quality=quality, method=effort, alpha_quality=90)
    else:
        pixels.save(file, "AVIF", quality=quality, speed=effort, max_threads=1)
    return file.getvalue()


def psnr(first: Image.Image, second: Image.Image) -> float:
    """Return the peak signal-to-noise ratio over all channels, in dB; 99 for the same pixels."""
    difference = ImageChops.difference(_before_grey(first), _before_grey(second))
    counts = difference.histogram()
    squares = sum(count * (level % 256) ** 2 for level, count in enumerate(counts))
    if squares == 0:
        return BEST_PSNR
    return min(BEST_PSNR, 10 * math.log10(255**2 * sum(counts) / squares))


def _before_grey(image: Image.Image) -> Image.Image:
    """Return RGB; what is transparent lies before grey."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, (128, 128, 128, 255))
    return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
