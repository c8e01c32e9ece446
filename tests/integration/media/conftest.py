"""Pictures made on the spot."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from smashpass.media.folder import MediaFolder
from smashpass.media.pool import DecoderPool


@pytest.fixture
def picture() -> Callable[..., bytes]:
    """Makes the bytes of a picture with a colour that changes from corner to corner."""

    def make(width=64, height=48, form="PNG", mode="RGB", **options) -> bytes:
        gradient = Image.linear_gradient("L").resize((width, height))
        across = gradient.transpose(Image.Transpose.ROTATE_90).resize((width, height))
        image = Image.merge("RGB", (gradient, across, Image.new("L", (width, height), 90)))
        file = io.BytesIO()
        image.convert(mode).save(file, form, **options)
        return file.getvalue()

    return make


@pytest.fixture
def media(tmp_path) -> MediaFolder:
    return MediaFolder(tmp_path / "media")


@pytest.fixture
def pool(media) -> Iterator[DecoderPool]:
    with DecoderPool(media.root, workers=2) as pool:
        yield pool
