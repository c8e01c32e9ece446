"""Two editors on one queue get different images, and nothing is done twice or lost."""

from __future__ import annotations

from sqlalchemy import event

from smashpass.core.imageset import Ordinal
from tests.web.admin.test_tagging import encode, fields, own

QUEUE = "/queue?q=glasses beard"
MATCHES = sorted(range(15, 301, 15))


def test_two_editors_go_through_one_queue_together(parts, signed_in):
    people = [signed_in("editor"), signed_in("admin")]
    pages = [person.get(QUEUE) for person in people]
    visited = []
    while any("data-tags-form" in page.text for page in pages):
        shown = []
        for number, person in enumerate(people):
            if "data-tags-form" not in pages[number].text:
                continue
            form = fields(pages[number].text)
            shown.append(form["image"])
            visited.append(form["image"])
            pages[number] = person.follow(
                "/queue/-/next", **form | {"tags": form["tags"] + f" by_{person.name}"}
            )
        assert len(set(shown)) == len(shown)
    assert sorted(visited) == sorted(encode(parts, number) for number in MATCHES)
    tags = [own(parts, number) & {"by_editor", "by_admin"} for number in MATCHES]
    assert all(len(tag) == 1 for tag in tags)
    assert len({*map(frozenset, tags)}) == 2


def test_a_claimed_image_says_so_on_purpose_and_takes_both_edits(parts, signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    ann_form = fields(ann.get(QUEUE).text)
    image = ann_form["image"]
    for address in (f"/images/{image}", f"{QUEUE}&at={image}"):
        assert "editor is at this image." in bo.get(address).text
    assert "is at this image" not in ann.get(f"/images/{image}").text
    form = fields(bo.get(f"/images/{image}").text)
    bo.follow(f"/images/{image}/tags", **form | {"tags": form["tags"] + " by_bo"})
    page = ann.follow("/queue/-/next", **ann_form | {"tags": ann_form["tags"] + " by_ann"})
    assert "in the meantime were kept: + by_bo" in page.text
    assert own(parts, parts.image_ids.decode(image)) >= {"by_ann", "by_bo"}
    assert "is at this image" not in bo.get(f"/images/{image}").text


def test_leaving_frees_the_images_and_time_does_too(app, parts, signed_in, monkeypatch):
    ann, bo = signed_in("editor"), signed_in("admin")
    first = fields(ann.get(QUEUE).text)["image"]
    assert fields(bo.get(QUEUE).text)["image"] != first
    assert ann.submit("/queue/-/leave", image=first).json == {"freed": 1}
    assert fields(bo.get(QUEUE).text)["image"] == first
    assert fields(ann.get(QUEUE).text)["image"] != first
    now = parts.clock()
    monkeypatch.setattr(parts, "clock", lambda: now + 601 * 1_000_000)
    assert fields(ann.get(QUEUE).text)["image"] == first


def test_nobody_frees_the_images_of_others(signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    first = fields(ann.get(QUEUE).text)["image"]
    bo.submit("/queue/-/leave", image=first)
    assert fields(bo.get(QUEUE).text)["image"] != first


def test_the_page_ahead_keeps_the_image_that_is_shown(signed_in):
    ann, bo = signed_in("editor"), signed_in("admin")
    form = fields(ann.get(QUEUE).text)
    image = form["image"]
    following = f"{QUEUE}&after={image}&done=1&of=20&back={image}.0&held={image}"
    ahead = fields(ann.get(following).text)["image"]
    assert ahead != image
    assert fields(bo.get(QUEUE).text)["image"] not in (image, ahead)


def test_a_module_gets_json_and_errors_with_it(parts, signed_in):
    editor = signed_in("editor")
    form = fields(editor.get(QUEUE).text)

    def post(**changed):
        data = {"csrf": editor.csrf, **form, **changed}
        headers = {"Accept": "application/json"}
        return editor.client.post("/admin/queue/-/next", data=data, headers=headers)

    refused = post(tags="-bad")
    assert (refused.status_code, "begins with" in refused.json["detail"]) == (400, True)
    saved = post(tags=form["tags"] + " crown").json
    assert saved["change"] == parts.changes.history(limit=1)[0].seq
    assert saved["message"] == "Saved: + crown."
    assert post(act="skip").json == {"change": 0, "message": ""}


def test_an_open_page_renews_its_claims(parts, signed_in, monkeypatch):
    ann, bo = signed_in("editor"), signed_in("admin")
    first = fields(ann.get(QUEUE).text)["image"]
    start = parts.clock()
    for minutes in (6, 12):
        now = start + minutes * 60 * 1_000_000
        monkeypatch.setattr(parts, "clock", lambda now=now: now)
        assert ann.submit("/queue/-/renew", image=first).json == {"images": [first]}
    assert fields(bo.get(QUEUE).text)["image"] != first
    monkeypatch.setattr(parts, "clock", lambda: start + 30 * 60 * 1_000_000)
    assert fields(bo.get(QUEUE).text)["image"] == first
    assert ann.submit("/queue/-/renew", image=first).json == {"images": []}


def test_a_read_only_home_says_so_in_one_message(parts, signed_in):
    editor = signed_in("editor")
    form = fields(editor.get(QUEUE).text)

    @event.listens_for(parts.engine, "checkout")
    def refuse_writes(connection, _record, _proxy):
        connection.execute("PRAGMA query_only = ON")

    for answer in (editor.get(QUEUE), editor.submit("/queue/-/next", **form)):
        assert answer.status_code == 503
        assert answer.text.count("The database is unavailable; try again soon.") == 1
        assert "Nothing changed." in answer.text


def test_images_of_others_are_passed_over_however_many(parts, signed_in, monkeypatch):
    monkeypatch.setattr("smashpass.web.admin.images.queues.MAX_LIMIT", 2)
    matching = sorted(parts.library.latest().having(parts.library.index.vocabulary.find("smile")))
    newest = [Ordinal(number) for number in reversed(matching)]
    admin = parts.accounts.named("admin").id
    until = parts.clock() + 60_000_000
    parts.accounts.claim(admin, newest, len(newest), now=parts.clock(), until=until)
    editor = signed_in("editor")
    assert 'name="image"' not in editor.get("/queue?q=smile").text
    parts.accounts.free(admin, newest[7:])
    assert fields(editor.get("/queue?q=smile").text)["image"] == encode(parts, newest[7])
