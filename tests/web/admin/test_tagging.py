"""Tags of one image by hand: both of two editors keep their edits; queues lose nothing."""

from __future__ import annotations

import re
from html import unescape

from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.services.search.search import tag_names

HOSTILE = "<script>alert(1)</script>"


def encode(parts, ordinal):
    return parts.image_ids.encode(ordinal)


def own(parts, ordinal):
    parts.library.refresh()
    index = parts.library.index
    return set(tag_names(index, index.own_tags(ordinal)))


def fields(text):
    """The hidden fields of the form that a page has for tags, and what stands in its field."""
    form = re.search(r"<form[^>]* data-tags-form>.*?</form>", text, re.DOTALL)[0]
    inputs = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    inputs.pop("act", None)
    inputs.pop("csrf")
    area = re.search(r"<textarea[^>]*>(.*?)</textarea>", form, re.DOTALL)[1]
    return {name: unescape(value) for name, value in {**inputs, "tags": area}.items()}


def test_tags_are_saved_as_the_difference_to_what_was_shown(parts, signed_in):
    editor = signed_in("editor")
    address = f"/images/{encode(parts, 1)}"
    form = fields(editor.get(address).text)
    assert form["seen"] == form["tags"] == "hair:blonde kind:person"
    form["tags"] = "kind:person, Beard smile"
    page = editor.follow(f"{address}/tags", **form)
    assert "Saved: + beard, + smile, − hair:blonde." in page.text
    assert own(parts, 1) == {"kind:person", "beard", "smile"}
    change = parts.changes.history(limit=1)[0]
    assert (change.by, change.kind, change.origin) == ("editor", "tags", "admin")
    assert "Nothing to save" in editor.follow(f"{address}/tags", **fields(page.text)).text


def test_a_new_tag_that_looks_like_another_is_warned_of(parts, signed_in):
    editor = signed_in("editor")
    warning = (
        "Warning: the tag &#39;be\u0430rd&#39; looks like &#39;beard&#39; but is a different tag"
    )
    address = f"/images/{encode(parts, 1)}"
    form = fields(editor.get(address).text)
    page = editor.follow(f"{address}/tags", **form | {"tags": f"{form['tags']} be\u0430rd"})
    assert warning in page.text
    assert "be\u0430rd" in own(parts, 1)
    refilled = fields(page.text)
    assert (
        "looks like"
        not in editor.follow(
            f"{address}/tags", **refilled | {"tags": f"{refilled['tags']} crown"}
        ).text
    )
    bulk = editor.get("/bulk", query_string={"q": "beard", "add": "gl\u0430sses"}).text
    assert "Warning: the tag &#39;gl\u0430sses&#39; looks like &#39;glasses&#39;" in bulk


