"""The page of the audit trail: found by person and act, and safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import re

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
    assert text.count(">takedown<") == 3
    assert "take_note" not in text
    assert text.index("image2") < text.index("image0")
    filtered = admin.get("/audit?action=take").text
    assert filtered.count(">take") == 6
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
    assert first.count(">act</td>") == 100
    following = re.search(r"before=(\d+)", first)[1]
    second = admin.get(f"/audit?actor=ann&before={following}").text
    assert second.count(">act</td>") == 5
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
