"""``smashpass search``, ``decide``, ``index`` and ``settings``: answers and failures."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from smashpass.bootstrap.installation import Installation
from smashpass.store.engine import database, tables
from tests.support.trees import tree

WIDE_TREE = """\
format: 1
id: wide
labels: []
attributes: {image.width: {type: integer, min: 1, max: 99999}}
root:
  id: top
  if: {attr: image.width, gte: 512}
  then: {id: big, verdict: smash, reason: "Big"}
  else:
    if: "hair:*"
    then: {id: hair, verdict: smash, reason: "Hair"}
    else:
      if: hat
      then: {id: hat, verdict: pass, weight: 55, reason: "A hat"}
      else: {id: none, verdict: pass, reason: "Nothing"}
"""


@pytest.fixture
def ready(smashpass, library: Installation, tmp_path: Path) -> Installation:
    """The portraits with rules."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(tree("a"))
    (tmp_path / "rules" / "wide.yaml").write_text(WIDE_TREE)
    assert smashpass("rules", "publish", "rules", "--reason", "r").code == 0
    return library


def image(ready: Installation, ordinal: int) -> str:
    return ready.image_ids.encode(ordinal)


def test_a_search_prints_images_and_their_exact_number(smashpass, ready):
    answer = smashpass("search", "hair:blonde", "--limit", "2")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        f"{image(ready, 6)}  beard, beard_full, glasses, hair:blonde, smile",
        f"{image(ready, 2)}  glasses, hair:blonde",
        "3 images, the first 2 shown",
    ]
    assert smashpass("search", "smile").out.splitlines()[-1] == "1 image"
    assert smashpass("search", "hair:blonde", "--count").out == "3\n"


def test_a_search_as_json_is_one_document(smashpass, ready):
    document = smashpass("search", "hair:blonde", "--limit", "2", "--json").json
    assert (document["matched"], document["order"], document["query"]) == (3, "new", "hair:blonde")
    assert [card["image"] for card in document["images"]] == [image(ready, 6), image(ready, 2)]
    assert set(document["images"][0]) >= {"image", "media", "tags", "credit"}
    counted = smashpass("search", "beard smile", "--count", "--json").json
    assert counted == {"query": "beard smile", "matched": 1}
    assert smashpass("search", "", "--json").json["matched"] == 6


def test_an_empty_search_says_which_term_is_the_cause(smashpass, ready):
    assert smashpass("search", "hair:blonde hair:black").out.splitlines() == [
        "0 images",
        "why: no image matches all terms; without hair:black: 3",
        "  without hair:blonde: 2  (alone: 3)",
        "  without hair:black: 3  (alone: 2)",
    ]
    assert smashpass("search", "NOT tagcount:>=0").out.splitlines() == [
        "0 images",
        "why: NOT tagcount:>=0 excludes every image",
    ]
    why = {
        "cause": "no image matches all terms; without hair:black: 3",
        "terms": [
            {"term": "hair:blonde", "alone": 3, "without": 2, "rest": "hair:black"},
            {"term": "hair:black", "alone": 2, "without": 3, "rest": "hair:blonde"},
        ],
    }
    assert smashpass("search", "hair:blonde hair:black", "--json").json["empty"] == why
    counted = smashpass("search", "hair:blonde hair:black", "--count", "--json").json
    assert counted == {"query": "hair:blonde hair:black", "matched": 0, "empty": why}
    assert smashpass("search", "hair:blonde hair:black", "--count").out == "0\n"
    assert "empty" not in smashpass("search", "hair:blonde", "--json").json


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("berd", "beard"),
        ("(beard", "character"),
        ("beard OR", "character"),
        ("NOT", "character"),
        ('"beard', "character"),
        ("width:>=", "character"),
        ("a" * 2_001, "2000"),
        ("beard " * 65, "64"),
        ("(" * 17 + "beard" + ")" * 17, "16"),
        ("\x00", "character"),
        ("\udcff", "character"),
        ("be\nrd", "character"),
        ("🙂", "character"),
    ],
)
def test_a_query_that_cannot_be_read_is_one_line(smashpass, ready, query, text):
    answer = smashpass("search", query)
    assert answer.code == 2
    assert text in answer.failure
    document = smashpass("search", query, "--json")
    assert (document.code, document.err) == (2, "")
    assert document.json["code"] == "bad_query"


@pytest.mark.parametrize(
    "arguments",
    [
        ("beard", "--limit", "101"),
        ("beard", "--limit", "-1"),
        ("beard", "--limit", "x"),
        ("beard", "hat"),
        ("beard", "--none"),
        ("beard", "--order"),
    ],
)
def test_wrong_usage_of_search_is_one_line(smashpass, ready, arguments):
    assert smashpass("search", *arguments).code == 2
    assert smashpass("search", *arguments).failure


@pytest.mark.parametrize("order", ["", "none", "attr:none", "\x00", "\udcff", "a\nb"])
def test_an_unknown_order_is_one_line(smashpass, ready, order):
    answer = smashpass("search", "beard", "--order", order)
    assert (answer.code, bool(answer.failure)) == (2, True)


