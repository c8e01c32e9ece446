"""Pictures as the squares that models look at."""

import io

import pytest
from PIL import Image

from smashpass.scoring.pixels import UnreadablePicture, rgb_pixels


def file_of(picture: Image.Image, form: str = "WEBP") -> bytes:
    file = io.BytesIO()
    picture.save(file, form, lossless=True) if form == "WEBP" else picture.save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["WEBP", "PNG"])
def test_each_pixel_is_the_mean_of_what_it_covers(form: str) -> None:
    picture = Image.new("RGB", (4, 4), (200, 0, 0))
    picture.paste((0, 100, 0), (2, 0, 4, 4))
    picture.paste((0, 0, 40), (0, 2, 1, 4))
    assert list(rgb_pixels(file_of(picture, form), 2)) == [200, 0, 0, 0, 100, 0, *(
        100, 0, 20), 0, 100, 0]  # fmt: skip


def test_the_whole_picture_is_scaled_to_a_square_and_what_is_transparent_is_white() -> None:
    picture = Image.new("RGBA", (40, 10), (0, 0, 0, 0))
    picture.paste((10, 20, 30, 255), (0, 0, 20, 10))
    assert list(rgb_pixels(file_of(picture, "PNG"), 2)) == [10, 20, 30, 255, 255, 255] * 2


def test_what_cannot_be_read_is_refused() -> None:
    whole = file_of(Image.new("RGB", (64, 64), "red"), "PNG")
    for data in (b"", b"GIF89a", whole[: len(whole) // 2]):
        with pytest.raises(UnreadablePicture):
            rgb_pixels(data, 8)
    large = file_of(Image.new("1", (2_001, 2_000)), "PNG")
    with pytest.raises(UnreadablePicture, match="2001 x 2000 pixels"):
        rgb_pixels(large, 8)
