"""Bytes of any kind become upright sRGB pixels or a reason."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from smashpass.media import decode as decoding
from smashpass.media.decode import PictureRefused, decode
from smashpass.media.derive import encoded, placeholder
from tests.support.hostile_files import png_that_lies


def refusal(data: bytes) -> str:
    with pytest.raises(PictureRefused) as caught:
        decode(data)
    assert caught.value.refusal.reason
    assert "\n" not in caught.value.refusal.reason
    return caught.value.refusal.code


def shown(data: bytes, size="large") -> Image.Image:
    image = Image.open(io.BytesIO(encoded(decode(data), size)))
    image.load()
    return image


@pytest.mark.parametrize(
    ("form", "mime"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("AVIF", "image/avif"),
    ],
)
def test_every_format_on_the_list_is_decoded(picture, form, mime):
    decoded = decode(picture(40, 30, form))
    assert (decoded.width, decoded.height, decoded.mime) == (40, 30, mime)
    assert decoded.pixels.mode == "RGB"


@pytest.mark.parametrize("form", ["BMP", "TIFF", "PPM", "ICO", "TGA", "PCX", "JPEG2000"])
def test_a_format_that_is_not_on_the_list_is_refused_although_pillow_knows_it(picture, form):
    assert refusal(picture(16, 16, form)) == "not_a_picture"


@pytest.mark.parametrize(
    "text",
    [
        b"this is a text",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        b"GIF89a",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        bytes(100),
    ],
)
def test_what_is_no_picture_is_refused(text):
    assert refusal(text) in ("not_a_picture", "broken_picture")


def test_nothing_at_all_is_refused():
    assert refusal(b"") == "empty_file"


def test_a_file_over_the_limit_is_refused_before_it_is_looked_at(picture, monkeypatch):
    data = picture()
    monkeypatch.setattr(decoding, "MAX_BYTES", len(data) - 1)
    assert refusal(data) == "too_many_bytes"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_a_picture_cut_in_half_is_refused(picture, form):
    data = picture(200, 150, form)
    assert refusal(data[: len(data) // 2]) in ("broken_picture", "not_a_picture")


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (50_000, 50_000, "too_many_pixels"),
        (2**31 - 1, 2**31 - 1, "too_many_pixels"),
        (8_000, 8_000, "too_many_pixels"),
        (20_000, 10, "too_long_side"),
        (0, 10, "broken_picture"),
    ],
)
def test_a_header_that_declares_too_much_is_refused_without_decoding(width, height, code):
    assert refusal(png_that_lies(width, height)) in (code, "not_a_picture")


def test_a_header_that_declares_more_than_there_is_is_refused():
    assert refusal(png_that_lies(3_000, 3_000)) == "broken_picture"


@given(st.binary(max_size=200), st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "AVIF"]), st.data())
@settings(max_examples=60)
def test_damaged_bytes_give_pixels_or_a_refusal_and_nothing_else(noise, form, data):
    file = io.BytesIO()
    Image.linear_gradient("L").resize((24, 24)).convert("RGB").save(file, form)
    intact = file.getvalue()
    place = data.draw(st.integers(0, len(intact)))
    try:
        decoded = decode(intact[:place] + noise + intact[place + len(noise) :])
    except PictureRefused:
        return
    assert decoded.pixels.mode in ("RGB", "RGBA")


def test_only_the_first_frame_of_an_animation_is_shown():
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    for form in ("GIF", "WEBP", "PNG", "AVIF"):
        file = io.BytesIO()
        frames[0].save(file, form, save_all=True, append_images=frames[1:], duration=100)
        image = shown(file.getvalue())
        assert getattr(image, "n_frames", 1) == 1
        red, green, blue = image.convert("RGB").getpixel((10, 10))
        assert red > 200 > 60 > max(green, blue), form


@pytest.mark.parametrize("number", range(1, 9))
def test_the_orientation_written_in_the_file_is_applied(number):
    """A red mark in the upper left corner of what is seen stays there."""
    upright = Image.new("RGB", (60, 40), "white")
    upright.paste("red", (0, 0, 20, 15))
    back = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[number]
    stored = upright if back is None else upright.transpose(back)
    exif = Image.Exif()
    exif[0x0112] = number
    file = io.BytesIO()
    stored.save(file, "JPEG", exif=exif, quality=95)
    decoded = decode(file.getvalue())
    assert (decoded.width, decoded.height) == (60, 40)
    red, green, _ = decoded.pixels.getpixel((5, 5))
    assert red > 200 > 80 > green
    assert min(decoded.pixels.getpixel((50, 30))) > 200


def test_broken_exif_says_nothing_about_the_orientation():
    file = io.BytesIO()
    broken = b"Exif\0\0II*\0\xff\xff\xff\xff" + bytes(40)
    Image.new("RGB", (30, 20)).save(file, "JPEG", exif=broken)
    assert decode(file.getvalue()).width == 30


def test_cmyk_becomes_the_colours_a_person_sees():
    file = io.BytesIO()
    Image.new("CMYK", (30, 20), (0, 255, 255, 0)).save(file, "JPEG", quality=95)
    red, green, blue = shown(file.getvalue()).convert("RGB").getpixel((15, 10))
    assert red > 200 > 80 > max(green, blue)


def test_sixteen_bits_of_grey_are_scaled_and_not_cut_off():
    file = io.BytesIO()
    Image.new("I;16", (30, 20), 0x8000).save(file, "PNG")
    grey = shown(file.getvalue()).convert("L").getpixel((15, 10))
    assert 124 <= grey <= 132


def test_a_palette_with_a_transparent_colour_keeps_its_transparency():
    image = Image.new("P", (30, 20), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (15, 0, 30, 20))
    for form in ("PNG", "GIF"):
        file = io.BytesIO()
        image.save(file, form, transparency=1)
        decoded = shown(file.getvalue())
        assert decoded.mode == "RGBA"
        assert decoded.getpixel((25, 10))[3] == 0
        assert decoded.getpixel((5, 10))[3] == 255


def test_an_alpha_channel_that_hides_nothing_is_left_out(picture):
    assert decode(picture(20, 20, "PNG", "RGBA")).pixels.mode == "RGB"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_a_png_is_shown(picture, mode):
    data = io.BytesIO()
    image = Image.open(io.BytesIO(picture(30, 20)))
    (image.convert("L").convert(mode) if mode == "I;16" else image.convert(mode)).save(data, "PNG")
    assert shown(data.getvalue()).size == (30, 20)


def test_a_colour_profile_is_applied(picture):
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = decode(picture(20, 20, "PNG")).pixels
    wrong = decode(picture(20, 20, "PNG", icc_profile=lab)).pixels
    broken = decode(picture(20, 20, "PNG", icc_profile=b"not a profile" * 20)).pixels
    assert plain.tobytes() == wrong.tobytes() == broken.tobytes()


def test_a_picture_is_made_smaller_and_never_larger(picture):
    assert shown(picture(3_000, 1_500, "JPEG"), "large").size == (1_024, 512)
    assert shown(picture(3_000, 1_500, "JPEG"), "small").size == (320, 160)
    assert shown(picture(3_001, 2, "PNG"), "small").size == (320, 1)
    assert shown(picture(100, 50), "large").size == (100, 50)


def test_nothing_of_the_metadata_comes_through(picture):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    options = {"exif": exif, "icc_profile": profile, "xmp": b"<x:xmpmeta>at home</x:xmpmeta>"}
    for form in ("JPEG", "WEBP", "AVIF"):
        written = encoded(decode(picture(50, 40, form, **options)), "large")
        kinds = set()
        place = 12
        while place < len(written):
            kind, length = (
                written[place : place + 4],
                struct.unpack("<I", written[place + 4 : place + 8])[0],
            )
            kinds.add(kind)
            place += 8 + length + length % 2
        assert kinds <= {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}, form
        assert b"home" not in written


def test_the_same_bytes_give_the_same_files(picture):
    data = picture(700, 500, "JPEG")
    assert encoded(decode(data), "small") == encoded(decode(data), "small")


def test_the_placeholder_is_the_mean_of_what_can_be_seen():
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((255, 128, 0, 255), (0, 0, 40, 10))
    file = io.BytesIO()
    image.save(file, "PNG")
    assert placeholder(decode(file.getvalue())) == "#ff8000"
    file = io.BytesIO()
    Image.new("RGBA", (9, 9), (1, 2, 3, 0)).save(file, "PNG")
    assert placeholder(decode(file.getvalue())) == "#ffffff"
    file = io.BytesIO()
    half = Image.new("RGB", (20, 20), "black")
    half.paste("white", (0, 0, 10, 20))
    half.save(file, "PNG")
    assert placeholder(decode(file.getvalue())) in ("#7f7f7f", "#808080")
