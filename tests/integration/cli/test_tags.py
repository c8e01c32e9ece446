"""``smashpass tags``: the vocabulary listed, shown, shaped, read and written."""

from __future__ import annotations

import csv
import io
import json

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.core.operations.changelog import VocabularyPlan
from tests.support.trees import tree


@pytest.fixture
def words(smashpass, library: Installation) -> Installation:
    """The portraits with an alias and an implication."""
    assert smashpass("tags", "alias", "specs", "glasses").code == 0
    assert smashpass("tags", "imply", "beard_full", "beard").code == 0
    return library


def impact(smashpass, *arguments: str) -> dict[str, int]:
    answer = smashpass("tags", *arguments, "--dry-run", "--json")
    assert (answer.code, answer.err) == (0, "")
    return answer.json


def counts(smashpass) -> dict[str, int]:
    listed = smashpass("tags", "list", "--json", "--limit", "99").json
    return {row["name"]: row["count"] for row in listed}


def test_tags_are_listed_with_the_images_that_have_them(smashpass, words):
    assert counts(smashpass) == {
        "beard": 3,
        "hair:blonde": 3,
        "glasses": 3,
        "beard_full": 2,
        "hair:black": 2,
        "hat:top": 1,
        "smile": 1,
    }
    lines = smashpass("tags", "list", "--limit", "2").out.splitlines()
    assert [line.split() for line in lines] == [["3", "beard"], ["3", "glasses"]]


def test_a_prefix_finds_names_and_aliases(smashpass, words):
    assert smashpass("tags", "list", "--prefix", "Hair:", "--json").json == [
        {"name": "hair:blonde", "label": "", "count": 3, "category": ""},
        {"name": "hair:black", "label": "", "count": 2, "category": ""},
    ]
    assert smashpass("tags", "list", "--prefix", "spe", "--json").json == [
        {"name": "glasses", "label": "", "count": 3, "category": "", "via": "specs"}
    ]
    assert "alias specs" in smashpass("tags", "list", "--prefix", "spe").out
    assert "no tag begins with 'zzz'" in smashpass("tags", "list", "--prefix", "zzz").out
    assert smashpass("tags", "list", "--prefix", "\x00", "--json").json == []


def test_a_tag_is_shown_with_all_that_is_known_of_it(smashpass, words):
    words.catalogue.describe_tag(
        "beard", category="face", label="Beard", description="Hair on a chin", by="t", origin="t"
    )
    document = smashpass("tags", "show", "Beard", "--json").json
    assert document["made"].pop("at").startswith("20")
    assert document == {
        "name": "beard",
        "via": None,
        "label": "Beard",
        "category": "face",
        "description": "Hair on a chin",
        "deprecated": False,
        "count": 3,
        "own": 2,
        "by_hand": 0,
        "aliases": [],
        "implies": [],
        "implies_all": [],
        "implied_by": ["beard_full"],
        "sources": [{"source": "other set", "images": 2}, {"source": "demo", "images": 1}],
        "made": {"change": 1, "by": "run 1", "origin": "import", "reason": ""},
    }
    text = smashpass("tags", "show", "beard_full").out
    assert "implies     beard\n" in text
    assert "images      2, 2 of them by this name or an alias\n" in text


def test_an_alias_is_shown_as_the_tag_it_stands_for(smashpass, words):
    document = smashpass("tags", "show", "specs", "--json").json
    assert (document["name"], document["via"], document["aliases"]) == (
        "glasses",
        "specs",
        ["specs"],
    )
    assert (document["count"], document["own"]) == (3, 3)
    assert smashpass("tags", "show", "specs").out.startswith("specs is an alias of glasses\n")


