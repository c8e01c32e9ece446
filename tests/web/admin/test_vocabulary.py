"""The pages of the vocabulary: found quickly, looked at first, done once, taken back."""

from __future__ import annotations

import re

import pytest
from markupsafe import escape

from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.services.tagging.revert import revert
from smashpass.services.vocabulary.plans import plan_merge
from smashpass.services.vocabulary.preview import impact_of
from tests.support.admin import check_light

HOSTILE = "<script>alert(1)</script>"


def act(person, name, tag, reason="for the test", **wish):
    """Look at an act and do what the form then sends; returns both answers."""
    preview = person.get("/tags/-/preview", query_string={"act": name, "tag": tag, **wish})
    fingerprint = re.search(r'name="fingerprint" value="([0-9a-f]+)"', preview.text)
    if fingerprint is None:
        return preview, None
    form = {"act": name, "tag": tag, "fingerprint": fingerprint[1], "reason": reason, **wish}
    return preview, person.submit("/tags/-/act", **form)


def numbers(page):
    """The four numbers of an effect."""
    return [int(number.replace(",", "")) for number in re.findall(r"<b>([\d,]+)</b>", page.text)]


def test_tags_are_listed_by_their_number_of_images(signed_in):
    analyst = signed_in("analyst")
    text = analyst.get("/tags").text
    names = re.findall(r'<li><a href="/admin/tags/([^"]+)"', text)
    assert names[:4] == ["kind%3Aperson", "hair%3Ablack", "hair%3Ablonde", "beard"]
    assert names[-1] == "ghost"
    assert "<strong>8</strong> tags" in text
    assert ">import<" not in text  # that is for editors


def test_tags_are_found_by_the_beginning_of_a_name_or_alias(parts, signed_in):
    parts.catalogue.edit_vocabulary(
        VocabularyPlan(aliased=(("whiskers", "beard"),)), by="t", origin="t", reason="t"
    )
    parts.library.refresh()
    analyst = signed_in("analyst")
    text = analyst.get("/tags?prefix=Whis").text
    assert "<strong>1</strong> tag for" in text
    assert "by its alias whiskers" in text
    assert ">hair:blonde</a>" in analyst.get("/tags?prefix=hair%3Abl").text
    missed = analyst.get("/tags?prefix=baerd").text
    assert "Did you mean" in missed
    assert ">beard</a>" in missed


def test_a_category_is_chosen_from_those_there_are(parts, signed_in):
    for name in ("beard", "smile"):
        parts.catalogue.describe_tag(name, category="face & hair", by="t", origin="t")
    analyst = signed_in("analyst")
    text = analyst.get("/tags", query_string={"category": "face & hair"}).text
    assert "<strong>2</strong> tags" in text
    assert '<option value="face &amp; hair" selected>' in text
    assert "<strong>6</strong> tags" in analyst.get("/tags?category=").text


def test_each_category_has_a_colour_and_is_named_beside_it(parts, signed_in):
    for name, category in (("beard", "face"), ("smile", "mood")):
        parts.catalogue.describe_tag(name, category=category, by="t", origin="t")
    analyst = signed_in("analyst")
    text = analyst.get("/tags").text
    assert '<span class="quiet category c1">face</span>' in text
    assert '<span class="quiet category c2">mood</span>' in text
    assert '<span class="category c2">Category: mood</span>' in analyst.get("/tags/smile").text
    index = parts.library.index
    bearded = next(iter(index.having(index.vocabulary.find("beard"))))
    page = analyst.get(f"/images/{parts.image_ids.encode(bearded)}").text
    assert '<h3 class="category c1">face</h3>' in page
    assert "<h3>No category</h3>" in page


