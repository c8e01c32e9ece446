"""The rules on pages: what decides, what runs beside it, all revisions, the way back."""

from __future__ import annotations

import re

import pytest

from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.publish import ACTIVE
from tests.support.trees import tree


@pytest.fixture
def second(parts):
    """A second revision, which decides; the first are the rules of the program."""
    rules = load_texts({"t.yaml": tree("t")})
    publication = parts.publishing.publish(
        rules, by="ann", origin="test", reason="<b>hats</b> count"
    )
    parts.rules.refresh()
    return publication.revision


def active(parts):
    return parts.publishing.find(ACTIVE)


def test_what_decides_is_listed_with_its_trees(signed_in):
    page = signed_in("analyst").get("/rules")

    assert page.status_code == 200
    for words in (
        "All avatars",
        "Faces",
        "Robots and creatures",
        "trees/faces.yaml",
        "Revision 1 is live",
    ):
        assert words in page.text
    assert "Roll back<span" not in page.text
    assert len(page.data) < 100_000


def test_shares_are_of_the_whole_library(signed_in, second):
    row = re.search(r"Tree t</a>.*?</tr>", signed_in("analyst").get("/rules").text, re.DOTALL)

    # 100 of 300 have a beard, 40 others glasses.
    assert row is not None
    assert re.findall(r'number">([^<]+)<', row[0]) == ["3", "4", "46.7 %", "53.3 %", "0 %"]


def test_a_revision_is_told_whole_and_compared(signed_in, second):
    page = signed_in("analyst").get("/rules/revisions/2")

    assert "&lt;b&gt;hats&lt;/b&gt; count" in page.text
    assert "From revision 1 to 2" in page.text
    assert "<ins>+format: 1</ins>" in page.text
    assert "Tree t: " in page.text
    other = signed_in("analyst").get("/rules/revisions/2?against=1&file=t.yaml")
    assert "title: Tree t" in other.text
    assert len(other.data) < 100_000


def test_a_file_of_a_revision_is_kept_as_it_was_written(signed_in, second):
    answer = signed_in("analyst").get("/rules/revisions/2/files/t.yaml")

    assert answer.data == tree("t").encode()
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    "path", ["/9", "/x", "/1?file=no.yaml", "/1?against=99", "/1/files/no.yaml", "/999999999999"]
)
def test_what_is_not_there_is_told_so(signed_in, path):
    assert signed_in("analyst").get(f"/rules/revisions{path}").status_code in (400, 404)


def test_an_earlier_revision_decides_again_after_two_clicks(signed_in, parts, second):
    editor = signed_in("editor")
    assert "/rules/revisions/1?back=1" in editor.get("/rules").text
    assert 'action="/admin/rules/rollback"' in editor.get("/rules/revisions/1").text

    page = editor.follow("/rules/rollback", number="1", reason="too many hats")

    assert "Revision 1 is live again" in page.text
    assert active(parts).number == 1
    assert parts.rules.book.number == 1
    (change, *_) = parts.changes.history(None, 1)
    assert (change.by, change.reason, change.origin) == ("editor", "too many hats", "admin")


def test_a_rollback_needs_a_reason(signed_in, parts, second):
    assert signed_in("editor").submit("/rules/rollback", number="1", reason=" ").status_code == 400
    assert active(parts).number == 2


def test_a_canary_starts_counts_and_ends(signed_in, parts, second):
    editor = signed_in("editor")

    page = editor.follow("/rules/canary/start", number="1", percent="5", reason="a look")
    assert "decides for 5 % of viewers" in page.text
    page = editor.follow("/rules/canary/start", number="1", percent="0", reason="a look")
    assert "runs as a shadow" in page.text
    assert parts.canarying.current().percent == 0
    page = editor.follow("/rules/canary/end")

    assert "Canary 1 ended" in page.text
    assert parts.canarying.current() is None
    assert [
        entry.actor for entry in parts.audit.about("rules.canary_end", active_sha(parts, 1))
    ] == ["editor"]


