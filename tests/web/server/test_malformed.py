"""Whatever is sent, the answer is a problem document that blames the sender, never ourselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder

_BODIES = ["/viewers", "/swipes", "/decisions", "/notices"]
_DEEP = 20_000


@pytest.mark.parametrize("path", _BODIES)
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"nope", "bad_json"),
        (b"{'a': 1}", "bad_json"),
        (b'{"a": 1, "a": 2}', "bad_json"),
        (b'{"a": {"b": 1, "b": 1}}', "bad_json"),
        (b'{"a": NaN}', "bad_json"),
        (b'{"a": Infinity}', "bad_json"),
        (b'{"a": -Infinity}', "bad_json"),
        (b'{"a": 1} {}', "bad_json"),
        (b'\xef\xbb\xbf{"a": 1}', "bad_json"),
        (b'{"a": "\xff"}', "bad_json"),
        (b'{"a": "\xed\xa0\x80"}', "bad_json"),
        ('{"a": 1}'.encode("utf-16"), "bad_json"),
        (b'{"a": "\x00"}', "bad_json"),
        (b'{"a": 1,}', "bad_json"),
        (b"[" * _DEEP, "bad_json"),
        (b'{"a":' * _DEEP + b"1" + b"}" * _DEEP, "bad_json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "bad_json"),
        (b'{"a": 1e999}', "bad_input"),
        (b'{"a": ' + b"9" * 4_000 + b"}", "bad_input"),
        (b'{"\\ud800": 1}', "bad_input"),
        (b'{"\\u0000": "\\u0000"}', "bad_input"),
        (b'{"' + b"a" * 10_000 + b'": 1}', "bad_input"),
        (b'{"a~b/c": 1}', "bad_input"),
        (b"null", "bad_input"),
        (b"[]", "bad_input"),
        (b"0", "bad_input"),
        (b'"text"', "bad_input"),
        (b"[[[[[]]]]]", "bad_input"),
        (json.dumps({str(n): n for n in range(5_000)}).encode(), "bad_input"),
    ],
)
def test_a_body_that_is_none_is_refused(viewer: Any, path: str, raw: bytes, code: str) -> None:
    answer = viewer.ask("POST", path, data=raw, content_type="application/json")
    assert answer.status == 400
    assert answer.code == code
    if code == "bad_input":
        assert answer.json["errors"]
        assert len(answer.json["errors"]) <= 20
        assert all("pointer" in error for error in answer.json["errors"])


@pytest.mark.parametrize("path", _BODIES)
@pytest.mark.parametrize(
    "kind", [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
             "multipart/form-data; boundary=x", "application/xml", "\xff"],
)  # fmt: skip
def test_a_body_of_another_type_is_refused(viewer: Any, path: str, kind: str | None) -> None:
    answer = viewer.ask("POST", path, data=b"{}", content_type=kind)
    assert answer.status == 415
    assert answer.code == "unsupported_media_type"


def test_a_content_type_may_name_a_charset(viewer: Any) -> None:
    kind = "Application/JSON; charset=utf-8"
    assert viewer.ask("POST", "/decisions", data=b'{"tags":[]}', content_type=kind).status == 200


@pytest.mark.parametrize("path", _BODIES)
def test_a_body_that_is_too_large_is_refused(viewer: Any, path: str) -> None:
    answer = viewer.ask(
        "POST", path, data=b" " * (1 << 18) + b"{}", content_type="application/json"
    )
    assert answer.status == 413


def test_a_client_that_lies_about_the_length_is_answered(shared: Any) -> None:
    for length in ("-1", "x", "99999999999999999999", "1e3", "3"):
        builder = EnvironBuilder(
            path="/api/v1/viewers", method="POST", data=b'{"age_band":"18+"}',
            content_type="application/json",
        )  # fmt: skip
        environ = builder.get_environ()
        environ["CONTENT_LENGTH"] = length
        answer = shared.app.test_client().open(environ)
        assert answer.status_code in (201, 400, 411, 413), length
        assert answer.status_code == 201 or answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/nope", "/images/", "/rules/a/b", "/swipes/a/b", "/", "", "/%00", "/%ff", "/..",
     "/images/..%2f..%2fetc", "/deck.json", "/DECK"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PUT"])
def test_there_is_nothing_at_other_addresses(viewer: Any, method: str, path: str) -> None:
    answer = viewer.ask(method, path)
    assert answer.status in (404, 405)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/deck", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/swipes", {"POST", "OPTIONS"}),
        ("PUT", "/swipes", {"POST", "OPTIONS"}),
        ("POST", "/swipes/a", {"DELETE", "OPTIONS"}),
        ("DELETE", "/viewers", {"POST", "OPTIONS"}),
        ("PUT", "/me", {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
        ("TRACE", "/tags", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/tags", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_refused_and_told_which_are_taken(
    viewer: Any, method: str, path: str, allowed: set[str]
) -> None:
    answer = viewer.ask(method, path)
    assert answer.status == 405
    assert {
        allowed_method.strip() for allowed_method in answer.headers["Allow"].split(",")
    } == allowed


@pytest.mark.parametrize(
    ("path", "name", "value"),
    [
        ("/deck", "q", ""), ("/deck", "n", "5"), ("/deck", "order", "new"), ("/deck", "seed", "1"),
        ("/deck", "explain", "1"), ("/deck", "tree", "faces"), ("/search", "q", ""),
        ("/search", "limit", "5"), ("/search", "after", "x"), ("/tags", "prefix", "a"),
        ("/tags", "limit", "5"), ("/me/swipes", "limit", "5"), ("/me/swipes", "after", "5"),
    ],
)  # fmt: skip
def test_a_parameter_given_twice_is_refused(viewer: Any, path: str, name: str, value: str) -> None:
    answer = viewer.ask("GET", f"{path}?{name}={value}&{name}={value}")
    assert answer.status == 400
    assert answer.json["errors"][0]["parameter"] == name


@pytest.mark.parametrize(
    "query",
    ["q=%00", "q=%ff", "q=%ed%a0%80", "q=%", "q", "&&&", "=", "q=a%0ab", "n=%00", "seed=%ff",
     "seed=9223372036854775808", "seed=" + "9" * 30, "seed=-", "seed=1.5", "seed=", "explain=2",
     "order=%00", "tree=%00", "tree=" + "a" * 201, "q=" + "a" * 8_001, "unknown=1",
     "q=" + "%F0%9F%98%80" * 600, "n=0x10", "n=1_0", "q=" + "(" * 3_000, "q=" + "-" * 1_999,
     "q=" + "a%20OR%20" * 200, "q=width:" + "9" * 1_900, "q=width:1e999", "q=width:nan",
     "q=added:99999-01-01", "q=*", "q=%22%22", "q=~", "q=my:nope"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/deck", "/search", "/tags", "/me/swipes"])
def test_no_query_string_breaks_the_server(viewer: Any, path: str, query: str) -> None:
    assert viewer.ask("GET", f"{path}?{query}").status in (200, 400, 404)


@given(
    raw=st.one_of(
        st.binary(max_size=60),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(st.characters(codec=None, exclude_categories=()), max_size=8),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(
                        ["swipes", "id", "image", "verdict", "at", "tags", "attrs", "age_band"]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=12,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    path=st.sampled_from(_BODIES),
)
def test_no_body_at_all_breaks_the_server(shared: Any, raw: bytes, path: str) -> None:
    asking = _somebody(shared)
    answer = asking.ask("POST", path, data=raw, content_type="application/json")
    assert answer.status < 500


@given(
    words=st.lists(
        st.sampled_from(
            ["beard", "hair:blonde", "blonde", "hair", "OR", "AND", "NOT", "(", ")", "-", '"',
             "glasses", "crown", "ghost", "width:>=300", "score:0.2..3", "tagcount:<3", "my:unseen",
             "hair:*", "hair:none", "hair:any", "~beerd", "licence:CC0-1.0", "source:demo",
             "added:2026-01-01..", "nope", ":", "*"]
        )
        | st.text(max_size=4),
        max_size=9,
    ),
    order=st.sampled_from(["random", "new", "-new", "popular", "tagcount", "attr:score"]),
)  # fmt: skip
def test_no_query_at_all_breaks_decks_or_counts_wrongly(
    shared: Any, words: list[str], order: str
) -> None:
    asking, text = _somebody(shared), " ".join(words)
    searched = asking.get("/search", q=text, order=order, limit=100)
    dealt = asking.get("/deck", q=text, order=order, n=100)
    assert searched.status in (200, 400)
    assert dealt.status == searched.status
    if searched.status == 200:
        assert len(searched.json["images"]) == min(100, searched.json["matched"])
        if dealt.json["deck"]["state"] == "ok":
            assert dealt.json["deck"]["matched"] == searched.json["matched"]


def _somebody(shared: Any) -> Any:
    """One viewer for all examples: nothing they send is kept, as no image is known."""
    viewer = shared.app.extensions.setdefault("test viewer", shared.new_viewer)
    if callable(viewer):
        viewer = shared.app.extensions["test viewer"] = viewer()
    return viewer