def test_a_dry_run_gives_the_exact_impact_and_changes_nothing(smashpass, library, tmp_path):
    (tmp_path / "a.yaml").write_text(tree("a"))
    smashpass("rules", "publish", "a.yaml", "--reason", "r")
    before = library.changes.latest()

    # Images 3 and 6 have beard_full; only 3 has no beard, and by the tree turns to smash.
    assert impact(smashpass, "imply", "beard_full", "beard") == {
        "images": 1,
        "added": 1,
        "removed": 0,
        "verdicts": 1,
    }
    assert impact(smashpass, "alias", "specs", "glasses") == {
        "images": 1,
        "added": 1,
        "removed": 1,
        "verdicts": 1,
    }
    assert impact(smashpass, "merge", "hair:black", "hair:blonde")["images"] == 2
    assert impact(smashpass, "rename", "smile", "grin") == {
        "images": 1,
        "added": 1,
        "removed": 1,
        "verdicts": 0,
    }
    assert impact(smashpass, "deprecate", "smile")["images"] == 0
    text = smashpass("tags", "imply", "beard_full", "beard", "--dry-run").out
    assert text.startswith("1 image would change: 1 tags gained, 0 lost; 1 verdicts flipped.")
    assert library.changes.latest() == before


def test_an_alias_holds_at_once_and_can_be_taken_back(smashpass, library):
    before = counts(smashpass)
    answer = smashpass("tags", "alias", "specs", "glasses", "--reason", "one thing")
    assert answer.out == f"specs is an alias of glasses now (change {library.changes.latest()})\n"
    assert counts(smashpass)["glasses"] == 3
    assert impact(smashpass, "alias", "specs", "glasses", "--remove")["images"] == 1
    assert smashpass("tags", "alias", "specs", "glasses", "--remove").code == 0
    assert counts(smashpass) == before
    kinds = [
        (change.kind, change.origin, change.reason) for change in library.changes.history(limit=2)
    ]
    assert kinds == [("vocabulary", "cli", ""), ("vocabulary", "cli", "one thing")]


def test_an_implication_holds_at_once_and_can_be_taken_back(smashpass, library):
    before = counts(smashpass)
    assert smashpass("tags", "imply", "beard_full", "beard", "--json").json["change"] > 0
    assert counts(smashpass)["beard"] == 3
    smashpass("tags", "imply", "beard_full", "beard", "--remove")
    assert counts(smashpass) == before


def test_a_rename_a_merge_and_a_deprecation(smashpass, words):
    assert smashpass("tags", "rename", "smile", "grin").code == 0
    assert smashpass("search", "smile", "--count").out == "1\n"
    assert smashpass("search", "grin", "--count").out == "1\n"
    assert smashpass("tags", "merge", "hair:black", "hair:blonde").code == 0
    assert counts(smashpass)["hair:blonde"] == 5
    assert smashpass("tags", "deprecate", "hat:top").code == 0
    assert smashpass("tags", "show", "hat:top", "--json").json["deprecated"]
    assert "already; nothing" in smashpass("tags", "deprecate", "hat:top").out
    assert smashpass("tags", "deprecate", "hat:top", "--remove").code == 0
    assert not smashpass("tags", "show", "hat:top", "--json").json["deprecated"]