def test_a_canary_that_is_published_keeps_its_reason_and_was_never_live(signed_in, parts, second):
    editor = signed_in("editor")
    draft = tree("t", first="smile").replace("[beard, hat]", "[smile, hat]")
    opened = parts.drafting.open(2, "t.yaml")
    parts.drafting.save(2, "t.yaml", draft, last_saved_at=0, base=opened.base)
    review = editor.get("/rules/review").text
    mark = re.search(r'name="mark" value="(\w+)"', review)[1]
    page = editor.follow("/rules/review/canary", mark=mark, percent="5", reason="smiles count")
    assert 'name="reason" required maxlength="500" value="smiles count"' in page.text
    number = parts.canarying.current().number
    own = editor.get(f"/rules/revisions/{number}").text
    assert "Publish to everyone" in own
    assert "Roll back to" not in own

    page = editor.follow("/rules/rollback", number=str(number), reason="smiles count")

    assert f"Revision {number} is live." in page.text
    assert "live again" not in page.text
    # The draft is live now, word for word, so there is none left that others would have passed.
    assert parts.drafting.all(2) == []
    assert "newer version" not in page.text
    assert parts.publishing.find("active").files["t.yaml"] == draft


def test_a_newcomer_finds_the_way_on_the_first_page(signed_in, parts, second):
    page = signed_in("editor").get("/rules").text
    assert "Explain one image" in page
    assert 'action="/admin/rules/trace"' in page
    assert "Try a rule on some viewers" in page


def active_sha(parts, number):
    return next(
        revision.sha256 for revision in parts.publishing.list() if revision.number == number
    )


@pytest.mark.parametrize("percent", ["", "-1", "101", "x"])
def test_a_canary_needs_a_percentage(signed_in, parts, second, percent):
    answer = signed_in("editor").submit("/rules/canary/start", number="1", percent=percent)
    assert answer.status_code == 400
    assert parts.canarying.current() is None


def test_analysts_look_and_change_nothing(signed_in, parts, second):
    analyst = signed_in("analyst")
    for path in ("/rules/rollback", "/rules/canary/start", "/rules/canary/end"):
        assert analyst.submit(path, number="1", percent="5", reason="r").status_code == 403
    assert "Roll back to revision 1" not in analyst.get("/rules/revisions/1").text
    assert active(parts).number == 2


EVIL = "<img src=x onerror=alert(1)>"


def test_nothing_that_an_author_writes_becomes_markup(signed_in, parts):
    text = tree("t").replace("Tree t", EVIL).replace("A beard", EVIL).replace("a beard", EVIL)
    text = text.replace("title:", f"owner: '{EVIL}'\ntitle:").replace("[default]", "[default, a]")
    parts.publishing.publish(load_texts({"t.yaml": text}), by=EVIL, origin="test", reason=EVIL)
    parts.rules.refresh()
    parts.drafting.save(
        2, "t.yaml", text.replace("if: beard", "if: glasses"), last_saved_at=0, base=2
    )
    editor = signed_in("editor")

    for path in ("", "/revisions/2", "/edit/t.yaml", "/review", "/trace?tags=beard"):
        page = editor.get(f"/rules{path}")
        assert page.status_code == 200
        assert "onerror=alert" in page.text, path
        assert EVIL not in page.text, path


def test_pages_stay_small_however_many_files_differ(signed_in, parts):
    files = {
        f"{name}.yaml": tree(f"tree-{name}", labels="[]", weight=name) for name in range(20, 60)
    }
    parts.publishing.publish(
        load_texts(files), by="ann", origin="test", reason="many", allow_no_default=True
    )
    parts.rules.refresh()
    editor = signed_in("editor")
    for name in range(20, 60):
        new = tree(f"tree-{name}", labels="[]", weight=name, first="smile")
        new = new.replace("[beard, hat]", "[smile, hat]")
        parts.drafting.save(2, f"{name}.yaml", new, last_saved_at=0, base=2)

    for path in ("", "/review", "/revisions/2"):
        page = editor.get(f"/rules{path}")
        assert page.status_code == 200
        assert len(page.data) < 100_000, path
        assert page.text.count("<") < 3_000, path  # half of them end an element