def test_two_editors_of_one_image_both_keep_their_edits(parts, signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    address = f"/images/{encode(parts, 1)}"
    ann_form, bo_form = fields(ann.get(address).text), fields(bo.get(address).text)
    bo.follow(f"{address}/tags", **bo_form | {"tags": "kind:person glasses"})
    page = ann.follow(f"{address}/tags", **ann_form | {"tags": "hair:blonde kind:person beard"})
    assert own(parts, 1) == {"kind:person", "glasses", "beard"}
    assert "Others&#39; edits in the meantime were kept: + glasses, − hair:blonde." in page.text


def test_both_may_do_the_same(parts, signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    address = f"/images/{encode(parts, 1)}"
    form = fields(ann.get(address).text) | {"tags": "kind:person beard"}
    for person in (bo, ann):
        assert person.submit(f"{address}/tags", **form).status_code == 303
    assert own(parts, 1) == {"kind:person", "beard"}


def test_what_cannot_be_a_tag_is_told_and_nothing_typed_is_lost(parts, signed_in):
    editor = signed_in("editor")
    address = f"/images/{encode(parts, 1)}"
    form = fields(editor.get(address).text)
    for bad in ("-beard", 'be"ard', "be*rd", "x" * 171):
        page = editor.submit(
            f"{address}/tags", **form | {"tags": f"crown {bad}", "reason": "a second look"}
        )
        assert page.status_code == 400, bad
        assert fields(page.text)["tags"] == f"crown {bad}"
        assert 'value="a second look"' in page.text
        assert fields(page.text)["seen"] == form["seen"]
    assert own(parts, 1) == {"hair:blonde", "kind:person"}


def test_an_alias_is_the_tag_it_stands_for(parts, signed_in):
    parts.catalogue.edit_vocabulary(
        VocabularyPlan(aliased=(("specs", "glasses"),)), by="t", origin="t", reason="t"
    )
    editor = signed_in("editor")
    address = f"/images/{encode(parts, 5)}"
    form = fields(editor.get(address).text)
    assert "glasses" in form["tags"]
    page = editor.follow(f"{address}/tags", **form | {"tags": form["tags"] + " specs"})
    assert "Nothing to save" in page.text


def test_only_editors_edit(parts, signed_in):
    for role in ("analyst", "moderator"):
        person = signed_in(role)
        answer = person.submit(f"/images/{encode(parts, 1)}/tags", seen="", tags="crown")
        assert answer.status_code == 403
    assert "crown" not in own(parts, 1)


def test_hostile_names_are_shown_as_text(parts, signed_in):
    editor = signed_in("editor")
    address = f"/images/{encode(parts, 1)}"
    form = fields(editor.get(address).text) | {"tags": HOSTILE, "reason": HOSTILE}
    page = editor.follow(f"{address}/tags", **form)
    assert HOSTILE not in page.text
    assert "&lt;script&gt;" in page.text
    assert own(parts, 1) == {HOSTILE}


def test_tags_are_proposed_that_the_image_has_not(parts, signed_in):
    editor = signed_in("editor")
    first = editor.get(f"/images/{encode(parts, 3)}").text
    titles = re.findall(r'data-slot="suggested" hidden><h3>([^<]+)', first)
    assert titles[0] == "Often together with these"
    proposed = re.findall(r'data-add="([^"]+)" data-key="(\d)"', first)
    assert [key for _, key in proposed] == [str(n + 1) for n in range(len(proposed))]
    assert not {name for name, _ in proposed} & own(parts, 3)
    form = fields(first)
    editor.follow(f"/images/{encode(parts, 3)}/tags", **form | {"tags": form["tags"] + " crown"})
    second = editor.get(f"/images/{encode(parts, 6)}").text
    lately = re.search(r"<h3>Recently used</h3>.*?</ul>", second, re.DOTALL)[0]
    assert re.findall(r'data-add="([^"]+)"', lately) == ["crown"]


def test_a_queue_leads_from_image_to_image_and_back(parts, signed_in):
    editor = signed_in("editor")
    page = editor.get("/queue/untagged")
    total = sum(number % 3 > 0 and number % 5 > 0 and number % 7 > 0 for number in range(1, 301))
    assert f"1 of {total}" in page.text
    form = fields(page.text)
    first = form["image"]
    page = editor.follow("/queue/-/next", **form | {"tags": form["tags"] + " crown"})
    assert "Saved: + crown." in page.text
    assert f"2 of {total}" in page.text
    second = fields(page.text)["image"]
    page = editor.follow("/queue/-/next", **fields(page.text), act="skip")
    assert f"3 of {total}" in page.text
    third = fields(page.text)["image"]
    assert len({first, second, third}) == 3
    page = editor.follow("/queue/-/back", **fields(page.text))
    assert fields(page.text)["image"] == second
    assert f"2 of {total}" in page.text
    page = editor.follow("/queue/-/back", **fields(page.text))
    assert fields(page.text)["image"] == first
    assert f"1 of {total}" in page.text
    assert "crown" not in own(parts, parts.image_ids.decode(first))
    assert fields(page.text)["tags"] == form["tags"]


def test_a_queue_goes_through_every_image_once(parts, signed_in):
    editor = signed_in("editor")
    page, visited = editor.get("/queue?q=glasses beard"), []
    while "data-tags-form" in page.text:
        form = fields(page.text)
        visited.append(form["image"])
        form["tags"] += "" if len(visited) % 2 else " crown"
        page = editor.follow("/queue/-/next", **form)
    assert sorted(visited) == sorted(encode(parts, number) for number in range(15, 301, 15))
    assert "You have gone through 20 images." in page.text


def test_an_error_in_a_queue_keeps_image_place_and_text(parts, signed_in):
    editor = signed_in("editor")
    form = fields(editor.get("/queue/untagged").text) | {"tags": "good -bad"}
    page = editor.submit("/queue/-/next", **form)
    assert page.status_code == 400
    refilled = fields(page.text)
    assert (refilled["tags"], refilled["image"]) == ("good -bad", form["image"])


def test_nobody_undoes_the_edits_of_others_through_a_queue(parts, signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    form = fields(bo.get("/queue/untagged").text)
    bo.follow("/queue/-/next", **form | {"tags": form["tags"] + " crown"})
    change = parts.changes.history(limit=1)[0].seq
    back = f"{form['image']}.{change}"
    answer = ann.submit("/queue/-/back", queue="untagged", done="1", of="9", back=back)
    assert answer.status_code == 409
    assert "crown" in own(parts, parts.image_ids.decode(form["image"]))


def test_a_queue_of_a_query_tells_slips(signed_in):
    editor = signed_in("editor")
    page = editor.get("/queue?q=beerd")
    assert page.status_code == 400
    assert ">beard</a>" in page.text
    assert editor.get("/queue/nothing").status_code == 404
