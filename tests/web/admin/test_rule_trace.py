"""The way of one image through every tree, drawn and in words."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.container import Container
from smashpass.core.imageset import Ordinal
from smashpass.rulefiles.load import load_texts
from tests.support.trees import tree


@pytest.fixture
def two_trees(parts):
    files = {"t.yaml": tree("t"), "u.yaml": tree("u", labels="[]", first="hair:blonde",
                                                  expected="three")}  # fmt: skip
    parts.publishing.publish(load_texts(files), by="ann", origin="test", reason="r")
    parts.rules.refresh()


def test_the_page_explains_as_the_api_does(signed_in, parts, two_trees):
    services = Container(parts)
    for ordinal in (Ordinal(2), Ordinal(12), Ordinal(15)):
        page = signed_in("analyst").get(f"/rules/trace?image={parts.image_ids.encode(ordinal)}")
        for name in ("t", "u"):
            decision = services.decisions.decide(ordinal, "", {}, tree=name, explain=True)
            spoken = f"<b>{decision.verdict.capitalize()}:</b> {decision.explanation}</p>"
            assert spoken in page.text


def test_an_image_is_traced_through_every_tree(signed_in, parts, two_trees):
    image = parts.image_ids.encode(Ordinal(15))  # blonde, with beard and glasses

    page = signed_in("analyst").get(f"/rules/trace?image={image}")

    assert page.status_code == 200
    assert page.text.count("<section") == 2
    for words in ("<b>top</b> beard:", "✓ yes", "✓ Smash 60", "A beard", "<code>beard</code>"):
        assert words in page.text
    assert "<b>Smash:</b> A picture with beard.</p>" in page.text
    assert ": Pass</b> <code>with" in page.text
    assert "Draw the whole tree" in page.text
    assert page.text.count('class="tree-picture"') == 2
    assert 'class="smash taken"' in page.text
    assert len(page.data) < 100_000


def test_tags_need_no_image(signed_in, two_trees):
    page = signed_in("analyst").get("/rules/trace?tags=glasses, unheard_of&tree=u")

    assert "The library has no tag unheard_of" in page.text
    assert "<b>two</b>: Smash 55, Glasses" in page.text
    assert "✕ no" in page.text


def test_values_that_are_read_are_shown(signed_in, parts):
    wide = tree("t", first="{attr: image.width, gte: 600}", expected="three")
    parts.publishing.publish(load_texts({"t.yaml": wide}), by="ann", origin="test", reason="r")
    parts.rules.refresh()

    page = signed_in("analyst").get("/rules/trace?tags=hat&attrs=image.width=512")

    assert "<b>top</b> image.width ≥ 600:" in page.text
    assert "<code>image.width = 512</code>" in page.text
    assert "<code>image.width is missing</code>" in signed_in("analyst").get(
        "/rules/trace?tags=hat"
    ).text  # fmt: skip


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("image=nothing", "here is no image"),
        ("tags=a&attrs=x", "is not an attribute"),
        ("tags=%2C", "o tag is given"),
        ("tags=<script>alert(1)</script>", "&lt;script&gt;"),
    ],
)
def test_what_cannot_be_traced_is_told_beside_the_form(signed_in, query, words):
    page = signed_in("analyst").get(f"/rules/trace?{query}")

    assert page.status_code == 400 or "&lt;" in words
    assert words in page.text
    assert "<script>" not in page.text


def test_the_empty_form_asks_for_an_image(signed_in):
    page = signed_in("analyst").get("/rules/trace")

    assert page.status_code == 200
    assert "<section" not in page.text
