"""Bulk edits: shown exactly beforehand, done as a job, stopped, undone whole."""

from __future__ import annotations

import re
from html import unescape

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.worker import job_runner
from smashpass.services.tagging import undo as undoing
from tests.support.api import HIDDEN, LIVE
from tests.support.deciding import decide_image


def tags(parts):
    """The tags of all images, as the database has them."""
    names = parts.catalogue.vocabulary().names
    return {
        int(image.ordinal): {names[tag] for tag in image.tags}
        for image in parts.catalogue.images(range(1, LIVE + 3))
    }


def hidden(text, path="/bulk"):
    """The hidden fields of the form that posts to ``path``."""
    form = re.search(rf'<form[^>]*method="post" action="/admin{path}">.*?</form>', text, re.DOTALL)[
        0
    ]
    inputs = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    return {name: unescape(value) for name, value in inputs if name != "csrf"}


def figures(text):
    return [int(number.replace(",", "")) for number in re.findall(r"<b>([\d,]+)</b>", text)]


def look(person, **wish):
    return person.get("/bulk", query_string=wish)


def apply(person, reason="for the test", **wish):
    """Look at an edit and apply it; returns the number of the job."""
    answer = person.submit("/bulk", **hidden(look(person, **wish).text), reason=reason)
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rsplit("/", 1)[1])


def test_the_look_is_exact_and_changes_nothing(parts, signed_in):
    editor = signed_in("editor")
    before, version = tags(parts), parts.catalogue.library_version()
    text = look(editor, q="beard", add="crown smile", remove="glasses").text
    beards = {number for number in range(1, LIVE + 1) if number % 3 == 0}
    gained = sum(("crown" not in before[n]) + ("smile" not in before[n]) for n in beards)
    lost = sum("glasses" in before[n] for n in beards)
    assert figures(text)[:4] == [len(beards), len(beards), gained, lost]
    assert text.count('<li><a href="/admin/images/') == 24
    assert (tags(parts), parts.catalogue.library_version()) == (before, version)


def test_an_edit_of_nothing_says_why_nothing_matches(signed_in):
    text = look(signed_in("editor"), q="beard -kind:person", add="crown").text
    link = re.search(r'<a href="([^"]+)">Without <q>-kind:person</q></a>: (\d+)', text)
    assert int(link[2]) == LIVE // 3
    assert unescape(link[1]) == "/admin/bulk?q=beard&add=crown&remove="
    assert "Nothing would change" not in text


def test_verdicts_that_turn_are_those_of_the_whole_library(parts, signed_in):
    editor = signed_in("editor")
    turned = figures(look(editor, q="", add="hair:blonde beard", remove="hair:black").text)[4]

    def verdicts():
        parts.library.refresh()
        book, index = parts.rules.book, parts.library.index
        return {
            (number, tree): decide_image(
                book, index, number, parts.image_ids.encode(number), tree=tree
            ).verdict
            for number in range(1, LIVE + 1)
            for tree in book.trees
        }

    before = verdicts()
    apply(editor, q="", add="hair:blonde beard", remove="hair:black")
    job_runner(Container(parts)).step()
    after = verdicts()
    assert turned == len(
        {number for number, tree in before if before[number, tree] != after[number, tree]}
    )
    assert turned > 0


def test_chips_tell_how_many_have_a_tag_and_lead_to_the_edit(parts, signed_in):
    editor = signed_in("editor")
    text = look(editor, q="beard").text
    overlap = sum(number % 15 == 0 for number in range(1, LIVE + 1))
    assert re.search(rf'<li[^>]*><span>glasses</span> <span class="quiet">{overlap} of 100<', text)
    assert re.search(
        r'<li[^>]* class="all"><span>beard</span> <span class="quiet">all</span>', text
    )
    address = re.search(r'href="/admin([^"]+)"[^>]* aria-label="Add glasses to all"', text)[1]
    page = editor.get(unescape(address))
    assert figures(page.text)[:3] == [100, 100 - overlap, 100 - overlap]


def test_flips_are_told_by_verdict_and_by_deck(parts, signed_in):
    editor = signed_in("editor")
    wish = {"q": "", "add": "hair:blonde beard", "remove": "hair:black"}
    text = look(editor, **wish).text
    book, before = parts.rules.book, parts.library.index

    def verdicts(index, tree):
        return {
            number: decide_image(
                book, index, number, parts.image_ids.encode(number), tree=tree
            ).verdict
            for number in range(1, LIVE + 1)
        }

    old = {tree: verdicts(before, tree) for tree in book.trees}
    apply(editor, **wish)
    job_runner(Container(parts)).step()
    parts.library.refresh()
    flips = {
        (number, tree): verdict
        for tree in book.trees
        for number, verdict in verdicts(parts.library.index, tree).items()
        if verdict != old[tree][number]
    }
    assert figures(text)[5] == len({tree for _, tree in flips})
    for verdict in ("smash", "pass"):
        flipped = {number for (number, _), new in flips.items() if new == verdict}
        heading = re.search(rf'id="to-{verdict}">→ <span[^>]*>[^<]*</span>: (\d+)<', text)
        assert (int(heading[1]) if heading else 0) == len(flipped)
    for tree in {tree for _, tree in flips}:
        counts = [sum(flips.get((n, tree)) == v for n in old[tree]) for v in ("smash", "pass")]
        title = book.trees[tree].title or tree
        row = re.search(
            rf"{re.escape(title)}</a> <span[^>]*>→ Smash (\d+)</span><span>→ Pass (\d+)", text
        )
        assert [int(row[1]), int(row[2])] == counts


