"""Odd Unicode in words and queries: refused with a reason, or kept to the last character."""

from __future__ import annotations

import shutil
from urllib.parse import quote

import pytest

from smashpass.core.tags.names import fold
from smashpass.settings import load
from smashpass.web.app import create_app

REFUSED = {
    "bidi override": "ab\u202ecd",
    "bidi isolate": "ab\u2066cd\u2069",
    "zero width space": "ab\u200bcd",
    "zero width joiner alone": "ab\u200dcd",
    "byte order mark": "\ufeffabcd",
    "soft hyphen": "ab\xadcd",
    "grapheme joiner": "ab\u034fcd",
    "hangul filler": "ab\u3164cd",
    "braille blank": "ab\u2800cd",
    "control": "ab\x07cd",
    "private use": "ab\ue000cd",
    "noncharacter": "ab\uffffcd",
    "unassigned": "ab\u0378cd",
    "tag character": "ab\U000e0041cd",
    "only marks that vanish": "\ufe0f\ufe0f",
    "wide comma": "ab\uff0ccd",
    "wide star": "ab\uff0a",
    "wide minus": "\uff0dabcd",
}
KEPT = {
    "latin": "caf\xe9",
    "decomposed": "cafe\u0301",
    "ligature": "\ufb01ne",
    "full width": "\uff48\uff41\uff54",
    "roman numeral": "\u2167",
    "cyrillic": "\u0431\u043e\u0440\u043e\u0434\u0430",
    "arabic": "\u0644\u062d\u064a\u0629",
    "hebrew": "\u05d6\u05e7\u05df",
    "devanagari": "\u0926\u093e\u0922\u093c\u0940",
    "thai": "\u0e40\u0e04\u0e23\u0e32",
    "hangul": "\uc218\uc5fc",
    "han": "\u80e1\u9808",
    "emoji": "\U0001f9d4",
    "emoji with selector": "\u2764\ufe0f",
    "flag": "\U0001f1e9\U0001f1ea",
    "four bytes": "\U00020000\U0002f800",
    "sharp s": "Stra\xdfe",
    "dotted i": "\u0130stanbul",
    "final sigma": "\u039f\u03a3",
    "stacked marks": "z\u0351\u036b\u0343",
}


@pytest.fixture(scope="module")
def editor(template, tmp_path_factory):
    """A client with the token of an editor, over a copy of the library."""
    home = tmp_path_factory.mktemp("odd") / "home"
    shutil.copytree(template, home)
    app = create_app(load({"SMASHPASS_HOME": str(home), "SMASHPASS_LOG_LEVEL": "error"}))
    parts = app.extensions["smashpass"].installation
    parts.accounts.create("ed", "editor", "a long enough passphrase")
    headers = {"Authorization": f"Bearer {parts.tokens.renew('ed')}"}
    viewer = app.test_client().post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]

    def ask(method, path, body=None, *, viewing=False, **parameters):
        used = {"Authorization": f"Bearer {viewer}"} if viewing else headers
        return app.test_client(use_cookies=False).open(
            f"/api/v1{path}", method=method, json=body, headers=used, query_string=parameters
        )

    yield ask
    parts.engine.dispose()


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_seen_is_no_name(editor, text):
    body = {"alias": text, "tag": "beard", "reason": "a test", "dry_run": False}
    answer = editor("POST", "/admin/tags/aliases", body)
    assert answer.status_code == 400
    assert answer.json["code"] in ("bad_tag", "bad_input")
    assert answer.json["detail"].isprintable()
    searched = editor("GET", "/search", q=f'"{text}"', viewing=True)
    assert searched.status_code == 400
    assert searched.json["detail"].isprintable()


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_what_can_be_seen_is_kept_and_found_in_each_spelling(editor, text):
    body = {"alias": text, "tag": "beard", "reason": "a test", "dry_run": False}
    answer = editor("POST", "/admin/tags/aliases", body)
    assert answer.status_code == 200, answer.json
    beards = editor("GET", "/search", q="beard", viewing=True).json["matched"]
    for spelling in (text, fold(text), text.upper(), text.casefold()):
        if fold(spelling) == fold(text):
            searched = editor("GET", "/search", q=f'"{spelling}"', viewing=True)
            assert (searched.status_code, searched.json["matched"]) == (200, beards), spelling
    completions = editor("GET", "/tags", prefix=fold(text), viewing=True).json
    assert [row["via"] for row in completions if row["name"] == "beard"] == [fold(text)]
    removed = editor("DELETE", f"/admin/tags/aliases/{quote(fold(text))}", reason="a test")
    assert removed.status_code == 200, removed.json


def test_half_characters_are_refused_wherever_they_come(editor):
    raw = b'{"alias": "ab\\ud800cd", "tag": "beard", "reason": "a test", "dry_run": false}'
    answer = editor("GET", "/search", q=b"ab\xed\xa0\x80cd", viewing=True)
    assert answer.status_code == 400
    assert b"\\ud800" in raw


def test_a_name_that_looks_like_another_is_made_with_a_warning(editor):
    body = {"alias": "be\u0430rd", "tag": "beard", "reason": "a test"}
    dry_run = editor("POST", "/admin/tags/aliases", body | {"dry_run": True}).json
    edited = editor("POST", "/admin/tags/aliases", body | {"dry_run": False}).json
    assert dry_run["warnings"] == edited["warnings"]
    assert "U+0430" in dry_run["warnings"][0]
    plain = editor("POST", "/admin/tags/aliases", {"alias": "chin", "tag": "beard", "reason": "x"})
    assert set(plain.json) == {"change"}


@pytest.mark.parametrize(
    "shape",
    ["a", "(", ")", "NOT ", "a OR ", "-", '"', "*", "~", "hair:", "\u202e", "a_", "..", "my:", "<"],
)
@pytest.mark.parametrize("size", [100_000, 1_990])
def test_hostile_text_is_refused_with_a_reason(editor, shape, size):
    text = (shape * (size // len(shape) + 1))[:size]
    for path in ("/search", "/deck"):
        answer = editor("GET", path, q=text, viewing=True)
        assert answer.status_code in (400, 414), (path, answer.status_code)
        assert len(answer.data) < 10_000
    bulk = {"query": text, "add": ["hat"], "dry_run": True}
    answer = editor("POST", "/admin/tags/bulk", bulk)
    assert answer.status_code in (400, 413)
    assert len(answer.data) < 10_000
