"""The editor of rule files: bytes kept, errors where they are, nobody's work overwritten."""

from __future__ import annotations

import html
import re

import pytest

from smashpass.rulefiles.load import load_texts
from tests.support.trees import LOOKS, tree

CRLF = tree("t").replace("\n", "\r\n").rstrip() + " #\tno end"
MIXED = "\n" + tree("t").replace("title: Tree t\n", "title: Tree t\r\n")
FIELD = re.compile(r'<textarea name="text"[^>]*>\n(.*?)</textarea>', re.DOTALL)


def publish(parts, text):
    publication = parts.publishing.publish(
        load_texts({"t.yaml": text}), by="bob", origin="test", reason="r"
    )
    parts.rules.refresh()
    return publication.revision.number


def hidden(page, name):
    match = re.search(rf'name="{name}" value="(\w+)"', page.text)
    assert match is not None, name
    return match[1]


def field(page):
    """The value of the text field, as a browser reads it from the page."""
    match = FIELD.search(page.text.replace("\r\n", "\n").replace("\r", "\n"))
    assert match is not None
    return html.unescape(match[1])


def send(person, page, text, path="t.yaml"):
    """Send the form as a browser does: every line break is CR LF."""
    browser_text = re.sub("\r\n|\r|\n", "\r\n", text)
    return person.submit(
        f"/rules/edit/{path}",
        text=browser_text,
        seen=hidden(page, "seen"),
        base=hidden(page, "base"),
    )


def check(person, text, path="t.yaml"):
    answer = person.submit(f"/rules/check/{path}", text=text)
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize("text", [CRLF, MIXED, tree("t")], ids=["crlf", "mixed", "plain"])
def test_saving_without_an_edit_changes_no_byte(signed_in, parts, text):
    publish(parts, text)
    editor = signed_in("editor")
    page = editor.get("/rules/edit/t.yaml")

    answer = send(editor, page, field(page))

    assert answer.status_code == 303
    assert parts.drafting.open(2, "t.yaml").text == text
    assert parts.drafting.all(2) == []


@pytest.mark.parametrize("start", ["", "\ufeff", "\t\r\n"], ids=["plain", "bom", "tab"])
def test_an_edit_changes_only_its_own_line(signed_in, parts, start):
    publish(parts, CRLF)
    editor = signed_in("editor")
    page = editor.get("/rules/edit/t.yaml")

    send(editor, page, start + field(page).replace("Tree t", "Mine & <yours>"))

    expected = start + CRLF.replace("Tree t", "Mine & <yours>")
    reopened = editor.get("/rules/edit/t.yaml")
    assert parts.drafting.open(2, "t.yaml").text == expected
    assert send(editor, reopened, field(reopened)).status_code == 303
    assert parts.drafting.open(2, "t.yaml").text == expected
    assert "Review and publish your draft" in editor.get("/rules").text


def test_what_is_wrong_is_told_with_its_place_and_a_hint(signed_in, parts):
    publish(parts, tree("t"))
    analyst = signed_in("analyst")

    checked = check(analyst, tree("t").replace("reason:", "reson:", 1))

    (problem,) = (row for row in checked["problems"] if "did you mean reason?" in row["hint"])
    assert (problem["line"], problem["file"], problem["severity"]) == (8, "t.yaml", "error")
    assert (
        problem["col"] == tree("t").replace("reason:", "reson:").splitlines()[7].index("reson") + 1
    )
    assert f'data-line="8" data-col="{problem["col"]}"' in checked["side"]
    assert "did you mean reason?" in checked["side"]


def test_a_tag_that_the_library_lacks_is_told_with_the_nearest(signed_in, parts):
    publish(parts, tree("t"))

    checked = check(signed_in("analyst"), tree("t").replace("if: glasses", "if: glases"))

    assert ("W301", "did you mean glasses?") in {
        (problem["code"], problem["hint"]) for problem in checked["problems"]
    }


def test_a_failing_test_is_named(signed_in, parts):
    checked = check(signed_in("analyst"), tree("t", expected="four"))

    assert "a beard counts first" in checked["side"]
    assert "✕ fails" in checked["below"]
    assert "3 of 4 tests pass" in checked["summary"]


