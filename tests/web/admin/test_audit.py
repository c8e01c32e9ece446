"""The page of the audit trail: found by person and act, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

from flask_babel import force_locale
from sqlalchemy import update

from smashpass.core.decks.pace import DAY_US
from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.store.engine import database, tables
from smashpass.web.admin.accounts.sentences import SENTENCES, sentence_of
from tests.support.admin import check_light

HOSTILE = "=cmd|' /C calc'!A0"


def rows(answer):
    return [*csv.reader(io.StringIO(answer.text))]


def test_entries_are_found_by_person_and_act(parts, signed_in):
    admin = signed_in("admin")
    for number in range(3):
        parts.audit.append("ann", "takedown", f"image{number}", {"reason": "r"})
        parts.audit.append("ben", "take_note", f"other{number}")
    text = admin.get("/audit?actor=ann").text
    assert text.count("ann: takedown image") == 3
    assert "other0" not in text
    assert text.index("image2") < text.index("image0")
    filtered = admin.get("/audit?action=take").text
    assert filtered.count("<code>take") == 6
    assert "take_note" not in admin.get("/audit?action=take%25").text  # no pattern, only a text
    assert "No matching entries" in admin.get("/audit?actor=nobody").text
    for role in ("editor", "moderator", "analyst"):
        assert signed_in(role).get("/audit").status_code == 403


def test_a_hundred_entries_are_on_a_page(parts, signed_in):
    admin = signed_in("admin")
    for number in range(105):
        parts.audit.append("ann", "act", f"t{number}.")
    check_light(admin.get("/audit?actor=ann"))
    first = admin.get("/audit?actor=ann").text
    assert first.count("<code>act</code>") == 100
    following = re.search(r"before=(\d+)", first)[1]
    second = admin.get(f"/audit?actor=ann&before={following}").text
    assert second.count("<code>act</code>") == 5
    assert "t4." in second


def test_the_file_holds_the_same_entries_and_no_formula(parts, signed_in):
    admin = signed_in("admin")
    parts.audit.append(HOSTILE, "=act", "+1\n2", {"=x": "@y"})
    answer = admin.get("/audit/export.csv", query_string={"actor": HOSTILE})
    head, entry = rows(answer)
    assert head == ["id", "at", "actor", "action", "target", "detail"]
    assert entry[2:5] == [f"'{HOSTILE}", "'=act", "'+1\n2"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    everything = rows(admin.get("/audit/export.csv"))
    assert len(everything) - 1 == len([*parts.audit.entries()])
    assert not any(cell[:1] in tuple("=+-@\t\r") for row in everything for cell in row)
    assert everything[-1][2:4] == ["admin", "audit.export"]


def test_hostile_texts_are_only_text(parts, signed_in):
    hostile = "<script>alert(1)</script>"
    parts.audit.append(hostile, hostile, hostile, {hostile: hostile})
    text = signed_in("admin").get("/audit", query_string={"actor": hostile}).text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert "<script>alert" not in text


def test_every_action_is_a_sentence_whatever_was_recorded(app):
    assert set(SENTENCES) == set(AuditAction)
    with app.test_request_context(), force_locale("en"):
        for action in AuditAction:
            bare = sentence_of(AuditEntry(1, 1, "ann", action, "", {}))
            strange = {
                "who": "mallory",
                "target": "x",
                "tags": 3,
                "add": "no list",
                "reason": "100 %s",
            }
            assert "%(" not in bare, action
            assert "mallory" not in sentence_of(AuditEntry(1, 1, "ann", action, "five", strange))


def test_a_bulk_edit_names_tags_images_and_job(app):
    detail = {"add": ["machine"], "remove": ["crown"], "job": 12, "images": 203}
    entry = AuditEntry(1, 1, "ann", AuditAction.IMAGE_BULK_TAG, "robot", detail)
    with app.test_request_context(), force_locale("en"):
        assert sentence_of(entry) == (
            "ann started a bulk edit: +machine, −crown (job 12, images: 203)"
        )
        detail["add"] = [f"tag{number}" for number in range(9)]
        assert "tag4 …" in sentence_of(entry)


def test_details_are_folded_and_a_time_narrows_page_and_file(parts, signed_in):
    admin = signed_in("admin")
    old, new = (parts.audit.append("ann", "act", name, {"note": name}) for name in ("old", "new"))
    with database.writing(parts.engine) as connection:
        day_ago = parts.clock() - DAY_US - 1
        entry = tables.audit.c.id == old
        connection.execute(update(tables.audit).where(entry).values(at=day_ago))
    text = admin.get("/audit?actor=ann").text
    assert text.count("<details>") == 2
    assert "&#34;note&#34;: &#34;old&#34;" in text
    day = admin.get("/audit?actor=ann&time=1").text
    assert f"entry {new}<" in day or f"entry {new} " in day
    assert "act new" in day
    assert "act old" not in day
    assert "act old" in admin.get("/audit?actor=ann&time=7").text
    assert "act old" in admin.get("/audit?actor=ann&time=elsewhen").text
    assert len(rows(admin.get("/audit/export.csv?actor=ann&time=1"))) == 2


def test_the_page_verifies_the_chain(parts, signed_in):
    admin = signed_in("admin")
    number = parts.audit.append("ann", "act", "a target")
    assert "Not verified on this page" in admin.get("/audit").text
    assert "The chain is intact" in admin.get("/audit?verify=1").text
    with database.writing(parts.engine) as connection:
        entry = tables.audit.c.id == number
        connection.execute(update(tables.audit).where(entry).values(target="another"))
    assert f"broken at entry {number}" in admin.get("/audit?verify=1").text
