"""Pictures made on the spot, with texts in them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, PngImagePlugin


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Makes the bytes of a small picture."""

    def make(form="PNG", colour="#336699", **options) -> bytes:
        file = io.BytesIO()
        Image.new("RGB", (8, 6), colour).save(file, form, **options)
        return file.getvalue()

    return make


@pytest.fixture
def png_text(picture) -> Callable[[dict[str, str]], bytes]:
    """Makes a PNG with texts in it."""

    def make(texts: dict[str, str]) -> bytes:
        info = PngImagePlugin.PngInfo()
        for name, text in texts.items():
            info.add_itxt(name, text)
        return picture(pnginfo=info)

    return make
