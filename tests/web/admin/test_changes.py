"""The change log: found by who, what and when; undone without losing what came after."""

from __future__ import annotations

import re
from html import unescape

from sqlalchemy import update

from smashpass.core.imageset import ImageSet
from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.store.engine.tables import change as log

DAY_US = 24 * 3_600 * 1_000_000
HOSTILE = "<script>alert(1)</script>"


def give(parts, by, name, images, *, reason="a reason"):
    """Give a tag; return the number of the change."""
    (tag,) = parts.catalogue.create_tags([name], by=by, origin="t")
    change = parts.catalogue.apply_tag_edit(
        ImageSet(images), add=[tag], by=by, origin="t", reason=reason
    )
    return change.seq


def have(parts, name):
    """The images with a tag, as the database has them."""
    tag = parts.catalogue.vocabulary().find(name)
    return {
        int(image.ordinal) for image in parts.catalogue.images(range(1, 303)) if tag in image.tags
    }


def rows(text):
    return [int(number) for number in re.findall(r'href="/admin/changes/(\d+)" data-item', text)]


def undo(person, address, reason="undone"):
    """Look at an undoing and do it; returns both pages."""
    preview = person.get(f"/changes/-/undo?{address}")
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', preview.text)
    form: dict[str, list[str]] = {}
    for name, value in fields:
        if name != "csrf":
            form.setdefault(name, []).append(unescape(value))
    return preview, person.submit("/changes/-/undo", **form, reason=reason)


def test_the_log_is_filtered_by_who_what_and_when(parts, signed_in):
    mine = [give(parts, "ann", name, {1, 2}) for name in ("one", "two")]
    other = give(parts, "bo", "three", {3})
    analyst = signed_in("analyst")
    assert {*mine, other} <= {*rows(analyst.get("/changes").text)}
    assert rows(analyst.get("/changes?by=ann&kind=tags").text) == mine[::-1]
    assert rows(analyst.get("/changes?by=run 1").text) == [1]
    assert {*rows(analyst.get("/changes?since=1").text)} >= {*mine, other}
    assert "No matching changes" in analyst.get("/changes?by=nobody").text
    assert "Undo" not in analyst.get("/changes?by=ann").text  # that is for editors


def test_the_log_is_paged_by_a_hundred(parts, signed_in):
    for number in range(120):
        give(parts, "ann", "odd", {number + 1})
    analyst = signed_in("analyst")
    address, listed, pages = "/changes?by=ann&kind=tags", [], 0
    while address:
        page = analyst.get(address)
        assert len(page.data) < 100_000
        assert page.text.count("<") // 2 < 1_500
        listed += rows(page.text)
        pages += 1
        link = re.search(r'rel="next" href="/admin([^"]+)"', page.text)
        address = link and unescape(link[1])
    assert pages == 2
    assert len(listed) == len({*listed}) == 120
    assert listed == sorted(listed, reverse=True)


def test_one_change_tells_what_it_did(parts, signed_in):
    number = give(parts, "ann", "crown", {1, 2, 10}, reason="they rule")
    text = signed_in("analyst").get(f"/changes/{number}").text
    assert "they rule" in text
    assert re.search(r'\+ <a href="/admin/tags/crown">crown</a>', text)
    assert "2 images" in text  # the third had it already
    assert text.count('<li><a href="/admin/images/') == 2
    words = parts.catalogue.edit_vocabulary(
        VocabularyPlan(implied=(("crown", "headwear"),)), by="t", origin="t", reason="t"
    )
    assert "crown implied headwear" in signed_in("analyst").get(f"/changes/{words.seq}").text
    for kind in parts.changes.history(limit=100):
        assert signed_in("analyst").get(f"/changes/{kind.seq}").status_code == 200


def test_undoing_one_keeps_what_others_did_since_and_says_so(parts, signed_in):
    editor = signed_in("editor")
    number = give(parts, "ann", "gold", {1, 2, 3})
    tag = parts.catalogue.vocabulary().find("gold")
    parts.catalogue.apply_tag_edit(ImageSet([2]), remove=[tag], by="bo", origin="t", reason="no")
    give(parts, "bo", "silver", {1})
    preview, answer = undo(editor, f"change={number}")
    assert "2 tags of images; 1 stay because they have been edited since" in preview.text
    assert answer.status_code == 303
    assert have(parts, "gold") == set()
    assert have(parts, "silver") == {1}
    second, _ = undo(editor, f"change={number}")
    assert "stays: everything has been edited since, or is already undone" in second.text
    newest = parts.changes.history(limit=1)[0]
    assert (newest.by, newest.reason) == ("editor", "undone")


