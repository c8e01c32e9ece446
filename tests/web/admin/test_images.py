"""Images for those who look after them: found, paged, hidden ones too; one with all about it."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from smashpass.core.imageset import ImageSet
from smashpass.core.operations.changelog import VocabularyPlan
from tests.support.admin import check_light
from tests.support.api import HIDDEN, LIVE, TAKEN_DOWN
from tests.support.deciding import decide_image

ITEM = re.compile(r'href="/admin/images/([0-9a-z]{13})"( data-item)?')


def items(page):
    """The images of a page, in their order."""
    return [image for image, listed in ITEM.findall(page.text) if listed]


def encode(parts, *ordinals):
    return [parts.image_ids.encode(ordinal) for ordinal in ordinals]


def test_all_images_are_leafed_through_once_in_every_order(parts, signed_in):
    analyst = signed_in("analyst")
    for order in ("new", "-new", "popular", "tagcount", "-tagcount", "random", "attr:score"):
        address, listed = f"/images?order={order}", []
        while address:
            page = analyst.get(address)
            listed += items(page)
            link = re.search(r'rel="next" href="/admin([^"]+)"', page.text)
            address = link and link[1].replace("&amp;", "&")
        assert sorted(listed) == sorted(encode(parts, *range(1, LIVE + 1))), order


def test_a_page_stays_as_it_is_while_others_edit(parts, signed_in):
    analyst = signed_in("analyst")
    first = analyst.get("/images?q=beard")
    address = re.search(r'rel="next" href="/admin([^"]+)"', analyst.get("/images").text)[1]
    address = address.replace("&amp;", "&")
    before = items(analyst.get(address))
    parts.catalogue.set_state([300, 299], "hidden", by="t", origin="t", reason="t")
    after = items(analyst.get(address))
    assert after == before
    assert "<strong>100</strong> images" in first.text


def test_an_empty_result_says_why_with_links_that_remove_a_term(signed_in):
    analyst = signed_in("analyst")
    page = analyst.get("/images?q=beard -kind:person&order=-new")
    assert "<strong>0</strong> images" in page.text
    beards = LIVE // 3
    assert f"-kind:person excludes every image; without -kind:person: {beards}." in page.text
    link = re.search(r'<a href="([^"]+)">Without <q>-kind:person</q></a>: (\d+)', page.text)
    assert int(link[2]) == beards
    assert link[1].replace("&amp;", "&") == "/admin/images?q=beard&order=-new&view=grid"
    assert "Without <q>beard</q>: 0" in page.text
    assert "Why nothing matches" not in analyst.get("/images?q=beard").text
    hidden = analyst.get("/images?q=-tagcount:>=0&hidden=1").text
    assert "-tagcount:&gt;=0 excludes every image." in hidden


def test_a_licence_that_no_image_has_is_proposed_as_it_is_written(signed_in):
    page = signed_in("analyst").get("/images?q=beard -licence:CC0")
    assert page.status_code == 400
    assert '<a href="/admin/images?q=beard+-licence%3Acc0-1.0&amp;' in page.text


def test_the_count_is_exact_and_pages_are_light(signed_in):
    analyst = signed_in("analyst")
    page = analyst.get("/images?q=beard -glasses")
    beards = sum(not number % 3 and bool(number % 5) for number in range(1, LIVE + 1))
    assert f"<strong>{beards}</strong> images" in page.text
    assert len(items(page)) == beards
    for view in ("grid", "list"):
        page = analyst.get(f"/images?view={view}")
        assert len(items(page)) == 100
        assert len(page.data) < 100_000
        assert page.text.count("<") // 2 < 1_500


def test_tags_of_the_matching_images_narrow_and_exclude(parts, signed_in):
    analyst = signed_in("analyst")
    text = analyst.get("/images?q=beard").text
    index = parts.library.index
    beards = index.having(index.vocabulary.find("beard"))
    rows = re.findall(
        r'<li><a href="([^"]+)"[^>]*>\+</a><a href="([^"]+)"[^>]*>−</a>'
        r'<a class="name"[^>]*>([^<]+)</a><span[^>]*>([\d,]+)',
        text,
    )
    assert rows
    for narrowed, excluded, tag, count in rows:
        both = len(beards & index.having(index.vocabulary.find(tag)))
        assert int(count) == both < len(beards)
        for address, matched in ((narrowed, both), (excluded, len(beards) - both)):
            page = analyst.get(address.replace("&amp;", "&").removeprefix("/admin"))
            assert f"<strong>{matched}</strong> image" in page.text
    assert "Tags of these images" not in analyst.get("/images?hidden=1").text


def test_only_editors_select_and_only_shown_images(signed_in):
    assert 'class="pick"' not in signed_in("analyst").get("/images").text
    editor = signed_in("editor")
    page = editor.get("/images?view=compact")
    check_light(page)
    assert page.text.count('class="pick"') == len(items(page)) == 100
    assert 'class="pick"' not in editor.get("/images?hidden=1").text


def test_the_card_beside_the_pointer_has_tags_decisions_and_size(parts, signed_in):
    (image,) = encode(parts, 12)
    analyst = signed_in("analyst")
    card = analyst.get(f"/images/{image}", headers={"Accept": "application/json"}).json
    tags = card["tags"].split(", ")
    assert "beard" in tags
    values = parts.library.index.numbers(12)
    assert card["size"] == f"{values['image.width']:.0f} × {values['image.height']:.0f}"
    decided = {row["tree"]: row["verdict"] for row in card["decisions"]}
    book, index = parts.rules.book, parts.library.index
    assert decided == {
        tree.title or tree.id: decide_image(book, index, 12, image, tree=tree.id).verdict
        for tree in book.trees.values()
    }


def test_a_slip_is_told_in_place_and_mended_with_one_click(signed_in):
    analyst = signed_in("analyst")
    page = analyst.get("/images?q=-beerd glasses")
    assert page.status_code == 400
    assert 'value="-beerd glasses"' in page.text
    mended = re.search(r'<a href="/admin(/images[^"]+)">beard</a>', page.text)[1]
    mended_page = analyst.get(mended.replace("&amp;", "&"))
    assert mended_page.status_code == 200
    assert 'value="-&#34;beard&#34; glasses"' in mended_page.text
    for query in ("(beard", "my:smashed", "x" * 2_100, "order=nothing"):
        page = analyst.get("/images", query_string={"q": query})
        assert page.status_code == 400
        assert 'role="alert"' in page.text
    assert analyst.get("/images?order=nothing").status_code == 400
    assert analyst.get("/images?after=nothing").status_code == 400


def test_hidden_images_are_found_by_a_switch_only(parts, signed_in):
    analyst = signed_in("analyst")
    hidden = encode(parts, HIDDEN, TAKEN_DOWN)
    page = analyst.get("/images?hidden=1")
    assert sorted(items(page)) == sorted(hidden)
    assert items(analyst.get("/images?hidden=1&q=-kind:person")) == []
    assert not {*hidden} & {*items(analyst.get("/images?order=new"))}
    hidden_page = analyst.get(f"/images/{hidden[0]}")
    assert "This image is hidden" in hidden_page.text
    assert "This image is taken down" in analyst.get(f"/images/{hidden[1]}").text


def test_an_image_tells_who_gave_each_tag(parts, signed_in):
    wish = VocabularyPlan(
        aliased=(("whiskers", "beard"),),
        implied=(("crown", "headwear"),),
        described=(("crown", ("things", "Crown", "")),),
    )
    parts.catalogue.edit_vocabulary(wish, by="t", origin="t", reason="t")
    (gold,) = parts.catalogue.create_tags(["gold"], by="ann", origin="t")
    parts.catalogue.apply_tag_edit(
        ImageSet([10, 11]), add=[gold], by="ann", origin="t", reason="it shines"
    )
    (image,) = encode(parts, 10)
    text = signed_in("analyst").get(f"/images/{image}").text
    assert re.search(
        r"<h3 class=\"category c1\">things</h3>\s*<ul[^>]*><li><a[^>]*>crown</a>", text
    )
    assert re.search(r">headwear</a> <span class=\"label\">implied</span>.*implied by crown", text)
    assert re.search(r'>gold</a> <span[^>]*><a href="/admin/changes/\d+">by ann</a>', text)
    assert "import 1, line 10" in text
    assert "it shines" in text
    assert "+ gold" in text
    assert "added by import 1" in text
    assert "CC0-1.0" in text
    assert "data-tag-editor" not in text  # an analyst only looks


def test_an_image_lists_the_decision_of_every_tree_with_a_link_to_its_trace(parts, signed_in):
    (image,) = encode(parts, 12)
    analyst = signed_in("analyst")
    text = analyst.get(f"/images/{image}").text
    rows = re.search(r'<ul class="decisions">(.*?)</ul>', text, re.DOTALL)[1].split("<li>")[1:]
    trees = parts.rules.book.trees
    assert len(rows) == len(trees)
    for row in rows:
        link = unescape(re.search(r'href="/admin(/rules/trace[^"]+)"', row)[1])
        tree = trees[parse_qs(urlsplit(link).query)["tree"][0]]
        decision = decide_image(
            parts.rules.book, parts.library.index, 12, image, tree=tree.id, explain=True
        )
        assert f"<h3>{tree.title or tree.id}</h3>" in row
        assert f'<span class="says-so {decision.verdict}">' in row
        assert decision.explanation in unescape(row)
        assert analyst.get(link).status_code == 200
    assert len(text.encode()) < 100_000


def test_few_swipes_are_told_as_few(parts, signed_in, monkeypatch):
    (image,) = encode(parts, 12)
    analyst = signed_in("analyst")
    assert "<dt>Swipes</dt><dd>none yet</dd>" in analyst.get(f"/images/{image}").text
    for swipes, told in ((29, True), (30, False)):
        for name, value in (("swipes", float(swipes)), ("smash_rate", 0.5)):
            parts.catalogue.set_attribute(name, {12: value}, by="t", origin="t", reason="t")
        text = analyst.get(f"/images/{image}").text
        assert f"<dt>Swipes</dt><dd>{swipes}</dd>" in text
        assert ("fewer than 30 swipes so far" in text) is told


@pytest.mark.parametrize("name", ["nothing", "0" * 13, "%00", "..%2f"])
def test_what_is_no_image_is_told(signed_in, name):
    assert signed_in("analyst").get(f"/images/{name}").status_code == 404


def test_a_hidden_image_is_as_old_as_others(parts, signed_in):
    addresses = encode(parts, HIDDEN, 1)
    analyst = signed_in("analyst")
    ages = [
        re.search(r"<dt>image.age_days</dt><dd>(.*?)</dd>", analyst.get(f"/images/{address}").text)
        for address in addresses
    ]
    assert None not in ages
    assert ages[0][1] == ages[1][1]
