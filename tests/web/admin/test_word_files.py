"""The vocabulary as a file: out, in, and what is looked at between."""

from __future__ import annotations

import io
import json
import re

from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.services.vocabulary.dictionary import read_csv, read_json

FILE = "name,label,aliases,implications\nbeard,Beard,whiskers,hair\nnew one,,,\na*,,,\n"


def send(person, text=FILE, name="words.csv", **form):
    """Send a file with the form."""
    upload = {"file": (io.BytesIO(text.encode()), name), "reason": "from the shop", **form}
    return person.submit("/tags/-/import", **upload)


def fingerprint_of(answer):
    return re.search(r'name="fingerprint" value="([0-9a-f]+)"', answer.text)[1]


def test_the_vocabulary_goes_out_as_a_file_that_can_come_in(parts, signed_in):
    wish = VocabularyPlan(
        aliased=(("whiskers", "beard"),), described=(("hat", ("", "=1+1", "")),), names=("hat",)
    )
    parts.catalogue.edit_vocabulary(wish, by="t", origin="t", reason="t")
    analyst = signed_in("analyst")
    csv, whole = analyst.get("/tags/-/export.csv"), analyst.get("/tags/-/export.json")
    words = read_csv(csv.text, "c")
    assert [word.name for word in words] == [word.name for word in read_json(whole.text, "j")]
    assert "whiskers" in next(word for word in words if word.name == "beard").aliases
    assert ",'=1+1," in csv.text
    assert csv.headers["Content-Disposition"] == 'attachment; filename="tags.csv"'
    items = json.loads(whole.text)["tags"]
    assert len(items) == 9
    lines = analyst.get("/tags/-/export.jsonl")
    assert [json.loads(line) for line in lines.text.splitlines()] == items
    assert lines.headers["Content-Disposition"] == 'attachment; filename="tags.jsonl"'
    parts.library.refresh()
    index = parts.library.index
    assert {item["name"]: item["count"] for item in items} == {
        item["name"]: index.count(index.vocabulary.find(item["name"])) for item in items
    }
    assert 'href="/admin/tags/-/export.jsonl"' in analyst.get("/tags").text
    editor = signed_in("editor")
    for exported, name in ((csv, "w.csv"), (whole, "w.json"), (lines, "w.jsonl")):
        looked = send(editor, exported.text, name)
        assert "9 rows read: 0 new tags" in looked.text


def test_a_file_is_looked_at_first(parts, signed_in):
    editor = signed_in("editor")
    version = parts.catalogue.library_version()
    answer = send(editor)
    assert answer.status_code == 200
    assert "3 rows read: 1 new tags, 1 new aliases, 1 new implications" in re.sub(
        r"\s+", " ", answer.text
    )
    assert "1 rows refused" in answer.text
    assert "holds the character" in answer.text
    images = [int(n) for n in re.findall(r"<b>([\d,]+)</b>", answer.text)]
    assert images[:2] == [100, 100]  # every third image has a beard, and gains hair
    assert parts.catalogue.library_version() == version


def test_what_was_looked_at_is_brought_in_as_one_change(parts, signed_in):
    editor = signed_in("editor")
    version = parts.catalogue.library_version()
    answer = send(editor, do="apply", fingerprint=fingerprint_of(send(editor)))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/tags")
    assert parts.catalogue.library_version() == version + 1
    words = parts.library.index.vocabulary
    assert words.resolve("whiskers") == words.find("beard")
    assert words.find("new_one") is not None
    entry = parts.changes.get(version + 1)
    assert (entry.by, entry.reason, entry.origin) == ("editor", "from the shop", "admin")
    preview = send(editor)
    assert send(editor, do="apply", fingerprint=fingerprint_of(preview)).status_code == 303
    assert "No change was needed" in editor.get("/tags").text
    assert parts.catalogue.library_version() == version + 1


def test_another_file_or_another_library_is_not_brought_in(parts, signed_in):
    editor = signed_in("editor")
    fingerprint = fingerprint_of(send(editor))
    other = send(editor, FILE + "more,,,\n", do="apply", fingerprint=fingerprint)
    assert other.status_code == 409
    index = parts.library.index
    beard = index.vocabulary.find("beard")
    parts.catalogue.apply_tag_edit(index.live, add=[beard], by="t", origin="t", reason="t")
    late = send(editor, do="apply", fingerprint=fingerprint)
    assert (late.status_code, "preview it again" in late.text) == (409, True)
    assert send(editor, do="apply").status_code == 409
    assert parts.library.index.vocabulary.find("new_one") is None


def test_what_is_no_file_of_words_is_refused_in_the_form(parts, signed_in):
    editor = signed_in("editor")
    version = parts.catalogue.library_version()
    for text, name, says in (
        ("name,colour\na,b\n", "w.csv", "there is no column"),
        ("{", "w.json", "not JSON"),
        ("a,b,c,d,e\n", "w.csv", "5 cells"),
    ):
        answer = send(editor, text, name)
        assert answer.status_code == 400
        assert says in answer.text
    assert "no file was chosen" in editor.submit("/tags/-/import", reason="r").text.lower()
    fingerprint = fingerprint_of(send(editor))
    assert send(editor, do="apply", fingerprint=fingerprint, reason=" ").status_code == 400
    binary = {"file": (io.BytesIO(b"\xff\xfe"), "w.csv"), "reason": "r"}
    assert "not UTF-8" in editor.submit("/tags/-/import", **binary).text
    assert parts.catalogue.library_version() == version


def test_a_hostile_file_is_only_text(signed_in):
    editor = signed_in("editor")
    text = 'name,label\n"<script>alert(1)</script>,",\n<b>,<script>alert(1)</script>\n'
    answer = send(editor, text, "<script>.csv")
    assert "<script>alert" not in answer.text
    assert "<b>'" not in answer.text