def test_a_hundred_tags_are_on_a_page(parts, signed_in):
    parts.catalogue.create_tags([f"many{number:03}" for number in range(250)], by="t", origin="t")
    parts.library.refresh()
    analyst = signed_in("analyst")
    pages = [analyst.get(f"/tags?prefix=many&page={number}").text for number in (1, 2, 3)]
    listed = [re.findall(r'/tags/(many\d+)"', page) for page in pages]
    assert [len(page) for page in listed] == [100, 100, 50]
    assert len({name for page in listed for name in page}) == 250
    assert "Page 2 of 3" in pages[1]
    assert 'rel="next"' not in pages[2]
    assert analyst.get("/tags?prefix=many&page=9").text == pages[2]
    check_light(analyst.get("/tags?prefix=many"))


def test_the_page_of_a_tag_tells_all_about_it(parts, signed_in):
    wish = VocabularyPlan(
        aliased=(("whiskers", "beard"),),
        implied=(("beard", "hair"), ("full_beard", "beard")),
        described=(("beard", ("face", "Beard", "Hair on the chin.")),),
        labelled=(("beard", "fr", "barbe"),),
    )
    parts.catalogue.edit_vocabulary(wish, by="ann", origin="t", reason="because")
    parts.library.refresh()
    text = signed_in("analyst").get("/tags/beard").text
    for phrase in ("Beard", "Category: face", "Hair on the chin.", "barbe", "whiskers", "because"):
        assert phrase in text, phrase
    assert re.search(r"<title>full_beard</title>.*<title>beard</title>.*<title>hair</title>", text,
                     re.DOTALL)  # fmt: skip
    assert text.count('class="edge"') == 2
    assert "100" in text  # every third of 300 images
    assert '>glasses</a></th><td class="number">20<' in text
    assert "full_beard implied beard" in text
    assert 'src="/media/' in text
    assert "<h2>Edit</h2>" not in text  # that is for editors


def test_the_page_of_a_tag_with_very_many_words_is_light(parts, signed_in):
    names = [f"word{number:04}" for number in range(600)]
    wish = VocabularyPlan(
        aliased=tuple((f"{name}x", "beard") for name in names),
        implied=(*((name, "beard") for name in names), *(("beard", f"{name}y") for name in names)),
    )
    parts.catalogue.edit_vocabulary(wish, by="t", origin="t", reason="t")
    parts.library.refresh()
    check_light(signed_in("editor").get("/tags/beard"))


def test_an_alias_leads_to_its_tag_and_a_slip_is_told(parts, signed_in):
    parts.catalogue.edit_vocabulary(
        VocabularyPlan(aliased=(("whiskers", "beard"),)), by="t", origin="t", reason="t"
    )
    parts.library.refresh()
    analyst = signed_in("analyst")
    answer = analyst.get("/tags/Whiskers")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/tags/beard")
    assert "whiskers is an alias of beard" in analyst.get("/tags/beard").text
    missing = analyst.get("/tags/baerd")
    assert missing.status_code == 404
    assert "beard" in missing.text


@pytest.mark.parametrize("name", ["a/b", "a//b", "..", "a?b=c&d#e", "%2f", "é~;'<>", "50%", "/"])
def test_every_name_has_an_address(parts, signed_in, name):
    parts.catalogue.create_tags([name], by="t", origin="t")
    parts.library.refresh()
    analyst = signed_in("analyst")
    listed = analyst.get("/tags", query_string={"prefix": name}).text
    address = re.search(r'<li><a href="/admin(/tags/[^"]+)"', listed)[1]
    page = analyst.get(address.replace("&amp;", "&"))
    assert page.status_code == 200
    assert "<h1>" + str(escape(name)) in page.text


def test_a_look_tells_the_exact_effect_and_changes_nothing(parts, signed_in):
    editor = signed_in("editor")
    version = parts.catalogue.library_version()
    preview = editor.get("/tags/-/preview?act=merge&tag=smile&other=beard")
    overlap = sum(not number % 21 for number in range(1, 301))
    smiling = sum(not number % 7 for number in range(1, 301))
    assert numbers(preview)[:3] == [smiling, smiling - overlap, smiling]
    assert "smile becomes an alias of beard" in preview.text
    assert parts.catalogue.library_version() == version


