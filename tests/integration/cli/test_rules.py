"""``smashpass rules``: from files to the revision that decides, and back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.rules import shipped
from tests.support.trees import LOOKS, tree


@pytest.fixture
def rules(home: Path, tmp_path: Path) -> Path:
    """A folder of good rules; the working folder is the one that holds it."""
    folder = tmp_path / "rules"
    for path, text in {
        "trees/a.yaml": tree("a"),
        "trees/b.yml": tree("b", labels="[]", include="../fragments/looks.yaml"),
        "fragments/looks.yaml": LOOKS,
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def publish(smashpass, path, reason: str = "why") -> str:
    answer = smashpass("rules", "publish", str(path), "--reason", reason, "--json")
    assert answer.code == 0, answer
    return answer.json["revision"]


def test_good_rules_need_no_library_to_be_checked(smashpass, rules, home):
    answer = smashpass("rules", "check", "rules")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "3 files: 0 errors, 0 warnings\n"
    assert not home.exists()


def test_the_shipped_rules_are_good(smashpass):
    assert smashpass("rules", "check", str(shipped("rules"))).code == 0
    assert smashpass("rules", "test", str(shipped("rules"))).code == 0


def test_every_mistake_is_shown_with_its_line_and_a_mark(smashpass, rules):
    text = tree("a").replace("if: glasses", "if: [glasses]").replace("smash,", "smush,", 1)
    (rules / "trees/a.yaml").write_text(text)
    answer = smashpass("rules", "check", "rules/trees/a.yaml", "rules/trees/b.yml")
    assert (answer.code, answer.err) == (1, "")
    assert "rules/trees/a.yaml:8:28: error[E216]" in answer.out
    assert "rules/trees/a.yaml:11:9: error[E210]" in answer.out
    assert "  11 |     if: [glasses]\n     |         ^\n" in answer.out
    assert answer.out.endswith("\n3 files: 2 errors, 0 warnings\n")


def test_problems_as_json_have_a_place_and_a_way_out(smashpass, rules):
    (rules / "trees/a.yaml").write_text(tree("a", expected="two"))
    (rules / "trees/c.yaml").write_text(tree("c", include="../fragments/none.yaml"))
    answer = smashpass("rules", "check", "rules", "--json")
    assert (answer.code, answer.err) == (1, "")
    document = answer.json
    assert set(document) == {"problems", "errors", "warnings"}
    assert document["errors"] == 2
    assert document["warnings"] == len(document["problems"]) - 2
    for problem in document["problems"]:
        assert {"code", "severity", "file", "line", "col", "message", "hint"} <= set(problem)
        assert problem["line"] >= 1
        assert problem["severity"] in ("error", "warning")
    places = {(row["code"], row["file"], row["line"]) for row in document["problems"]}
    assert ("E602", "rules/trees/a.yaml", 19) in places
    assert ("E302", "rules/trees/c.yaml", 5) in places


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe\x00", "E102"),
        (bytes(range(256)), "E102"),
        (b"", "E111"),
        (b"a: [", "E100"),
        (b"\x00", "E103"),
        (b"- x\n" * 70_000, "E101"),
        ("format: 1\nid: \u202e\n".encode(), "E103"),
    ],
)
def test_a_file_that_is_no_rule_file_is_a_located_problem(smashpass, rules, content, code):
    (rules / "bad.yaml").write_bytes(content)
    answer = smashpass("rules", "check", "rules", "--json")
    assert answer.code == 1
    assert {(problem["file"], problem["code"]) for problem in answer.json["problems"]} == {
        ("rules/bad.yaml", code)
    }
    printed = smashpass("rules", "check", "rules/bad.yaml")
    assert (printed.code, printed.err) == (1, "")
    assert "\x00" not in printed.out
    assert "\u202e" not in printed.out


@pytest.mark.parametrize("command", ["check", "test"])
@pytest.mark.parametrize(
    "path", ["none", "empty", "none.yaml", "a\x00b", "x\ny", "\udcff.yaml", ""]
)
def test_a_path_that_leads_to_no_rule_is_one_line(smashpass, tmp_path, command, path):
    (tmp_path / "empty").mkdir()
    if path == "":
        answer = smashpass("rules", command, str(tmp_path / "empty"))
    else:
        answer = smashpass("rules", command, path)
    assert "check the path" in answer.failure or "no rule file" in answer.failure


def test_the_tests_of_the_trees_are_counted(smashpass, rules):
    answer = smashpass("rules", "test", "rules")
    assert (answer.code, answer.out, answer.err) == (0, "8 tests, 0 failed\n", "")
    document = smashpass("rules", "test", "rules", "--json").json
    assert (document["tests"], document["failed"], document["problems"]) == (8, 0, [])
    assert document["results"][0] == {
        "tree": "a",
        "name": "a beard counts first",
        "file": "rules/trees/a.yaml",
        "line": 19,
        "leaf": "one",
        "passed": True,
    }


def test_a_failing_test_shows_the_path_that_was_taken(smashpass, rules):
    (rules / "trees/a.yaml").write_text(tree("a", expected="two"))
    answer = smashpass("rules", "test", "rules")
    assert (answer.code, answer.err) == (1, "")
    assert "rules/trees/a.yaml:19:5: error[E602]" in answer.out
    assert "the path taken is top: beard yes (beard) → one" in answer.out
    assert answer.out.endswith("8 tests, 1 failed\n")


def test_tests_of_good_trees_run_beside_a_broken_file(smashpass, rules):
    (rules / "trees/c.yaml").write_text("format: 1\nid: c\nroot: {}\n")
    answer = smashpass("rules", "test", "rules")
    assert answer.code == 1
    assert answer.out.endswith("8 tests, 0 failed, 1 error in the files\n")


def test_results_are_written_as_junit(smashpass, rules, tmp_path):
    (rules / "trees/a.yaml").write_text(tree("a", expected="two"))
    (rules / "trees/c.yaml").write_text("format: 1\nid: c\nroot: {}\n")
    assert smashpass("rules", "test", "rules", "--junit", "out.xml").code == 1
    top = Xml.parse(tmp_path / "out.xml").getroot()
    suites = {
        suite.get("name"): tuple(int(suite.get(key, "")) for key in ("tests", "failures", "errors"))
        for suite in top
    }
    assert suites == {"a": (4, 1, 0), "b": (4, 0, 0), "files": (1, 0, 1)}
    failure = top.find("testsuite/testcase/failure")
    assert failure is not None
    assert failure.get("type") == "E602"
    assert (failure.text or "").startswith("rules/trees/a.yaml:19:5\n")


@pytest.mark.parametrize("file", [".", "none/out.xml", "a\x00b"])
def test_results_that_cannot_be_written_are_a_failure(smashpass, rules, file):
    assert "cannot be written" in smashpass("rules", "test", "rules", "--junit", file).failure


def test_publishing_makes_home_and_schema(smashpass, rules, home):
    answer = smashpass("rules", "publish", "rules", "--reason", "first")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("published revision ")
    assert answer.out.endswith(": added a, b\n")
    assert (home / "smashpass.db").exists()


def test_the_same_set_again_says_so(smashpass, rules):
    publish(smashpass, "rules")
    answer = smashpass("rules", "publish", "rules", "--reason", "again")
    assert answer.code == 0
    assert answer.out.endswith("is already active; nothing changed\n")
    assert len(smashpass("rules", "list", "--json").json["revisions"]) == 1


def test_a_published_file_replaces_its_tree(smashpass, rules, tmp_path):
    publish(smashpass, "rules")
    (rules / "trees/a.yaml").write_text(tree("a", weight=99))
    (rules / "trees/b.yml").write_text("broken")
    answer = smashpass("rules", "publish", "rules/trees/a.yaml", "--reason", "more", "--json")
    assert answer.code == 0
    assert answer.json["trees"] == {"added": [], "removed": [], "changed": ["a"]}
    document = smashpass("rules", "show", "active", "--json").json
    assert [entry["id"] for entry in document["trees"]] == ["a", "b"]
    assert set(document["files"]) == {"trees/a.yaml", "trees/b.yml", "fragments/looks.yaml"}

    (tmp_path / "loose.yaml").write_text(tree("loose", labels="[]"))
    answer = smashpass("rules", "publish", "loose.yaml", "--reason", "one more", "--json")
    assert answer.json["trees"]["added"] == ["loose"]
    assert len(smashpass("rules", "show", "active", "--json").json["trees"]) == 3


def test_rules_with_errors_are_not_published_and_make_no_home(smashpass, rules, home):
    text = tree("a", expected="two").replace("weight: 55", "weight: 555", 1)
    (rules / "trees/a.yaml").write_text(text)
    (rules / "trees/b.yml").write_text("{")
    answer = smashpass("rules", "publish", "rules", "--reason", "x")
    assert (answer.code, answer.out) == (1, "")
    assert "rules/trees/a.yaml:12:45: error[E206]" in answer.err
    assert "error[E602]" in answer.err
    assert "rules/trees/b.yml:" in answer.err
    last = answer.err.splitlines()[-1]
    assert last == "smashpass: nothing was published: the rules have 3 errors"
    document = smashpass("rules", "publish", "rules", "--reason", "x", "--json")
    assert document.code == 1
    assert document.json["code"] == "bad_rules"
    assert len(document.json["problems"]) == 3
    assert not home.exists()


def test_warnings_are_shown_and_block_nothing(smashpass, rules):
    (rules / "trees/c.yaml").write_text(tree("c"))
    answer = smashpass("rules", "publish", "rules", "--reason", "x")
    assert answer.code == 0
    assert "warning[W304]" in answer.out
    document = smashpass("rules", "publish", "rules", "--reason", "x", "--json")
    assert [problem["code"] for problem in document.json["warnings"]] == ["W304"]


@pytest.mark.parametrize("reason", ["", " ", "a\x00b", "\x1b[2J", "\udcff", "x" * 501])
def test_a_reason_that_says_nothing_is_refused(smashpass, rules, home, reason):
    answer = smashpass("rules", "publish", "rules", "--reason", reason)
    assert answer.failure.startswith("smashpass: the reason ")
    assert not home.exists()
    publish(smashpass, "rules")
    assert "the reason" in smashpass("rules", "rollback", "active", "--reason", reason).failure


def test_a_reason_must_be_given(smashpass, rules):
    answer = smashpass("rules", "publish", "rules")
    assert answer.code == 2
    assert "--reason" in answer.failure


def test_a_rollback_and_a_list_and_a_diff_tell_one_story(smashpass, rules):
    first = publish(smashpass, "rules", "first")
    (rules / "trees/a.yaml").write_text(tree("a", weight=99))
    second = publish(smashpass, "rules", "große Änderung")

    listed = smashpass("rules", "list")
    assert [line.split()[:2] for line in listed.out.splitlines()] == [
        ["*", second[:12]],
        [first[:12], listed.out.splitlines()[1].split()[1]],
    ]
    assert listed.out.splitlines()[0].endswith("große Änderung")

    diff = smashpass("rules", "diff", first[:8], second[:8])
    assert diff.out.splitlines()[0] == "changed a"
    assert '-  then: {id: one, verdict: smash, weight: 60, reason: "A beard"}' in diff.out
    as_json = smashpass("rules", "diff", first, "active", "--json").json
    assert as_json["trees"]["changed"] == ["a"]
    assert list(as_json["files"]) == ["trees/a.yaml"]

    back = smashpass("rules", "rollback", first[:8], "--reason", "too much")
    assert back.out == f"rolled back to revision {first[:12]}: changed a\n"
    listed_again = smashpass("rules", "list", "--json").json["revisions"]
    assert [(revision["revision"], revision["active"]) for revision in listed_again] == [
        (second, False),
        (first, True),
    ]
    rolled_back = smashpass("rules", "rollback", first[:8], "--reason", "too much")
    assert "is already active" in rolled_back.out


def test_a_revision_is_shown_whole(smashpass, rules):
    revision = publish(smashpass, "rules", "first")
    text = smashpass("rules", "show", revision[:10]).out
    assert text.startswith(f"revision {revision} (active)\npublished 20")
    assert ": first\n" in text
    assert "tree a [default]: Tree a\n" in text
    assert "# fragments/looks.yaml\nformat: 1\n" in text


@pytest.mark.parametrize(
    "name", ["ffffffff", "", "x y", "\x00", "\udcff", "🙂", "../..", "a" * 9999]
)
@pytest.mark.parametrize("command", ["show", "diff", "rollback"])
def test_an_unknown_revision_is_one_line_with_proposals(smashpass, rules, command, name):
    revision = publish(smashpass, "rules")
    arguments = {"show": [name], "diff": ["active", name], "rollback": [name, "--reason", "x"]}
    answer = smashpass("rules", command, *arguments[command])
    assert answer.code == 1
    assert revision[:12] in answer.failure
    document = smashpass("rules", command, *arguments[command], "--json")
    assert document.json["code"] == "not_found"


@pytest.mark.parametrize(
    "arguments",
    [
        ("list",),
        ("show", "active"),
        ("diff", "a", "b"),
        ("rollback", "abcd", "--reason", "x"),
    ],
)
def test_where_no_library_is_that_is_said(smashpass, home, arguments):
    assert "there is no library yet" in smashpass("rules", *arguments).failure
    assert not home.exists()


def test_where_nothing_is_published_the_list_is_empty(smashpass, installation):
    assert smashpass("rules", "list").out == "no rules are published\n"
    assert smashpass("rules", "list", "--json").json == {"revisions": [], "canary": None}
    assert "no revision is active" in smashpass("rules", "show", "active").failure


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("none",),
        ("check",),
        ("check", "--none", "x"),
        ("publish",),
        ("publish", "a", "b", "--reason", "x"),
        ("show",),
        ("diff", "a"),
        ("test", "--junit"),
        ("list", "x"),
        ("check", ""),
        ("publish", "", "--reason", "x"),
        ("test", "--junit", "", "x"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_two(smashpass, arguments):
    answer = smashpass("rules", *arguments)
    assert answer.code == 2
    if arguments:
        assert answer.failure.startswith("smashpass: ")


def test_a_database_that_is_none_is_one_line(smashpass, rules, home):
    home.mkdir()
    (home / "smashpass.db").write_bytes(b"nothing of the kind" * 100)
    for arguments in (("list",), ("publish", "rules", "--reason", "x")):
        assert "not a database" in smashpass("rules", *arguments).failure


def test_a_home_that_is_a_file_is_one_line(smashpass, rules, home):
    home.write_text("")
    assert str(home) in smashpass("rules", "publish", "rules", "--reason", "x").failure


def test_every_command_has_help_with_an_example(smashpass):
    for arguments in (
        (),
        *((name,) for name in ["check", "test", "publish", "list", "show", "diff", "rollback"]),
    ):
        answer = smashpass("rules", *arguments, "--help")
        assert answer.code == 0
        assert "Example: smashpass rules" in answer.out


def test_the_change_log_has_one_entry_a_publication(smashpass, rules, library: Installation):
    before = library.changes.latest()
    publish(smashpass, "rules", "first")
    publish(smashpass, "rules", "again")
    (change,) = library.changes.read_after(before)
    assert (change.kind, change.origin, change.reason) == ("revision", "cli", "first")
    assert change.by


def test_published_texts_are_kept_as_written(smashpass, rules, home):
    publish(smashpass, "rules")
    with sqlite3.connect(home / "smashpass.db") as database:
        texts = dict(database.execute("SELECT path, text FROM revision_file"))
    database.close()
    assert texts == {
        path.relative_to(rules).as_posix(): path.read_text() for path in rules.rglob("*.y*ml")
    }
    assert json.loads(json.dumps(texts)) == texts


def test_coverage_names_what_is_missing_and_writes_the_tests(smashpass, rules):
    answer = smashpass("rules", "test", "rules", "--coverage")
    assert answer.code == 0
    assert "a: 100.0 % covered (branches 6/6, leaves 4/4, conditions 6/6)\n" in answer.out
    low = smashpass("rules", "test", "rules", "--min", "100", "--junit", "out.xml")
    assert low.code == 1
    assert low.err == "b has less than 100 % coverage\n"
    assert '  - name: "bottom.then: hair:blonde is true"' in low.out
    suite = Xml.parse("out.xml").find("testsuite[@name='coverage']")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    covered = smashpass("rules", "test", "rules", "--coverage", "--json").json["coverage"]
    assert [(row["tree"], row["percent"] == 100, row["exact"]) for row in covered] == [
        ("a", True, True),
        ("b", False, True),
    ]
    assert "given: {tags: [hair:blonde" in covered[1]["missing_tests"][0]["test"]


def test_rules_with_an_arm_that_nothing_reaches_are_not_published(smashpass, rules, library):
    text = tree("a").replace("if: hat\n", "if: {all: [hat, beard]}\n")
    (rules / "trees/a.yaml").write_text(text)
    answer = smashpass("rules", "publish", "rules", "--reason", "r")
    assert answer.code == 1
    assert "error[E409] the arm can never be reached: top.then takes beard" in answer.err


def test_the_impact_is_shown_before_rules_are_published(smashpass, rules, library):
    old = publish(smashpass, "rules")
    changed = tree("a", first="hair:black").replace("[beard, hat]", '["hair:black"]')
    (rules / "trees/a.yaml").write_text(changed)
    impact = smashpass("rules", "impact", "rules/trees/a.yaml", "--json").json
    assert list(impact) == ["revision", "against", "images", "trees", "swipes", "warnings"]
    assert impact["against"] == old
    assert impact["swipes"]["total"] == 0
    first, second = impact["trees"]
    assert first["flips"] == {"to_smash": 2, "to_pass": 1}
    assert {"leaf": "one", "before": 2, "after": 2} in first["leaves"]
    assert len(first["sample"]) == 3
    assert (first["undecided"], second["flips"]) == (0, {"to_smash": 0, "to_pass": 0})
    answer = smashpass("rules", "impact", "rules", "--against", old[:8])
    assert answer.code == 0
    assert "tree a: 2 images flip to smash, 1 to pass, 0 depend on more" in answer.out
    assert "tree b is unchanged" in answer.out
    assert smashpass("rules", "list", "--json").json["revisions"][0]["revision"] == old


def test_rules_with_errors_have_no_impact(smashpass, rules, library):
    (rules / "trees/a.yaml").write_text(tree("a").replace("if: glasses", "if: [glasses]"))
    answer = smashpass("rules", "impact", "rules")
    assert answer.code == 1
    assert "error[E210]" in answer.err
    assert smashpass("rules", "impact", "rules", "--json").json["problems"][0]["line"] == 11


def test_the_schema_for_editors_is_printed(smashpass, home):
    answer = smashpass("rules", "schema")
    assert answer.code == 0
    schema = json.loads(answer.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"format", "id", "root", "tests"} <= schema["properties"].keys()
    assert not home.exists()


def test_diff_tells_what_is_decided_differently_with_an_image_to_try(smashpass, rules, library):
    first = publish(smashpass, "rules")
    text = tree("a").replace("if: glasses", "if: {any: [glasses, hat]}")
    text = text.replace("if: hat\n", "if: scarf\n").replace("leaf: three", "leaf: two")
    (rules / "trees/a.yaml").write_text(text)
    second = publish(smashpass, "rules")
    meanings = smashpass("rules", "diff", first, second, "--json").json["meaning"]
    assert list(meanings) == ["a"]
    witness = {"tags": ["hat"], "attrs": {}, "facets": {}}
    change = {"before": "three", "after": "two", "decides_differently": True, "witness": witness}
    assert change in meanings["a"]
    lines = smashpass("rules", "diff", first, second).out.splitlines()
    assert "tree a: three → two, for example an image with hat" in lines


def test_a_canary_is_started_told_and_ended(smashpass, rules, library):
    first = publish(smashpass, "rules")
    assert smashpass("rules", "canary").out == "no canary is running\n"
    assert smashpass("rules", "canary", "--json").json == {"canary": None}
    (rules / "trees/a.yaml").write_text(tree("a", weight=99))
    started = smashpass("rules", "canary", "rules", "--percent", "0", "--json").json["canary"]
    assert (started["percent"], started["compared"], started["sample"]) == (0, 0, [])
    revision = started["revision"]
    assert f"canary {revision[:12]} only counts" in smashpass("rules", "list").out
    smashpass("rules", "canary", "--revision", revision[:8], "--percent", "25")
    listed = smashpass("rules", "list", "--json").json
    assert listed["canary"] == {"revision": revision, "percent": 25}
    assert [
        listed_revision["revision"]
        for listed_revision in listed["revisions"]
        if listed_revision["active"]
    ] == [first]
    assert "decides for 25 % of viewers" in smashpass("rules", "show", revision).out
    assert smashpass("rules", "show", revision, "--json").json["canary"] == 25
    assert "0 decisions compared" in smashpass("rules", "canary").out
    assert "ended" in smashpass("rules", "canary", "--off").out
    assert "no canary runs" in smashpass("rules", "canary", "--off").failure


def test_a_canary_with_errors_is_none(smashpass, rules, library):
    publish(smashpass, "rules")
    (rules / "trees/a.yaml").write_text(tree("a").replace("if: glasses", "if: [glasses]"))
    answer = smashpass("rules", "canary", "rules", "--percent", "5")
    assert answer.code == 1
    assert "error[E210]" in answer.err
    document = smashpass("rules", "canary", "rules", "--percent", "5", "--json").json
    assert document["problems"][0]["line"] == 11


@pytest.mark.parametrize(
    "arguments",
    [
        ("rules",),
        ("--percent", "5"),
        ("rules", "--percent", "101"),
        ("--off", "--percent", "5"),
        ("rules", "--revision", "abcd", "--percent", "5"),
    ],
)
def test_a_canary_is_asked_for_in_one_way(smashpass, rules, arguments):
    assert smashpass("rules", "canary", *arguments).code == 2
