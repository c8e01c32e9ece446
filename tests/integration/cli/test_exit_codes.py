"""The same kind of mistake ends with the same exit code, whatever command it is made in."""

from __future__ import annotations

from pathlib import Path

import pytest

from smashpass.bootstrap.installation import Installation
from tests.support.trees import tree

REASON = ("--reason", "r")
TYPED = [
    # A value that no library could give a meaning.
    (("search", "(beard"), "bad_query"),
    (("search", "beard", "--order", "nope"), "bad_input"),
    (("search", "beard", "--order", "attr:nope"), "bad_input"),
    (("search", "beard", "--limit", "101"), "usage"),
    (("search", "beard", "--nope"), "usage"),
    (("search", "-beard"), "usage"),
    (("decide",), "usage"),
    (("decide", "--tags", "a*b"), "bad_tag"),
    (("decide", "--tags", ""), "bad_tag"),
    (("decide", "--tags", "beard", "--tree", "nope"), "not_found"),
    (("decide", "--image", "nope", "--tree", "nope"), "not_found"),
    (("decide", "--tags", "beard", "--attr", "nope"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "=1"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "a=1", "--attr", "a=2"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.width=abc"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.width="), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.width=true"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.width=1.5"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.width=nan"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.width=-inf"), "bad_input"),
    (("decide", "--tags", "beard", "--attr", "image.other=abc"), "bad_input"),
    (("decide", "--replay", "x", "--tags", "beard"), "usage"),
    (("tags", "list", "--limit", "0"), "usage"),
    (("tags", "show", "a*b"), "bad_tag"),
    (("tags", "alias", "x", "y", "--reason", ""), "bad_input"),
    (("rules", "rollback", "active", "--reason", ""), "bad_input"),
    (("rules", "publish", "rules", "--reason", ""), "bad_input"),
    (("rules", "check"), "usage"),
    (("rules", "test", "rules", "--min", "101"), "usage"),
    (("export", "swipes", "--format", "nope"), "usage"),
    (("export", "nope"), "usage"),
    (("takedown", "--sha256", "12", *REASON), "bad_input"),
    (("nope",), "usage"),
]
FAILED = [
    # What is named well, and is not there or cannot be done.
    (("decide", "--image", "nope"), "not_found"),
    (("decide", "--replay", "nope"), "not_possible"),
    (("decide", "--replay", "rules/a.yaml"), "bad_input"),
    (("tags", "show", "nope"), "not_found"),
    (("tags", "import", "nope.csv"), "not_found"),
    (("rules", "show", "nope"), "not_found"),
    (("rules", "diff", "active", "nope"), "not_found"),
    (("rules", "rollback", "nope", *REASON), "not_found"),
    (("rules", "check", "nope.yaml"), "not_found"),
    (("rules", "publish", "bad.yaml", *REASON), "bad_rules"),
    (("export", "swipes", "--out", "nope/x"), "not_possible"),
    (("takedown", "nope", *REASON), "not_found"),
    (("quarantine", "release", "nope", *REASON), "not_found"),
]


@pytest.fixture
def ready(smashpass, library: Installation, tmp_path: Path) -> Installation:
    """The portraits with a tree, and a file of rules that cannot be read."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(tree("a"))
    (tmp_path / "bad.yaml").write_text("format: [")
    assert smashpass("rules", "publish", "rules", *REASON).code == 0
    return library


def shown(arguments: tuple[str, ...]) -> str:
    return " ".join(arguments)


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(("arguments", "code"), TYPED, ids=lambda each: str(each))
def test_what_cannot_be_meant_is_wrong_usage(smashpass, arguments, code):
    answer = smashpass(*arguments)
    assert answer.code == 2, shown(arguments)
    assert answer.failure
    document = smashpass(*arguments, "--json")
    assert (document.code, document.err) == (2, "")
    assert set(document.json) == {"code", "detail"}
    assert document.json["code"] == code


@pytest.mark.usefixtures("ready")
@pytest.mark.parametrize(("arguments", "code"), FAILED, ids=lambda each: str(each))
def test_what_is_not_there_or_cannot_be_done_is_a_failure(smashpass, arguments, code):
    assert smashpass(*arguments).code == 1, shown(arguments)
    document = smashpass(*arguments, "--json")
    assert (document.code, document.err) == (1, "")
    assert set(document.json) >= {"code", "detail"}
    assert document.json["code"] == code


@pytest.mark.usefixtures("ready")
def test_a_value_of_another_type_says_what_the_attribute_takes(smashpass):
    def failure(pair: str) -> str:
        return smashpass("decide", "--tags", "beard", "--attr", pair).failure

    assert "'image.width' is 'abc', but it must be a whole number" in failure("image.width=abc")
    assert "write it as image.width=512" in failure("image.width=abc")
    assert "must be a number" in failure("viewer.taste=much")
    assert "'nope' is not an attribute with a value" in failure("nope")
    assert "cannot be compared" in failure("viewer.taste=nan")
    number = ("decide", "--tags", "beard", "--attr", "image.width=512")
    assert smashpass(*number).code == 0


@pytest.mark.usefixtures("ready")
def test_an_unknown_tree_proposes_names(smashpass):
    (name,) = [tree["id"] for tree in smashpass("rules", "show", "active", "--json").json["trees"]]
    near = smashpass("decide", "--tags", "beard", "--tree", f"{name}x").failure
    assert f"did you mean {name}?" in near
    far = smashpass("decide", "--tags", "beard", "--tree", "something-else").failure
    assert f"it has {name}" in far


@pytest.mark.usefixtures("ready")
def test_a_query_that_begins_with_a_dash_is_told_how_to_be_written(smashpass):
    assert "-- -beard" in smashpass("search", "-beard").failure
    assert "-- -hat:*" in smashpass("search", "-hat:*").failure
    assert "-- -beard" in smashpass("search", "-beard", "--json").json["detail"]
    assert smashpass("search", "--count", "--", "-beard").code == 0
    assert " -- " not in smashpass("search", "--cuont", "x").failure