@pytest.mark.parametrize("other", ["hair:black", "glasses", "kind:person"])
def test_the_effect_is_that_of_the_whole_library_decided_twice(parts, signed_in, other):
    preview = signed_in("analyst").get(f"/tags/-/preview?act=merge&tag=hair:blonde&other={other}")
    index = parts.library.index
    edit = plan_merge(index.vocabulary, "hair:blonde", other)
    effect = impact_of(index, edit, parts.rules.trees)
    assert numbers(preview) == [*effect.as_json().values()]
    assert effect.images > 100


def test_what_was_looked_at_is_done_and_can_be_taken_back(parts, signed_in):
    editor = signed_in("editor")
    beard = parts.library.index.count(parts.library.index.vocabulary.resolve("beard"))
    _, answer = act(editor, "merge", "smile", other="beard")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/tags/beard")
    page = editor.get("/tags/beard").text
    index = parts.library.index
    words = index.vocabulary
    change = parts.changes.latest()
    assert f"Done: change {change}" in page
    assert f'href="/admin/changes/{change}"' in page
    undoing = editor.get(f"/changes/-/undo?change={change}")
    assert f'href="{undoing.request.path}?change={change}"' in page
    assert undoing.status_code == 200
    assert words.resolve("smile") == words.find("beard")
    assert index.count(words.resolve("beard")) > beard
    entry = parts.changes.get(change)
    assert (entry.by, entry.origin, entry.reason) == ("editor", "admin", "for the test")
    revert(parts.changes, parts.catalogue, change, by="editor", origin="test")
    parts.library.refresh()
    index = parts.library.index
    assert index.count(index.vocabulary.resolve("beard")) == beard


@pytest.mark.parametrize(
    ("name", "wish", "after"),
    [
        ("alias", {"other": "stubble"}, "beard"),
        ("imply", {"other": "hair"}, "beard"),
        ("rename", {"other": "Full Beard"}, "full_beard"),
        ("describe", {"category": "face", "label": "Beard", "description": ""}, "beard"),
        ("label", {"other": "fr", "label": "barbe"}, "beard"),
        ("deprecate", {}, "beard"),
    ],
)
def test_every_act_is_done_and_undone_by_its_form(signed_in, name, wish, after):
    editor = signed_in("editor")
    preview, answer = act(editor, name, "beard", **wish)
    assert answer.headers["Location"] == f"/admin/tags/{after}"
    turned = {
        "alias": ("unalias", "beard", {"other": "stubble"}),
        "imply": ("unimply", "beard", {"other": "hair"}),
        "rename": ("rename", "full_beard", {"other": "beard"}),
        "describe": ("describe", "beard", {"category": "", "label": "", "description": ""}),
        "label": ("label", "beard", {"other": "fr", "label": ""}),
        "deprecate": ("restore", "beard", {}),
    }[name]
    assert act(editor, turned[0], turned[1], **turned[2])[1].status_code == 303
    assert preview.status_code == 200


