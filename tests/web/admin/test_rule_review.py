"""The review of drafts: differences, tests, the exact impact, and then the act."""

from __future__ import annotations

import re

import pytest

from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.publish import ACTIVE
from tests.support.trees import tree

OLD = tree("t")
NEW = tree("t", first="crown").replace("[beard, hat]", "[crown]")


def publish(parts, text):
    publication = parts.publishing.publish(
        load_texts({"t.yaml": text}), by="bob", origin="test", reason="r"
    )
    parts.rules.refresh()
    return publication.revision.number


def active(parts):
    return parts.publishing.find(ACTIVE)


@pytest.fixture
def editor(signed_in, parts):
    publish(parts, OLD)
    return signed_in("editor")


def draft(parts, text, path="t.yaml"):
    piece = parts.drafting.open(2, path)
    parts.drafting.save(2, path, text, last_saved_at=piece.saved_at, base=piece.base)


def mark(page):
    return re.search(r'name="mark" value="(\w+)"', page.text)[1]


def test_without_drafts_there_is_nothing_to_review(editor):
    page = editor.get("/rules/review")

    assert "You have no drafts" in page.text
    assert editor.submit("/rules/review/publish", reason="r", mark="").status_code == 400


def test_the_impact_on_every_image_is_told_exactly(editor, parts):
    draft(parts, NEW)

    page = editor.get("/rules/review")

    # 300 images: 100 with beard, of which 20 with glasses; only image 10 has a crown, and it has
    # glasses too. Without the beard 80 of them become a pass.
    assert "0 flip to Smash, 80 flip to Pass" in page.text
    assert re.search(r"<code>one</code></th><td[^>]*>100</td><td[^>]*>1</td>", page.text)
    assert page.text.count('<li><a href="/admin/rules/trace?image=') == 24
    assert "/media/" in page.text
    assert "Common tags among images that flip to Pass" in page.text
    assert "All 4 tests of these trees pass." in page.text
    assert "<b>changed</b> branch <code>top</code>" in page.text
    assert "<code>one</code> → <code>four</code>" in page.text
    assert "<ins>+  if: crown</ins>" in page.text
    assert len(page.data) < 100_000


def test_publishing_needs_a_reason_and_then_decides(editor, parts):
    draft(parts, NEW)
    page = editor.get("/rules/review")

    refused = editor.submit("/rules/review/publish", mark=mark(page), reason=" ")
    assert refused.status_code == 400
    assert active(parts).files["t.yaml"] == OLD
    page = editor.follow("/rules/review/publish", mark=mark(page), reason="crowns count")

    assert "Revision 3 is live" in page.text
    assert active(parts).files == {"t.yaml": NEW}
    assert (active(parts).by, active(parts).reason) == ("editor", "crowns count")
    assert parts.rules.book.number == 3
    assert parts.drafting.all(2) == []


def test_a_failing_test_blocks_and_is_named(editor, parts):
    draft(parts, tree("t", expected="four"))

    page = editor.get("/rules/review")
    assert "1 of 4 tests of these trees fail" in page.text
    assert "a beard counts first" in page.text
    assert "disabled" in page.text
    answer = editor.submit("/rules/review/publish", mark=mark(page), reason="r")

    assert answer.status_code == 400
    assert active(parts).files["t.yaml"] == OLD
    assert len(parts.drafting.all(2)) == 1


def test_an_error_in_one_draft_blocks_all(editor, parts):
    draft(parts, NEW)
    draft(parts, "format: 1\nid: [", "broken.yaml")

    page = editor.get("/rules/review")

    assert "Nothing can be published while there are errors" in page.text
    assert re.search(r">broken.yaml:\d+:\d+</a> <b>error E100", page.text)
    answer = editor.submit("/rules/review/publish", mark=mark(page), reason="r")
    assert answer.status_code == 400
    assert active(parts).number == 2