def test_the_tree_is_drawn_and_listed_with_its_shares(signed_in, parts):
    publish(parts, tree("t"))

    page = signed_in("editor").get("/rules/edit/t.yaml")

    assert page.text.count("<rect width") == 7
    assert "33.3 % of images" in page.text
    assert "100 % of the tree is covered" in page.text
    assert '<li id="at-0" data-line="7"' in page.text
    assert len(page.data) < 100_000


def test_shares_of_recorded_decisions_are_told(signed_in, parts):
    publish(parts, tree("t"))
    log = parts.home / "decisions"
    log.mkdir()
    record = '{"revision":"%s","tree":"t","at":"2026-11-01","decision":{"leaf":"%s"}}\n'
    sha256 = parts.rules.book.revision
    (log / "2026-11-01-1-0000.jsonl").write_text(
        record % (sha256, "one") * 3 + record % (sha256, "four")
    )

    analyst = signed_in("analyst")
    page = analyst.get("/rules/edit/t.yaml")

    assert '33.3 % of images, <span class="few">75 % of decisions</span>' in page.text
    assert "These are too few to rely on." in page.text
    assert "the 4 newest recorded decisions" in page.text
    assert "No decisions of this tree are recorded" in check(analyst, tree("other"))["below"]


def test_what_no_test_takes_is_proposed_as_one(signed_in, parts):
    short = tree("t").partition("  - name: nothing else")[0]

    below = check(signed_in("analyst"), short)["below"]

    assert "Missing tests" in below
    assert "expect: {leaf: four, verdict: pass}" in below


def test_two_windows_lose_nothing(signed_in, parts):
    publish(parts, tree("t"))
    editor = signed_in("editor")
    opened = editor.get("/rules/edit/t.yaml")
    other = editor.get("/rules/edit/t.yaml")
    send(editor, opened, tree("t").replace("Tree t", "The first"))

    answer = send(editor, other, tree("t").replace("Tree t", "The second"))

    assert answer.status_code == 409
    assert "title: The second" in field(answer)
    assert "<ins>+title: The first</ins>" in answer.text
    assert "The first" in parts.drafting.open(2, "t.yaml").text
    assert send(editor, answer, field(answer)).status_code == 303
    assert "The second" in parts.drafting.open(2, "t.yaml").text


def test_a_text_that_others_published_is_put_together_with_the_draft(signed_in, parts):
    publish(parts, tree("t"))
    editor = signed_in("editor")
    page = editor.get("/rules/edit/t.yaml")
    send(editor, page, tree("t").replace("Tree t", "Mine"))
    publish(parts, tree("t").replace("weight: 70", "weight: 71"))

    page = editor.get("/rules/edit/t.yaml")
    assert "A newer version of this file was published after you started your draft" in page.text
    assert "weight: 71" in page.text
    draft_number = hidden(page, "seen")
    page = editor.follow("/rules/drafts/rebase/t.yaml", seen=draft_number, how="merge")

    assert "Your draft now contains both edits" in page.text
    assert "title: Mine" in field(page)
    assert "weight: 71" in field(page)
    assert "Somebody published" not in page.text


def test_edits_of_the_same_line_need_a_choice_or_keep_mine(signed_in, parts):
    publish(parts, tree("t"))
    editor = signed_in("editor")
    send(editor, editor.get("/rules/edit/t.yaml"), tree("t").replace("Tree t", "Mine"))
    publish(parts, tree("t").replace("Tree t", "Theirs").replace("weight: 70", "weight: 71"))
    draft_number = hidden(editor.get("/rules/edit/t.yaml"), "seen")

    page = editor.follow("/rules/drafts/rebase/t.yaml", seen=draft_number, how="mine")
    assert "Theirs" not in field(page)
    assert (
        editor.submit("/rules/drafts/rebase/t.yaml", seen=draft_number, how="merge").status_code
        == 409
    )