@pytest.mark.parametrize(
    ("name", "wish", "status", "says"),
    [
        ("imply", {"tag": "hair", "other": "full"}, 409, "circle"),
        ("imply", {"tag": "full", "other": "hair"}, 409, "already"),
        ("alias", {"tag": "hair", "other": "beard"}, 409, "has implications"),
        ("merge", {"tag": "hair", "other": "baerd"}, 404, "did you mean"),
        ("alias", {"tag": "hair", "other": "a,b"}, 400, "forbidden|holds the character"),
        ("describe", {"tag": "hair", "label": "\x00"}, 400, "printable"),
        ("burn", {"tag": "hair"}, 400, "there is no act"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_was_typed(
    parts, signed_in, name, wish, status, says
):
    wished = VocabularyPlan(implied=(("full", "beard"), ("beard", "hair")))
    parts.catalogue.edit_vocabulary(wished, by="t", origin="t", reason="t")
    editor = signed_in("editor")
    version = parts.catalogue.library_version()
    preview, answer = act(editor, name, **wish)
    assert preview.status_code == status
    assert answer is None
    assert re.search(says, preview.text, re.IGNORECASE)
    if "other" in wish:
        assert f'value="{wish["other"]}"' in preview.text
    forced = editor.submit("/tags/-/act", act=name, fingerprint="0" * 32, reason="r", **wish)
    assert forced.status_code == status
    assert parts.catalogue.library_version() == version


def test_nothing_else_is_done_than_what_was_shown(parts, signed_in):
    editor = signed_in("editor")
    preview = editor.get("/tags/-/preview?act=merge&tag=smile&other=beard")
    fingerprint = re.search(r'name="fingerprint" value="([0-9a-f]+)"', preview.text)[1]
    beard = parts.library.index.vocabulary.resolve("beard")
    parts.catalogue.apply_tag_edit(
        parts.library.index.live, add=[beard], by="t", origin="t", reason="t"
    )
    wish = {
        "act": "merge",
        "tag": "smile",
        "other": "beard",
        "fingerprint": fingerprint,
        "reason": "r",
    }
    answer = editor.submit("/tags/-/act", **wish)
    assert answer.status_code == 409
    assert "edited since this preview" in answer.text
    second_mark = re.search(r'name="fingerprint" value="([0-9a-f]+)"', answer.text)[1]
    assert editor.submit("/tags/-/act", **(wish | {"fingerprint": second_mark})).status_code == 303


def test_a_name_that_looks_like_another_is_told_before_it_is_made(signed_in):
    wish = {"act": "alias", "tag": "beard", "other": "be\u0430rd"}
    text = signed_in("editor").get("/tags/-/preview", query_string=wish).text
    assert "looks like &#39;beard&#39;" in text


def test_a_reason_is_asked_for(parts, signed_in):
    editor = signed_in("editor")
    version = parts.catalogue.library_version()
    _, answer = act(editor, "deprecate", "beard", reason="  ")
    assert answer.status_code == 400
    assert "The reason is empty" in answer.text
    assert parts.catalogue.library_version() == version


def test_hostile_texts_are_only_text(parts, signed_in):
    name = "<img/src=x/onerror=alert(1)>"
    parts.catalogue.edit_vocabulary(
        VocabularyPlan(
            aliased=((f"{name}2", name),),
            implied=((name, f"{name}3"),),
            described=((name, (HOSTILE, HOSTILE, HOSTILE)),),
            labelled=((name, "fr", HOSTILE),),
        ),
        by=HOSTILE, origin="t", reason=HOSTILE,
    )  # fmt: skip
    parts.library.refresh()
    editor = signed_in("editor")
    texts = [
        editor.get("/tags?prefix=%3C").text,
        editor.get("/tags", query_string={"prefix": HOSTILE}).text,
        editor.get(f"/tags/{name.replace('/', '%2F')}").text,
        editor.get(
            "/tags/-/preview", query_string={"act": "alias", "tag": name, "other": HOSTILE}
        ).text,
        editor.get("/tags/-/preview", query_string={"act": HOSTILE, "tag": name}).text,
    ]
    for text in texts:
        assert "<script>alert" not in text
        assert "<img/src" not in text
    assert "&lt;img/src=x" in texts[2]


def test_tags_are_grouped_by_namespace_and_chosen_by_it(signed_in):
    analyst = signed_in("analyst")
    text = analyst.get("/tags").text
    assert re.findall(r'<h2 class="space">(\w+)</h2>', text)[:2] == ["kind", "hair"]
    assert '<rect width="100.0%"' in text
    hair = analyst.get("/tags?namespace=hair").text
    names = re.findall(r'<li><a href="/admin/tags/([^"]+)"', hair)
    assert names == ["hair%3Ablack", "hair%3Ablonde"]
    assert "in this category and namespace" in analyst.get("/tags?namespace=zzz").text


def test_names_of_tags_are_not_capitalised_at_the_start_of_a_message(signed_in):
    preview, _ = act(signed_in("editor"), "imply", "beard", other="beard")
    said = re.search(r'role="alert">([^<]+)<', preview.text)[1]
    assert not said.startswith("Beard")
