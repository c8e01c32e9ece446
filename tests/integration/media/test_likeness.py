"""The same pixels in another file, and pictures that are near."""

from __future__ import annotations

import hashlib
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from smashpass.core.pictures.likeness import NEAR, SIGNATURE_BYTES, Likenesses, distance
from smashpass.media import likeness
from smashpass.media.decode import Decoded, decode
from smashpass.media.likeness import pixel_hash, signature


def saved(image: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def test_files_that_show_the_same_have_the_same_pixel_hash(picture):
    image = Image.open(io.BytesIO(picture(90, 60)))
    turned = Image.Exif()
    turned[0x0112] = 6
    same = [
        saved(image, "PNG"),
        saved(image.convert("RGBA"), "PNG", compress_level=1),
        saved(image, "WEBP", lossless=True),
        saved(image.transpose(Image.Transpose.ROTATE_90), "PNG", exif=turned),
    ]
    assert len({pixel_hash(decode(data)) for data in same}) == 1
    others = [saved(image, "JPEG"), saved(image.crop((0, 0, 89, 60)), "PNG")]
    assert len({pixel_hash(decode(data)) for data in [same[0], *others]}) == 3


def test_the_colour_of_what_cannot_be_seen_does_not_count(picture):
    image = Image.open(io.BytesIO(picture(20, 20))).convert("RGBA")
    for colour in ((255, 0, 0, 0), (0, 0, 0, 0)):
        image.paste(colour, (0, 0, 10, 10))
        decoded = decode(saved(image, "PNG"))
        assert decoded.pixels.mode == "RGBA"
        if colour[0]:
            first = pixel_hash(decoded)
    assert pixel_hash(decoded) == first


def test_a_large_jpeg_has_the_pixels_of_its_lossless_copy(picture):
    data = picture(3_000, 2_000, "JPEG")
    lossless = saved(Image.open(io.BytesIO(data)), "PNG", compress_level=1)
    assert pixel_hash(decode(data)) == pixel_hash(decode(lossless))


def test_near_signatures_are_those_that_a_scan_finds():
    draw = random.Random(4)
    signatures = [
        (
            f"{n:064x}",
            bytes(draw.choices(range(20 * (n % 9), 20 * (n % 9) + 28), k=SIGNATURE_BYTES)),
        )
        for n in range(300)
    ]
    likenesses = Likenesses(signatures)
    hits = 0
    for _, searched in signatures[:30]:
        scanned = {name for name, other in signatures if distance(searched, other) <= NEAR}
        near = likenesses.near(searched)
        assert {likeness.sha256 for likeness in near} == scanned
        assert near[0].distance == 0
        hits += len(scanned)
    assert 300 < hits < 9_000


def test_a_copy_is_near_its_original(picture):
    image = Image.open(io.BytesIO(picture(400, 300)))
    original = signature(decode(saved(image, "PNG")))
    copies = [
        saved(image, "JPEG", quality=60),
        saved(image.resize((200, 150)), "WEBP", quality=70),
        saved(image.crop((4, 3, 396, 297)), "PNG"),
    ]
    assert all(distance(original, signature(decode(data))) < NEAR for data in copies)
    other = saved(image.transpose(Image.Transpose.ROTATE_180), "PNG")
    assert distance(original, signature(decode(other))) > NEAR


@given(
    width=st.integers(1, 70),
    height=st.integers(1, 70),
    mode=st.sampled_from(["RGB", "RGBA"]),
    band=st.integers(1, 3_000),
    seed=st.integers(0, 1_000),
)
def test_the_pixel_hash_by_bands_is_that_of_all_pixels_at_once(width, height, mode, band, seed):
    raw = random.Random(seed).randbytes(width * height * len(mode))
    pixels = Image.frombytes(mode, (width, height), raw)
    shown = bytearray()
    for red, green, blue, alpha in pixels.convert("RGBA").get_flattened_data():
        shown += bytes((red, green, blue, alpha) if alpha else 4)
    expected = hashlib.sha256(f"{width}x{height} ".encode() + shown).hexdigest()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "_BAND_PIXELS", band)
        assert pixel_hash(Decoded(pixels, width, height, "image/png")) == expected