def test_a_vocabulary_travels_in_every_form(smashpass, words, home, tmp_path, monkeypatch):
    words.catalogue.describe_tag("beard", category="face", label='A "b", c', by="t", origin="t")
    wish = VocabularyPlan(labelled=(("beard", "fr", "barbe"),), deprecated=("smile",))
    words.catalogue.edit_vocabulary(wish, by="t", origin="t")
    table, document, lines = (
        smashpass("tags", "export", "--format", form).out for form in ("csv", "json", "jsonl")
    )
    assert table == smashpass("tags", "export").out
    assert document == smashpass("tags", "export", "--json").out
    assert smashpass("tags", "export", "--json", "--format", "csv").code == 2
    assert table.splitlines()[0] == (
        "name,category,label,labels,description,aliases,implications,deprecated,count"
    )
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(table))}
    assert {name: int(row["count"]) for name, row in rows.items()} == counts(smashpass)
    items = json.loads(document)["tags"]
    assert items == [json.loads(line) for line in lines.splitlines()]
    assert {item["name"]: item["count"] for item in items} == counts(smashpass)
    (full,) = (item for item in items if item["name"] == "beard_full")
    assert (full["implications"], full["count"]) == (["beard"], 2)

    def uncounted() -> list[dict[str, object]]:
        exported = smashpass("tags", "export", "--json").json["tags"]
        return [{**item, "count": 0} for item in exported]

    before = uncounted()
    for name, text in (("w.csv", table), ("w.json", document), ("w.jsonl", lines)):
        (tmp_path / name).write_text(text)
        monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / name[2:]))
        answer = smashpass("tags", "import", name, "--json", "--reason", "a copy")
        assert answer.code == 0
        assert (answer.json["read"], answer.json["refused"]) == (7, 0)
        assert uncounted() == before
        second_import = smashpass("tags", "import", name, "--json")
        assert second_import.json["change"] is None
        # Its form is told by what is in it.
        looked = smashpass("import", name, "--dry-run", "--json").json
        assert (looked["read"], looked["tags"], looked["images"]) == (7, 0, 0)


_NUMBERS = ("read", "tags", "aliases", "implications", "described", "labelled", "refused")


@pytest.mark.parametrize("command", [("tags", "import"), ("import",)])
def test_a_dry_run_of_a_dictionary_tells_what_the_import_then_does(
    smashpass, library, tmp_path, command
):
    (tmp_path / "a.yaml").write_text(tree("a"))
    smashpass("rules", "publish", "a.yaml", "--reason", "r")
    (tmp_path / "d.csv").write_text(
        "name,category,label,labels,aliases,implications\n"
        "beard_full,,,fr=barbe,stubble,beard\nglasses,,Glasses,,specs,\nbad*,,,,,\n"
        "gl\u0430sses,,,,,\n"
    )
    before, having = library.changes.latest(), counts(smashpass)
    dry_run = smashpass(*command, "d.csv", "--dry-run", "--json")
    assert (dry_run.code, library.changes.latest()) == (3, before)
    alias = impact(smashpass, "alias", "specs", "glasses")
    imply = impact(smashpass, "imply", "beard_full", "beard")
    assert {name: dry_run.json[name] for name in ("images", "added", "removed")} == {
        name: alias[name] + imply[name] for name in ("images", "added", "removed")
    }
    assert dry_run.json["verdicts"] >= max(alias["verdicts"], imply["verdicts"]) > 0
    assert any("looks like 'glasses'" in warning["reason"] for warning in dry_run.json["warnings"])
    printed = smashpass(*command, "d.csv", "--dry-run").out
    assert "2 images would change: 2 tags gained, 1 lost" in printed
    assert "Nothing was changed." in printed

    import_run = smashpass(*command, "d.csv", "--json")
    assert import_run.code == 3
    for name in (*_NUMBERS, "problems", "warnings"):
        assert import_run.json[name] == dry_run.json[name]
    assert import_run.json["change"] == before + 1
    after = counts(smashpass)
    gained = sum(max(0, after.get(name, 0) - having.get(name, 0)) for name in after)
    lost = sum(max(0, having[name] - after.get(name, 0)) for name in having)
    assert (gained, lost) == (dry_run.json["added"], dry_run.json["removed"])
    nothing = smashpass(*command, "d.csv", "--dry-run", "--json").json
    assert (nothing["tags"], nothing["images"], nothing["verdicts"]) == (0, 0, 0)


def test_a_dry_run_of_a_dictionary_makes_no_library(smashpass, home, tmp_path):
    (tmp_path / "d.jsonl").write_text('{"name": "beard", "count": 3}\n\n"hat"\n')
    dry_run = smashpass("tags", "import", "d.jsonl", "--dry-run", "--json").json
    assert (dry_run["read"], dry_run["tags"], dry_run["images"]) == (2, 2, 0)
    assert not home.exists()
    assert smashpass("tags", "import", "d.jsonl", "--json").json["tags"] == 2