def test_an_image_is_decided_with_its_reason(smashpass, ready):
    answer = smashpass("decide", "--image", image(ready, 1))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[0] == "smash (60 %): A beard"
    decision = smashpass("decide", "--image", image(ready, 2), "--json", "--explain").json
    assert (decision["verdict"], decision["leaf"], decision["engine"]) == ("smash", "two", "rules")
    assert decision["path"][0]["node"] == "top"
    assert decision["flip"]
    text = smashpass("decide", "--image", image(ready, 2), "--explain").out
    assert text.startswith(f"Smash: {decision['explanation']}\n")


def test_tags_that_need_no_image_are_decided(smashpass, ready):
    assert smashpass("decide", "--tags", "glasses").out.startswith("smash (55 %): Glasses\n")
    # A tag that the library does not have counts as absent.
    assert smashpass("decide", "--tags", "hat").out.startswith("pass (70 %): Nothing of note\n")
    text = smashpass("decide", "--tags", "hat, Beard", "--explain").out
    assert text.startswith(
        "Smash: A picture with beard.\nWithout beard: Pass\nsmash (60 %): A beard\n"
    )
    assert "yes top: beard (beard)" in text
    assert "would be pass" in text
    wide = smashpass(
        "decide", "--tags", "x", "--tree", "wide", "--attr", "image.width=600", "--json"
    )
    assert wide.json["leaf"] == "big"


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999", "NaN"])
def test_a_number_that_cannot_be_compared_is_one_line(smashpass, ready, value):
    arguments = ("decide", "--tags", "x", "--tree", "wide", "--attr", f"image.width={value}")
    assert "image.width" in smashpass(*arguments).failure
    assert smashpass(*arguments, "--json").json["code"] == "bad_input"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--image", "nope"),
        ("--image", ""),
        ("--image", "\x00"),
        ("--image", "\udcff"),
        ("--image", "0" * 13),
        ("--image", "x" * 9_999),
        ("--tags", "beard", "--tree", "none"),
        ("--tags", "beard", "--tree", "\x00"),
        ("--tags", "beard", "--attr", "x"),
        ("--tags", "beard", "--attr", "=1"),
        ("--tags", "beard", "--attr", "a=1", "--attr", "a=2"),
        ("--tags", ""),
        ("--tags", ",,"),
        ("--tags", "a*"),
        ("--tags", "image:x"),
        ("--tags", "\x00"),
        (),
        ("--image", "x", "--tags", "y"),
        ("--tags", "x", "y"),
        ("--none",),
    ],
)
def test_what_cannot_be_decided_is_one_line(smashpass, ready, arguments):
    assert smashpass("decide", *arguments).failure
    document = smashpass("decide", *arguments, "--json")
    assert set(document.json) == {"code", "detail"}
    assert document.err == ""


def test_a_hidden_image_is_not_decided(smashpass, ready):
    assert "there is no image" in smashpass("decide", "--image", image(ready, 7)).failure


def test_where_no_rules_are_the_way_out_is_told(smashpass, library):
    assert "smashpass rules publish" in smashpass("decide", "--tags", "beard").failure


def test_where_no_tree_is_the_default_one_must_be_named(smashpass, library, tmp_path):
    (tmp_path / "a.yaml").write_text(tree("a", labels="[]"))
    smashpass("rules", "publish", "a.yaml", "--reason", "r")
    assert "name one: a" in smashpass("decide", "--tags", "beard").failure
    document = smashpass("decide", "--tags", "beard", "--json")
    assert (document.code, document.json["code"]) == (2, "no_default_tree")


def test_an_index_is_built_verified_and_described(smashpass, ready):
    built = smashpass("index", "build", "--json").json
    assert (built["images"], built["version"]) == (6, 3)
    smashpass("tags", "deprecate", "smile")
    verified = smashpass("index", "verify", "--json")
    assert (verified.code, verified.err) == (0, "")
    assert verified.json == {"ok": True, "images": 6, "version": 4, "differences": []}
    stats = smashpass("index", "stats", "--json").json
    assert (stats["images"], stats["hidden"], stats["snapshot"], stats["version"]) == (6, 1, 3, 4)
    for name in ("build", "verify", "stats"):
        assert smashpass("index", name).code == 0


def test_a_snapshot_that_differs_from_the_database_fails(smashpass, ready):
    smashpass("index", "build")
    with database.writing(ready.engine) as connection:
        connection.execute(update(tables.image).where(tables.image.c.ordinal == 1).values(width=9))
    answer = smashpass("index", "verify", "--json")
    assert answer.code == 1
    assert not answer.json["ok"]
    assert answer.json["differences"]
    assert "smashpass index build" in smashpass("index", "verify").out
    smashpass("index", "build")
    assert smashpass("index", "verify").code == 0


