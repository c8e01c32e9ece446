"""The row of similar images on the page of an image, and all images in that order."""

from __future__ import annotations

import re

from smashpass.core.library.embedding import packed_embedding
from smashpass.core.library.model_version import ModelVersion
from tests.support.api import HIDDEN


def alike(text: str) -> str:
    """The part of the page between its heading and the next one."""
    return text.split("<h2>More like this</h2>")[1].split("<h2>")[0]


def test_similar_images_are_shown_with_what_is_compared(parts, signed_in):
    analyst = signed_in("analyst")
    image = parts.image_ids.encode(42)
    row = alike(analyst.get(f"/images/{image}").text)
    assert "Compared by tags" in row
    shown = [parts.image_ids.decode(name) for name in re.findall(r'/admin/images/(\w{13})"', row)]
    assert len(shown) == 8
    assert shown[:6] == [294, 252, 168, 126, 84, 210]

    vectors = {f"{number:064x}": packed_embedding([1, number / 100]) for number in range(1, 100)}
    source = ModelVersion("onnx", "taste", "abc123", "webp")
    parts.scores.put(source, {sha256: {} for sha256 in vectors}, vectors)
    parts.column_file.save()
    row = alike(analyst.get(f"/images/{image}").text)
    assert "Compared by the model onnx taste abc123." in row
    listed = analyst.get(f"/images?order=like:{image}").text
    assert ">Most like one image</option>" in listed
    assert re.search(r'href="/admin/images/(\w{13})" data-item', listed)[1] == image


def test_an_image_that_is_hidden_has_no_such_row(parts, signed_in):
    page = signed_in("analyst").get(f"/images/{parts.image_ids.encode(HIDDEN)}")
    assert "More like this" not in page.text