def test_a_tag_dictionary_with_bad_rows_is_partly_taken(smashpass, home, tmp_path):
    (tmp_path / "d.csv").write_text('beard,0,120,"whiskers,bad*"\nbad*,0,1\n')
    answer = smashpass("tags", "import", "d.csv")
    assert answer.code == 3
    assert answer.out == (
        "2 read, 1 new tags, 1 new aliases, 0 new implications, 1 described, 0 labelled, "
        "1 refused\n"
    )
    first, second = answer.err.splitlines()
    assert first.startswith("d.csv:2: refused: the tag name 'bad*'")
    assert second.startswith("d.csv:1: warning: the tag name 'bad*'")
    document = smashpass("tags", "import", "d.csv", "--json").json
    assert [problem["line"] for problem in document["problems"]] == [2]
    assert smashpass("tags", "show", "whiskers", "--json").json["category"] == "0"


def test_an_import_is_one_change_that_says_why(smashpass, library, tmp_path):
    (tmp_path / "d.csv").write_text("name,label\nbeard,Beard\nnew,New\n")
    before = library.changes.latest()
    smashpass("tags", "import", "d.csv", "--reason", "texts")
    (change,) = library.changes.read_after(before)
    assert (change.kind, change.reason) == ("vocabulary", "texts")
    assert len(change.body().described) == 2


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("d.csv", b"\xff\xfe\x00a", "d.csv:1: the file is not UTF-8"),
        ("d.csv", b'name\n"a', "d.csv:2: not CSV"),
        ("d.json", b"{", "d.json:1:2: not JSON"),
        ("d.json", b'{"tags": [{"name": 1}]}', "item 1 is not a tag"),
        ("d.jsonl", b'"a"\n{', "d.jsonl:2:2: not JSON"),
        ("d.jsonl", b'"a"\n\n{"name": 1}', "d.jsonl:3: "),
        ("folder", None, "cannot be read"),
        ("none", None, "cannot be read"),
        ("a\x00b", None, "cannot be read"),
        ("a\nb", None, "cannot be read"),
        ("\udcff", None, "cannot be read"),
        ("x" * 5000, None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_makes_no_home(
    smashpass, home, tmp_path, name, content, text
):
    (tmp_path / "folder").mkdir()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert text in smashpass("tags", "import", name).failure
    assert not home.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("alias", "foo", "berd"),
        ("imply", "foo", "bar"),
        ("rename", "berd", "x"),
        ("merge", "berd", "beard"),
        ("merge", "beard", "berd"),
        ("deprecate", "berd"),
        ("alias", "beard", "smile", "--remove"),
        ("imply", "beard", "smile", "--remove"),
        ("imply", "beard", "beard_full"),
        ("alias", "specs", "hat:top"),
        ("rename", "specs", "x"),
    ],
)
@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--json",)])
def test_what_makes_no_sense_is_one_line(smashpass, words, arguments, more):
    before = words.changes.latest()
    answer = smashpass("tags", *arguments, *more)
    assert answer.code == 1
    if more == ("--json",):
        assert answer.json["code"] in ("not_found", "conflict")
    else:
        assert answer.failure
    assert words.changes.latest() == before


@pytest.mark.parametrize(
    "name", ["", " ", "a,b", 'a"b', "a*", "-a", "~a", "\x00", "image:x", "\udcff"]
)
@pytest.mark.parametrize("command", ["show", "alias", "imply", "rename", "merge", "deprecate"])
def test_a_text_that_can_be_no_tag_is_wrong_usage(smashpass, words, command, name):
    more = () if command in ("show", "deprecate") else ("beard",)
    arguments = ("tags", command, "--", name, *more)
    assert smashpass(*arguments).code == 2
    assert smashpass(*arguments).failure


