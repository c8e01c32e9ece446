"""Tag names: one spelling for each, and which texts are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadTag
from smashpass.core.tags.names import MAX_LENGTH, fold, namespace_of, normalise, value_of


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_case_blanks_and_underscores_do_not_count(text: str) -> None:
    assert fold(f" {text}__") == fold(text)
    assert fold(text.replace(" ", "_")) == fold(text)


@given(st.text(max_size=180))
def test_a_normalised_name_is_its_own_normal_spelling(text: str) -> None:
    try:
        name = normalise(text)
    except BadTag:
        return
    assert normalise(name) == name
    assert 1 <= len(name) <= MAX_LENGTH


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Beard", "beard"),
        ("long  hair", "long_hair"),
        ("_long__hair_", "long_hair"),
        ("long\u3000hair\t", "long_hair"),
        ("Ｈair：ｂlonde", "hair:blonde"),
        ("Straße", "strasse"),
        ("ﬁne", "fine"),
        ("cafe\u0301", "caf\xe9"),
        ("ΣΑΣ", "σασ"),
        ("miku_(vocaloid)", "miku_(vocaloid)"),
        (":3", ":3"),
        ("^_^", "^_^"),
        ("a-b~c", "a-b~c"),
        ("images:x", "images:x"),
        ("image", "image"),
        ("x" * 170, "x" * 170),
    ],
)
def test_the_normal_spelling_of(text: str, expected: str) -> None:
    assert normalise(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "_",
        "__ \t",
        "-a",
        "~a",
        "－a",
        "_-a",
        "a,b",
        'a"b',
        "a*",
        "＊",
        "a\0b",
        "a\u202eb",
        "a\u200bb",
        "a\ud800",
        "x" * 171,
        "ﷺ" * 20,
        "image:width",
        "Viewer:swipes",
        "query:terms",
        "plugin:score",
        "ｐlugin：score",
    ],
)
def test_what_can_be_no_tag_is_refused(text: str) -> None:
    with pytest.raises(BadTag) as caught:
        normalise(text)

    str(caught.value).encode()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "namespace", "value"),
    [
        ("beard", "", "beard"),
        ("hair:blonde", "hair", "blonde"),
        ("a:b:c", "a", "b:c"),
        (":3", "", ":3"),
        ("3:", "", "3:"),
        (":", "", ":"),
    ],
)
def test_a_name_may_have_a_namespace(name: str, namespace: str, value: str) -> None:
    assert namespace_of(name) == namespace
    assert value_of(name) == value
