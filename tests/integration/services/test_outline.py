"""A tree as a list, what editors did to one, and how recorded decisions ended."""

from __future__ import annotations

import os

import orjson
import pytest

from smashpass.rulefiles.load import load_texts
from smashpass.services.decisions.counts import DecisionCounts, count_decisions
from smashpass.services.rules.authoring.outline import OutlineCounts, outline
from smashpass.services.rules.authoring.review import node_changes
from smashpass.store.rules.decision_files import newest_lines
from tests.support.trees import LOOKS, tree

FRAGMENT = """\
format: 1
id: parts
nodes:
  rest:
    if: smile
    then: {id: smiling, verdict: smash, reason: "A smile"}
    else:
      id: other
      outcomes: [{verdict: smash, weight: 3, reason: a}, {verdict: pass, weight: 1, reason: b}]
"""
TWICE = """\
format: 1
id: twice
include: [parts.yaml]
root:
  id: top
  if: beard
  then:
    id: young
    choose:
      - when: hat
        then: {use: parts.rest}
    else: {id: bare, verdict: pass, weight: 50, reason: "No hat"}
  else: {use: parts.rest}
"""


def loaded(text: str, **more: str):
    rules = load_texts({"t.yaml": text, **more}).require()
    return rules.trees[0], rules


def test_every_place_is_listed_in_reading_order_with_what_is_asked_and_decided():
    plain, rules = loaded(tree("t"))

    root = outline(plain, places=rules.places["t"])

    assert [(node.id, node.kind, node.when, node.said) for node in root] == [
        ("top", "branch", "", "beard?"),
        ("one", "smash", "beard", "smash 60"),
        ("middle", "branch", "else", "glasses?"),
        ("two", "smash", "glasses", "smash 55"),
        ("bottom", "branch", "else", "hat?"),
        ("three", "pass", "hat", "pass 55"),
        ("four", "pass", "else", "pass 70"),
    ]
    assert [node.place.line for node in root if node.place] == [7, 7, 10, 11, 14, 15, 17]


def test_shares_are_of_the_library_and_of_recorded_decisions():
    plain, _ = loaded(tree("t"))
    counted = OutlineCounts({(): 8, (0,): 2, (1,): 6}, {"one": 3, "two": 1})

    places = {node.id: node for node in outline(plain, counted, path={(), (0,)})}

    assert (places["one"].images, places["one"].share, places["one"].decisions) == (2, 0.25, 0.75)
    assert (places["middle"].share, places["middle"].decisions) == (0.75, 0.25)
    assert places["two"].images is None
    assert [name for name, node in places.items() if node.on_path] == ["top", "one"]


def test_a_leaf_that_stands_twice_has_no_share_of_decisions_of_its_own():
    double, _ = loaded(TWICE, **{"parts.yaml": FRAGMENT})

    root = outline(double, OutlineCounts({}, {"smiling": 2, "bare": 2}))

    decisions = {node.node_path: node.decisions for node in root}
    assert decisions[()] == 1.0
    assert decisions[0, 1] == 0.5
    assert decisions[0, 0, 0] is None
    assert [node.decided for node in root if node.kind == "drawn"] == ["smash 3 : pass 1"] * 2


def test_without_records_no_share_is_told():
    plain, _ = loaded(tree("t"))
    assert {node.decisions for node in outline(plain)} == {None}


def test_what_an_editor_did_to_a_tree_is_told_by_branch_and_leaf():
    before, _ = loaded(tree("t"))
    after, _ = loaded(
        tree("t", weight=70, include="looks.yaml").replace("id: two", "id: second")
        .replace("leaf: two", "leaf: second"),
        **{"looks.yaml": LOOKS},
    )  # fmt: skip

    changes = {change.id: change for change in node_changes(before, after)}

    assert {name: change.what for name, change in changes.items()} == {
        "one": "changed",
        "middle": "changed",
        "second": "added",
        "bottom": "changed",
        "two": "removed",
    }
    assert changes["one"].before == "smash 60: A beard"
    assert changes["one"].after == "smash 70: A beard"
    assert not changes["bottom"].is_leaf


@pytest.mark.parametrize("gone", [True, False])
def test_a_tree_that_came_or_went_is_told_whole(gone):
    plain, _ = loaded(tree("t"))

    changes = node_changes(plain, None) if gone else node_changes(None, plain)

    assert {change.what for change in changes} == {"removed" if gone else "added"}
    assert len(changes) == 7
    assert node_changes(plain, plain) == ()


def record(revision: str, leaf: str, at: str = "2026-11-02T00:00:00Z") -> bytes:
    return orjson.dumps(
        {"revision": revision, "tree": "t", "at": at, "decision": {"leaf": leaf}, "tags": []}
    )


def test_recorded_decisions_are_counted_by_leaf():
    lines = [
        record("aa", "one")[10:],
        record("aa", "one"),
        record("aa", "two", "2026-11-01T00:00:00Z"),
        record("bb", "one"),
        record("aa", "one"),
        b"[]",
        b'{"revision": "aa"',
    ]

    assert count_decisions(lines, "aa") == DecisionCounts(
        3, {"t": {"one": 2, "two": 1}}, "2026-11-01T00:00:00Z"
    )
    assert count_decisions([], "aa").of("t") == {}


def test_the_newest_lines_of_the_log_are_read(tmp_path):
    (tmp_path / "2026-11-01-1-0000.jsonl").write_bytes(b"old\n" * 10)
    (tmp_path / "2026-11-02-1-0000.jsonl").write_bytes(b"new 1\nnew 2\nnew 3\n")
    os.utime(tmp_path / "2026-11-01-1-0000.jsonl", (1, 1))

    assert list(newest_lines(tmp_path, 15)) == [b" 1", b"new 2", b"new 3"]
    assert len(list(newest_lines(tmp_path, 1_000))) == 13
    assert list(newest_lines(tmp_path / "none", 15)) == []