def test_a_stale_base_is_a_conflict_and_the_draft_is_kept(editor, parts):
    draft(parts, NEW)
    page = editor.get("/rules/review")
    publish(parts, OLD.replace("weight: 70", "weight: 71"))

    answer = editor.submit("/rules/review/publish", mark=mark(page), reason="r")

    assert answer.status_code == 409
    assert "changed since this page was loaded" in answer.text
    second = editor.submit("/rules/review/publish", mark=mark(answer), reason="my reason")
    assert second.status_code == 409
    assert "a newer version of t.yaml was published" in second.text.lower()
    assert "my reason" in second.text
    assert [piece.text for piece in parts.drafting.all(2)] == [NEW]
    assert active(parts).number == 3


def test_a_file_of_others_goes_out_as_they_published_it(editor, parts):
    draft(parts, NEW)
    files = {"t.yaml": OLD, "u.yaml": tree("u", labels="[]")}
    parts.publishing.publish(load_texts(files), by="bob", origin="test", reason="r")

    page = editor.get("/rules/review")
    editor.follow("/rules/review/publish", mark=mark(page), reason="crowns count")

    assert active(parts).files == files | {"t.yaml": NEW}


def test_drafts_that_changed_since_the_page_are_not_published(editor, parts):
    draft(parts, NEW)
    page = editor.get("/rules/review")
    draft(parts, NEW.replace("A beard", "A crown"))

    assert editor.submit("/rules/review/publish", mark=mark(page), reason="r").status_code == 409
    assert active(parts).number == 2


def test_comments_alone_make_no_revision_and_stay_a_draft(editor, parts):
    draft(parts, f"# a comment\n{OLD}")
    page = editor.get("/rules/review")
    assert "No tree decides differently" in page.text

    page = editor.follow("/rules/review/publish", mark=mark(page), reason="r")

    assert "there is no new revision" in page.text
    assert len(parts.drafting.all(2)) == 1


def test_a_draft_can_run_beside_the_active_rules_first(editor, parts):
    draft(parts, NEW)
    page = editor.get("/rules/review")

    page = editor.follow("/rules/review/canary", mark=mark(page), percent="0", reason="a look")

    assert "runs as a shadow" in page.text
    assert active(parts).files["t.yaml"] == OLD
    assert parts.rules.canary is not None
    assert len(parts.drafting.all(2)) == 1
    promoted = editor.follow("/rules/rollback", number="3", reason="it did well")
    assert "Revision 3 is live" in promoted.text
    assert parts.canarying.current() is None


def test_an_empty_draft_takes_the_tree_out(editor, parts):
    files = {"t.yaml": OLD, "u.yaml": tree("u", labels="[]")}
    parts.publishing.publish(load_texts(files), by="bob", origin="test", reason="r")
    answer = editor.follow("/rules/edit/u.yaml", text="", seen="0", base=str(active(parts).number))
    assert "removes the file from the set" in answer.text

    page = editor.get("/rules/review")
    assert "<b>removed</b> leaf" in page.text
    editor.follow("/rules/review/publish", mark=mark(page), reason="u is not needed")

    assert active(parts).files == {"t.yaml": OLD}


def test_the_drafts_are_tried_on_recorded_swipes(editor, parts):
    draft(parts, NEW)
    viewer = parts.viewers.create("adult")
    swipes = [(3, "smash"), (6, "smash"), (9, "pass"), (1, "pass")]
    parts.swipes.record(
        viewer.id,
        [
            Swipe(f"s{at}", Ordinal(image), verdict, at)
            for at, (image, verdict) in enumerate(swipes)
        ],
    )

    page = editor.get("/rules/review/swipes")
    answer = editor.get("/rules/review/swipes", headers={"Accept": "application/json"})

    # Bearded images 3, 6 and 9 are a smash before and a pass after.
    assert "4 recorded swipes" in page.text
    assert "agrees with 3 now" in answer.json["html"]
    assert "agree with 2 (-25.00 % of them)" in answer.json["html"]


def test_only_editors_review(signed_in):
    for role in ("analyst", "moderator"):
        assert signed_in(role).get("/rules/review").status_code == 403