@pytest.mark.parametrize("name", ["verify", "stats"])
def test_a_damaged_snapshot_is_one_line_and_is_built_anew(smashpass, ready, home, name):
    smashpass("index", "build")
    (file,) = (home / "snapshots").iterdir()
    file.write_bytes(file.read_bytes()[:-7])
    assert "index build" in smashpass("index", name).failure
    assert "index build" in smashpass("search", "beard").failure
    assert smashpass("index", "build").code == 0
    assert smashpass("index", name).code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "x"),
        ("search", "x", "--count"),
        ("decide", "--tags", "x"),
        ("decide", "--image", "x"),
        ("index", "build"),
        ("index", "verify"),
        ("index", "stats"),
    ],
)
def test_where_no_library_is_that_is_said_and_nothing_is_made(smashpass, home, arguments):
    assert "there is no library yet" in smashpass(*arguments).failure
    assert smashpass(*arguments, "--json").json["code"] == "not_possible"
    assert not home.exists()


def test_a_database_that_is_none_is_one_line(smashpass, home):
    home.mkdir()
    (home / "smashpass.db").write_bytes(b"nothing of the kind" * 100)
    for arguments in (("search", "x"), ("index", "build"), ("decide", "--tags", "x")):
        assert "not a database" in smashpass(*arguments).failure


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "nonsense", "sqlite://", "sqlite:///", "postgresql://127.0.0.1:1/none"]
)
def test_a_database_address_that_leads_nowhere_is_one_line(smashpass, home, monkeypatch, url):
    monkeypatch.setenv("SMASHPASS_DATABASE_URL", url)
    assert smashpass("search", "x").failure


def test_settings_are_printed_with_where_they_come_from(smashpass, home, tmp_path, monkeypatch):
    rows = {row["name"]: row for row in smashpass("settings", "--json").json["settings"]}
    assert rows["SMASHPASS_HOME"]["value"] == str(home)
    assert rows["SMASHPASS_HOME"]["origin"] == "environment"
    assert rows["SMASHPASS_AGE_GATE"]["value"] == "on"
    assert all({"name", "value", "default", "unit", "meaning"} <= set(row) for row in rows.values())
    (tmp_path / "s.toml").write_text('age_gate = "off"\nSMASHPASS_LOG_LEVEL = "debug"\n')
    monkeypatch.setenv("SMASHPASS_CONFIG", "s.toml")
    monkeypatch.setenv("SMASHPASS_LOG_LEVEL", "error")
    rows = {row["name"]: row for row in smashpass("settings", "--json").json["settings"]}
    assert (rows["SMASHPASS_AGE_GATE"]["value"], rows["SMASHPASS_AGE_GATE"]["origin"]) == (
        "off",
        "s.toml",
    )
    assert rows["SMASHPASS_LOG_LEVEL"]["value"] == "error"
    assert "SMASHPASS_AGE_GATE = off" in smashpass("settings").out


def test_secrets_are_never_printed(smashpass, monkeypatch):
    secret = "k3y-of-the-environment-0123456789abcdef"
    monkeypatch.setenv("SMASHPASS_SECRET_KEY", secret)
    monkeypatch.setenv("SMASHPASS_DATABASE_URL", "postgresql://ann:hunter2@db/smashpass")
    for arguments in (("settings",), ("settings", "--json")):
        out = smashpass(*arguments).out
        assert secret not in out
        assert "hunter2" not in out
        assert "********" in out


def test_a_phrase_that_means_a_tag_is_proposed_whole(smashpass, library):
    library.build_snapshot()
    failure = smashpass("search", "beard blond haired", "--count").failure
    assert "no tag is called 'blond haired'" in failure
    assert "did you mean hair:blonde?" in failure
    assert smashpass("search", "~blond haired", "--count").out == "3\n"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"age_gate = ", "not TOML"),
        (b"\xff\xfe", "cannot read"),
        (b"colour = 'red'", "there is no setting 'colour'"),
        (b"age_gate = 'maybe'", "SMASHPASS_AGE_GATE is 'maybe'"),
        (b"age_gate = [1]", "neither text nor a number"),
        (b"secret_key = 'short'", "too short"),
    ],
)
def test_a_settings_file_with_a_mistake_is_one_line(
    smashpass, tmp_path, monkeypatch, content, text
):
    (tmp_path / "s.toml").write_bytes(content)
    monkeypatch.setenv("SMASHPASS_CONFIG", "s.toml")
    answer = smashpass("settings")
    assert answer.code == 2
    assert text in answer.failure
    assert smashpass("search", "x").failure


@pytest.mark.parametrize("file", ["none.toml", ".", "x" * 5_000])
def test_a_settings_file_that_cannot_be_read_is_one_line(smashpass, monkeypatch, file):
    monkeypatch.setenv("SMASHPASS_CONFIG", file)
    assert "cannot read the settings file" in smashpass("settings").failure


@pytest.mark.parametrize(
    "arguments", [("settings", "x"), ("index",), ("index", "x"), ("none",), ()]
)
def test_wrong_usage_is_exit_two(smashpass, arguments):
    assert smashpass(*arguments).code == 2


def test_every_command_has_help_with_an_example(smashpass):
    for arguments in (("search",), ("decide",), ("index",), ("index", "build"), ("settings",)):
        answer = smashpass(*arguments, "--help")
        assert answer.code == 0
        assert "Example: " in answer.out