def test_a_selection_is_undone_and_the_rest_stays(parts, signed_in):
    numbers = [give(parts, "ann", name, {1, 2}) for name in ("one", "two", "three")]
    preview, _ = undo(signed_in("editor"), f"change={numbers[0]}&change={numbers[2]}")
    assert "Undo 2 changes" in preview.text
    assert [have(parts, name) for name in ("one", "two", "three")] == [set(), {1, 2}, set()]


def test_all_of_a_person_is_undone_but_nothing_that_came_after_the_look(parts, signed_in):
    editor = signed_in("editor")
    for name in ("one", "two"):
        give(parts, "ann", name, {1, 2})
    give(parts, "bo", "three", {1})
    preview = editor.get("/changes/-/undo?by=ann")
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', preview.text)
    give(parts, "ann", "late", {5})
    form = {name: value for name, value in fields if name != "csrf"}
    assert editor.submit("/changes/-/undo", **form, reason="r").status_code == 303
    assert [have(parts, name) for name in ("one", "two", "three", "late")] == [
        set(), set(), {1}, {5},
    ]  # fmt: skip


def test_the_edits_of_one_editor_of_today_are_two_clicks_away(parts, signed_in):
    editor = signed_in("editor")
    give(parts, "ann", "yesterdays", {1})
    with parts.engine.begin() as connection:
        connection.execute(update(log).values(at=log.c.at - DAY_US))
    today = [give(parts, "ann", name, {1, 2}) for name in ("one", "two")]
    give(parts, "bo", "three", {1})
    one = editor.get(f"/changes/{today[0]}").text
    assert 'href="/admin/changes?by=ann&amp;since=today">Edits of ann today<' in one
    page = editor.get("/changes?by=ann&kind=tags&since=today").text
    assert rows(page) == today[::-1]
    link = re.search(
        r'href="/admin/changes/-/undo\?([^"]+)">Preview undo of all by ann: today<', page
    )
    preview, answer = undo(editor, unescape(link[1]))
    assert "Undo 2 changes" in preview.text
    assert answer.status_code == 303
    assert [have(parts, name) for name in ("yesterdays", "one", "two", "three")] == [
        {1}, set(), set(), {1},
    ]  # fmt: skip
    assert '<option value="editor"></option>' in page  # accounts are proposed


def test_an_import_is_undone_by_hiding_what_it_added(parts, signed_in):
    editor = signed_in("editor")
    preview, _ = undo(editor, "run=1")
    assert "images hidden" in preview.text
    parts.library.refresh()
    assert len(parts.library.index.live) == 0
    hiding = parts.changes.history(limit=1)[0]
    undo(editor, f"change={hiding.seq}")
    parts.library.refresh()
    assert len(parts.library.index.live) == 300


def test_rules_are_not_undone_here(parts, signed_in):
    editor = signed_in("editor")
    number = parts.changes.history(kind="revision")[0].seq
    assert "cannot be undone here" in editor.get(f"/changes/{number}").text
    version = parts.catalogue.library_version()
    preview, _ = undo(editor, f"change={number}")
    assert "stays: rules are rolled back on their own page" in preview.text
    assert parts.catalogue.library_version() == version


def test_undoing_needs_a_reason_a_choice_and_an_editor(parts, signed_in):
    number = give(parts, "ann", "one", {1})
    editor = signed_in("editor")
    assert editor.submit("/changes/-/undo", change=str(number), reason=" ").status_code == 400
    assert editor.get("/changes/-/undo").status_code == 400
    assert editor.get("/changes/-/undo?since=1").status_code == 400
    assert editor.get("/changes/-/undo?change=999999").status_code == 404
    for role in ("analyst", "moderator"):
        answer = signed_in(role).submit("/changes/-/undo", change=str(number), reason="r")
        assert answer.status_code == 403
    assert have(parts, "one") == {1}


def test_hostile_reasons_are_shown_as_text(parts, signed_in):
    number = give(parts, HOSTILE, "one", {1}, reason=HOSTILE)
    analyst, editor = signed_in("analyst"), signed_in("editor")
    for person, address in (
        (analyst, "/changes"),
        (analyst, f"/changes/{number}"),
        (editor, f"/changes/-/undo?change={number}"),
    ):
        text = person.get(address).text
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text