def test_a_draft_is_dropped(signed_in, parts):
    publish(parts, tree("t"))
    editor = signed_in("editor")
    send(editor, editor.get("/rules/edit/t.yaml"), "x")

    assert "1 draft discarded" in editor.follow("/rules/drafts/drop", file="t.yaml").text
    assert parts.drafting.all(2) == []


def test_a_new_file_begins_empty(signed_in, parts):
    editor = signed_in("editor")

    page = editor.client.get("/admin/rules/new?path=trees/new.yaml", follow_redirects=True)
    assert "New file" in page.text
    send(editor, page, tree("new"), "trees/new.yaml")

    assert parts.drafting.open(2, "trees/new.yaml").text == tree("new")
    assert editor.get("/rules/new?path=../x.yaml").status_code == 400


def test_analysts_read_and_keep_no_draft(signed_in, parts):
    analyst = signed_in("analyst")
    page = analyst.get("/rules/edit/trees/faces.yaml")

    assert "readonly" in page.text
    assert "Save draft" not in page.text
    assert send(analyst, page, "x", "trees/faces.yaml").status_code == 403


@pytest.mark.parametrize("draft_number", ["", "x", "-1"])
def test_a_form_without_its_numbers_is_refused(signed_in, draft_number):
    answer = signed_in("editor").submit("/rules/edit/t.yaml", text="x", seen=draft_number, base="1")
    assert answer.status_code == 400


def test_nothing_that_is_written_becomes_markup(signed_in, parts):
    evil = tree("t").replace("Tree t", '"<img src=x onerror=alert(1)></textarea>"')
    editor = signed_in("editor")

    send(editor, editor.get("/rules/edit/t.yaml"), evil)
    page = editor.get("/rules/edit/t.yaml")

    assert "<img src=x" not in page.text
    assert "<img src=x" not in check(editor, evil)["below"]


def test_marks_name_the_exact_columns(signed_in, parts):
    publish(parts, tree("t"))
    text = tree("t").replace("if: glasses", "if: glases")

    checked = check(signed_in("editor"), text)

    (mark,) = (mark for mark in checked["marks"] if "glases" in mark["message"])
    line = text.split("\n")[mark["line"] - 1]
    assert line[mark["start"] - 1 : mark["end"] - 1] == "glases"
    assert 'data-typed="glases" data-name="glasses"' in checked["side"]
    assert 'class="button proposal"' not in check(signed_in("analyst"), text)["side"]


def test_the_impact_is_counted_while_a_test_fails(signed_in, parts):
    publish(parts, tree("t"))
    index = parts.library.latest()
    smile, glasses, beard = (
        index.having(index.vocabulary.find(name)) & index.live
        for name in ("smile", "glasses", "beard")
    )
    now, after = len(beard | glasses), len(smile | glasses)
    text = tree("t", first="smile")
    editor = signed_in("editor")
    assert check(editor, text)["errors"] == 1

    answer = editor.submit("/rules/impact/t.yaml", text=text).json["html"]

    figures = re.findall(r"<dd>([^<]*)</dd>", answer)
    gained, lost = len(smile - beard - glasses), len(beard - smile - glasses)
    assert figures == [str(now), str(after), f"+{gained}" if gained else "0",
                       f"−{lost}" if lost else "0"]  # fmt: skip
    assert "on all 300 images served" in answer
    assert answer.count("<li>") == min(24, gained + lost)


def test_without_a_readable_text_there_is_no_impact(signed_in, parts):
    publish(parts, tree("t"))

    answer = signed_in("analyst").submit("/rules/impact/t.yaml", text="root: [")

    assert "counted once the text has no errors" in answer.json["html"]


def test_completion_knows_what_the_file_may_name(signed_in, parts):
    files = {"t.yaml": tree("t", include="looks.yaml"), "looks.yaml": LOOKS}
    parts.publishing.publish(load_texts(files), by="bob", origin="test", reason="r")
    parts.rules.refresh()

    names = check(signed_in("editor"), files["t.yaml"])["names"]

    assert names["is"] == ["looks.fair"]
    assert names["use"] == []
    assert {"image.width", "viewer.taste"} <= set(names["attr"])
