"""Fragments in their places, levels, ids, labels: what only a whole tree shows."""

from __future__ import annotations

import pytest

from smashpass.core.rules.tree import Branch, depth, leaves
from smashpass.rulefiles.load import load_texts
from tests.support.rule_texts import GOOD, LOOKS, LOOKS_PATH, PORTRAITS, PORTRAITS_PATH


def chain(levels: int, end: str = "{id: end, verdict: pass, reason: r}") -> str:
    """Return a node with so many levels in flow style."""
    node = end
    for level in range(levels, 0, -1):
        leaf = f"{{id: l{level}, verdict: smash, reason: r{level}}}"
        node = f"{{id: b{level}, if: t{level}, then: {leaf}, else: {node}}}"
    return node


def tree(root: str, head: str = "") -> dict[str, str]:
    return {"t.yaml": f"format: 1\nid: t\n{head}root: {root}\n"}


@pytest.mark.parametrize("levels", range(1, 9))
def test_a_tree_has_three_to_five_levels(levels: int) -> None:
    rules = load_texts(tree(chain(levels)))
    if levels < 3:
        assert [problem.code for problem in rules.problems] == ["E411"]
        names = " → ".join(f"b{level}" for level in range(1, levels + 1))
        assert f"{levels} of at least 3 levels: {names}" in rules.problems[0].message
    elif levels > 5:
        assert [problem.code for problem in rules.problems] == ["E407"]
        assert "b1 → b2 → b3 → b4 → b5 → b6" in rules.problems[0].message
    else:
        assert rules.problems == ()
        assert depth(rules.trees[0].root) == levels


def test_a_leaf_alone_is_no_tree() -> None:
    problems = load_texts(tree("{id: x, verdict: pass, reason: r}")).problems
    assert [(problem.code, problem.line, problem.col) for problem in problems] == [("E411", 3, 7)]


def test_levels_are_counted_through_fragments() -> None:
    head = f"nodes:\n  deep: {chain(3)}\n"
    root = "{id: r1, if: x, then: {id: o, verdict: pass, reason: z}, else: {use: deep}}"
    rules = load_texts(tree(root, head))
    assert rules.problems == ()
    assert depth(rules.trees[0].root) == 4


def test_a_fragment_may_be_used_twice() -> None:
    text = PORTRAITS.replace(
        '{id: well-made, verdict: smash, weight: 60, reason: "Good quality in a style seen"}',
        "{use: looks.machine}",
    ).replace("{leaf: well-made, weight: 60}", "{leaf: machine-big}")
    rules = load_texts({**GOOD, PORTRAITS_PATH: text})
    assert rules.problems == ()
    names = [leaf.id for leaf in leaves(rules.trees[0].root)]
    assert names.count("machine-big") == 2
    root = rules.trees[0].root.otherwise
    assert isinstance(root, Branch)
    inner = [arm.then.id for arm in root.arms if isinstance(arm.then, Branch)]
    assert inner == ["fair-beard", "root.else.arms[1].then", "root.else.arms[2].then"]


def test_an_id_of_a_fragment_and_one_of_the_tree_clash_where_the_fragment_is_used() -> None:
    text = PORTRAITS.replace("id: well-made, verdict", "id: machine-big, verdict")
    problems = load_texts({**GOOD, PORTRAITS_PATH: text}).problems
    assert [(problem.code, problem.line, problem.related) for problem in problems] == [
        ("E307", 44, "fragments/looks.yaml:10:16")
    ]


def test_the_place_of_an_unnamed_root_is_taken() -> None:
    text = chain(3, "{id: root, verdict: pass, reason: r}").replace("{id: b1, ", "{")
    assert [problem.code for problem in load_texts(tree(text)).problems] == ["E307"]


def test_a_use_that_leads_back_is_found_even_if_no_tree_reaches_it() -> None:
    leaf = "{id: l, verdict: pass, reason: r}"
    head = f"nodes:\n  a: {{if: x, then: {{use: b}}, else: {leaf}}}\n  b: {{use: a}}\n"
    problems = load_texts(tree(chain(3), head)).problems
    assert [(problem.code, problem.line) for problem in problems] == [("E303", 5)]
    assert "leads back to itself: a → b → a" in problems[0].message


def test_a_circle_through_several_files_names_them() -> None:
    text = (
        "format: 1\nid: {0}\ninclude: [{1}.yaml]\n"
        "nodes:\n  n: {{if: x, then: {{use: {1}.n}}, else: {{verdict: pass, id: l, reason: r}}}}\n"
    )
    files = {"fa.yaml": text.format("fa", "fb"), "fb.yaml": text.format("fb", "fa")}
    messages = [problem.message for problem in load_texts(files).problems]
    assert messages == [
        "the include leads back to itself: fa.yaml → fb.yaml → fa.yaml",
        "the node leads back to itself: fa.n → fb.n → fa.n",
    ]