def test_the_nearest_tag_is_proposed(smashpass, words):
    assert "did you mean beard" in smashpass("tags", "show", "berd").failure


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("none",),
        ("show",),
        ("alias", "a"),
        ("alias", "a", "b", "c"),
        ("list", "--limit", "0"),
        ("list", "--limit", "x"),
        ("import",),
        ("import", ""),
        ("export", "x"),
        ("merge", "a", "b", "--remove"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_two(smashpass, arguments):
    answer = smashpass("tags", *arguments)
    assert answer.code == 2
    if arguments:
        assert answer.failure


@pytest.mark.parametrize("reason", ["", " ", "\x00", "x" * 501])
def test_a_reason_is_text_if_it_is_given(smashpass, words, tmp_path, reason):
    (tmp_path / "d.csv").write_text("x\n")
    before = words.changes.latest()
    for arguments in (("deprecate", "smile"), ("import", "d.csv")):
        assert "the reason" in smashpass("tags", *arguments, "--reason", reason).failure
    assert words.changes.latest() == before


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", "a"), ("alias", "a", "b"), ("export",), ("deprecate", "a")]
)
def test_where_no_library_is_that_is_said(smashpass, home, arguments):
    assert "there is no library yet" in smashpass("tags", *arguments).failure
    assert not home.exists()


def test_an_empty_vocabulary_is_no_failure(smashpass, installation):
    assert smashpass("tags", "list").out == "there are no tags\n"
    assert smashpass("tags", "list", "--json").json == []
    assert smashpass("tags", "export", "--json").json == {"tags": []}


def test_every_command_has_help_with_an_example(smashpass):
    names = ["list", "show", "alias", "imply", "rename", "merge", "deprecate", "import", "export"]
    for arguments in ((), *((name,) for name in names)):
        answer = smashpass("tags", *arguments, "--help")
        assert answer.code == 0
        assert "Example: smashpass tags" in " ".join(answer.out.split())


def test_how_an_image_came_by_a_tag_is_told(smashpass, words):
    glasses = words.catalogue.vocabulary().resolve("glasses")
    words.catalogue.apply_tag_edit(ImageSet([1]), add=[glasses], by="ann", origin="api")
    image = words.image_ids.encode(1)
    printed = smashpass("tags", "show", "glasses", "--image", image)
    assert printed.out.startswith("added by ann, 20")
    (origin,) = smashpass("tags", "show", "glasses", "--image", image, "--json").json["origins"]
    assert (origin["by"], origin["who"], origin["at"][:2]) == ("hand", "ann", "20")
    imported = smashpass("tags", "show", "hair:blonde", "--image", image)
    assert imported.out == "imported in run 1, line 1\n"
    assert smashpass("tags", "show", "glasses", "--image", "nothing").code == 1
    assert smashpass("search", "by:hand", "--count").out == "1\n"


def test_tags_that_go_together_are_counted_exactly(smashpass, words):
    document = smashpass("tags", "related", "beard", "--by", "jaccard", "--json").json
    assert (document["matched"], document["tags"][0]["name"], document["tags"][0]["jaccard"]) == (
        3,
        "beard",
        1,
    )
    printed = smashpass("tags", "related", "beard")
    assert printed.out.splitlines()[0].split() == [
        *("both", "count", "jaccard", "cosine", "lift", "name")
    ]
    assert printed.out.endswith("3 images match\n")


def test_images_of_a_query_are_counted_by_tag(smashpass, words):
    document = smashpass("tags", "counts", "hair:*", "--prefix", "hair:", "--json").json
    assert {tag["name"]: tag["both"] for tag in document["tags"]} == {
        "hair:blonde": 3,
        "hair:black": 2,
    }
    assert smashpass("tags", "counts", "beard AND").failure