def test_an_edit_of_selected_images_changes_no_others(parts, signed_in):
    editor = signed_in("editor")
    before = tags(parts)
    chosen = [12, 50, 200]
    wish = {"of": "images", "image": [parts.image_ids.encode(n) for n in (*chosen, HIDDEN)]}
    page = look(editor, q="beard", add="crown", **wish)
    assert figures(page.text)[:3] == [3, 3, 3]
    form = {"q": "beard", "add": "crown", "remove": "", "reason": "these", **wish}
    form["fingerprint"] = hidden(page.text)["fingerprint"]
    answer = editor.submit("/bulk", **form)
    assert answer.status_code == 303
    assert "3 selected images" in editor.get(answer.headers["Location"].removeprefix("/admin")).text
    job_runner(Container(parts)).step()
    after = tags(parts)
    assert [n for n in before if after[n] != before[n]] == chosen
    # The same images without a selection: the query counts.
    assert figures(look(editor, q="beard", add="crown", image=wish["image"]).text)[0] == 100


def test_a_selection_of_nothing_or_of_unknown_images_is_refused(signed_in):
    editor = signed_in("editor")
    empty = look(editor, q="beard", add="crown", of="images")
    assert (empty.status_code, "No image is selected" in empty.text) == (400, True)
    unknown = look(editor, of="images", image=["nothing"])
    assert (unknown.status_code, "select images again" in unknown.text) == (400, True)


def test_an_edit_is_a_job_that_is_undone_whole(parts, signed_in):
    editor = signed_in("editor")
    before = tags(parts)
    number = apply(editor, q="-beard", add="crown", remove="kind:person", reason="all kings")
    assert "queued" in editor.get(f"/bulk/{number}").text
    assert tags(parts) == before
    job_runner(Container(parts)).step()
    page = editor.get(f"/bulk/{number}").text
    assert re.search(r"<strong[^>]*>done</strong>", page)
    assert "Undo the whole job" in page
    after = tags(parts)
    assert all(("crown" in after[n]) == (n % 3 > 0 or n == 10) for n in range(1, LIVE + 1))
    change = parts.changes.history(limit=1)[0]
    assert (change.by, change.reason) == ("editor", "all kings")
    undo = editor.get(f"/changes/-/undo?job={number}").text
    assert figures(undo)[:2] == [sum(len(after[n] ^ before[n]) for n in before), 0]
    editor.submit("/changes/-/undo", **hidden(undo, "/changes/-/undo"), reason="no kings")
    assert tags(parts) == before


def test_a_much_larger_undoing_is_a_job_too(parts, signed_in, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 10)
    editor = signed_in("editor")
    before = tags(parts)
    number = apply(editor, q="", add="crown")
    job_runner(Container(parts)).step()
    undo = editor.get(f"/changes/-/undo?job={number}").text
    answer = editor.submit("/changes/-/undo", **hidden(undo, "/changes/-/undo"), reason="no")
    address = answer.headers["Location"].removeprefix("/admin")
    assert address.startswith("/bulk/")
    job_runner(Container(parts)).step()
    assert re.search(r"<strong[^>]*>done</strong>", editor.get(address).text)
    assert tags(parts) == before


def test_what_was_looked_at_is_done_or_nothing(parts, signed_in):
    editor = signed_in("editor")
    form = hidden(look(editor, q="beard", add="crown").text)
    parts.catalogue.set_state([3], "hidden", by="t", origin="t", reason="t")
    answer = editor.submit("/bulk", **form, reason="r")
    assert answer.status_code == 409
    assert "edited since" in answer.text
    assert figures(answer.text)[0] == 99
    assert parts.jobs.newest() == []


def test_no_edit_without_a_reason_a_tag_or_a_query_that_can_be_read(parts, signed_in):
    editor = signed_in("editor")
    form = hidden(look(editor, q="beard", add="crown").text)
    assert editor.submit("/bulk", **form, reason=" ").status_code == 400
    assert editor.submit("/bulk", q="beard", reason="r").status_code == 400
    slip = look(editor, q="beerd", add="crown")
    assert slip.status_code == 400
    assert ">beard</a>" in slip.text
    assert look(editor, q="beard", add="-bad").status_code == 400
    assert parts.jobs.newest() == []
    assert "New tags: never_seen" in look(editor, q="beard", add="never_seen").text


def test_a_job_is_stopped_before_it_begins(parts, signed_in):
    editor = signed_in("editor")
    before = tags(parts)
    number = apply(editor, q="", add="crown")
    assert "Stopped" in editor.follow(f"/bulk/{number}/cancel").text
    job_runner(Container(parts)).step()
    assert tags(parts) == before
    assert "cancelled" in editor.get(f"/bulk/{number}").text
    assert "The job had already ended" in editor.follow(f"/bulk/{number}/cancel").text
    trail = parts.audit.newest(None, 10, actor="editor", action="job.cancel")
    assert [entry.target for entry in trail] == [str(number)]


def test_a_module_is_told_how_far_a_job_is(parts, signed_in):
    editor = signed_in("editor")
    number = apply(editor, q="beard", add="crown")
    answer = editor.get(f"/bulk/{number}", headers={"Accept": "application/json"})
    (job,) = answer.json["jobs"]
    assert (job["id"], job["state"], job["done"], job["total"]) == (number, "queued", 0, 100)
    assert signed_in("analyst").get(f"/bulk/{number}").status_code == 200
    assert editor.get("/bulk/999").status_code == 404