def test_forty_lines_that_double_each_other_are_refused_before_they_are_built() -> None:
    doubling = "".join(
        f"  n{n}: {{if: a, then: {{use: n{n + 1}}}, else: {{use: n{n + 1}}}}}\n" for n in range(40)
    )
    head = f"nodes:\n{doubling}  n40: {{id: x, verdict: pass, reason: r}}\n"
    codes = {problem.code for problem in load_texts(tree("{use: n0}", head)).problems}
    assert "E104" in codes
    assert codes <= {"E104", "E408"}


def test_a_large_fragment_in_many_trees_is_refused_before_the_last_is_built() -> None:
    arms = ", ".join(
        f"{{when: t{n}, then: {{id: w{n}, verdict: smash, reason: r}}}}" for n in range(1_200)
    )
    wide = f"{{choose: [{arms}], else: {{id: z, verdict: pass, reason: r}}}}"
    files = {"big.yaml": f"format: 1\nid: big\nnodes:\n  wide: {wide}\n"}
    for n in range(90):
        root = chain(2, "{use: big.wide}")
        head = f"format: 1\nid: t{n}\ninclude: [big.yaml]\n"
        files[f"t{n}.yaml"] = f"{head}root: {root}\n"
    rules = load_texts(files)
    assert {problem.code for problem in rules.problems} == {"E104"}
    assert 0 < len(rules.trees) < 90


def test_the_same_answer_on_both_ways_is_found_through_fragments() -> None:
    head = "nodes:\n  same: {id: s, verdict: pass, reason: r}\n"
    root = chain(3, "{if: x, then: {use: same}, else: {id: s2, verdict: pass, reason: r}}")
    problems = load_texts(tree(root, head)).problems
    assert [problem.code for problem in problems] == ["E408"]


def test_a_named_condition_equals_the_same_written_out() -> None:
    head = "predicates:\n  p: {any: [a, b]}\n"
    root = chain(2).replace("if: t1", "if: {all: [{is: p}, {any: [a, b]}]}")
    root = root.replace(
        "{id: end, verdict",
        "{if: q, then: {id: e2, verdict: smash, reason: r}, else: {id: end, verdict",
    )
    problems = load_texts(tree(root + "}", head)).problems
    assert [problem.code for problem in problems] == ["E401"]


def test_two_types_for_one_attribute_are_refused() -> None:
    looks = LOOKS.replace(
        "image.width: {type: integer, min: 1, max: 16384}", "image.quality: {type: integer}"
    )
    looks = looks.replace("{attr: image.width, gte: 512}", "{attr: image.quality, gte: 5}")
    problems = load_texts({**GOOD, LOOKS_PATH: looks}).problems
    assert [(problem.code, problem.line, problem.col) for problem in problems] == [("E309", 9, 3)]


def test_a_lottery_with_one_winner_is_a_warning_that_blocks_nothing() -> None:
    text = PORTRAITS.replace("verdict: pass, weight: 1, r", "verdict: pass, weight: 0, r")
    text = text.replace("odds: {smash: 3, pass: 1}", "odds: {smash: 3, pass: 0}")
    rules = load_texts({**GOOD, PORTRAITS_PATH: text})
    assert [(problem.code, problem.severity) for problem in rules.problems] == [("W410", "warning")]
    assert rules.errors == ()
    assert len(rules.trees) == 1


def test_a_tree_whose_fragment_has_an_error_is_not_built() -> None:
    looks = LOOKS.replace("verdict: pass", "verdict: maybe")
    rules = load_texts({**GOOD, LOOKS_PATH: looks})
    assert [problem.code for problem in rules.problems] == ["E216"]
    assert rules.trees == ()


def test_defaults_fill_what_leaves_and_comparisons_leave_out() -> None:
    head = "defaults: {weight: 7, on_missing: true}\n"
    root = chain(3).replace("if: t1", "if: {attr: image.width, lt: 9}")
    root_read = load_texts(tree(root, head)).trees[0].root
    assert getattr(root_read.arms[0].when, "on_missing", None) is True
    assert {getattr(leaf, "weight", None) for leaf in leaves(root_read)} == {7}
    bare = load_texts(tree(root)).trees[0].root
    assert {getattr(leaf, "weight", None) for leaf in leaves(bare)} == {50}


def test_a_prefix_keeps_its_last_character() -> None:
    root = load_texts(tree(chain(3).replace("t1", '"Hair:Light *"'))).trees[0].root
    assert getattr(root.arms[0].when, "pattern", None) == "hair:light_*"
