"""What the exact check says about a tree is what trying every image there can be would say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smashpass.core.library.facts import Facts
from smashpass.core.query.parser import parse
from smashpass.core.rules import tree as t
from smashpass.core.rules.analysis.lint import lint
from smashpass.core.rules.analysis.mdd import NO_STATE, DecisionDiagrams, TooLarge
from smashpass.core.rules.analysis.meaning import meaning_difference
from smashpass.core.rules.analysis.reachability import Edge, Reachability, parts_of, ways_of
from smashpass.core.rules.analysis.states import Witness
from smashpass.core.rules.analysis.universe import universe
from smashpass.core.rules.compile.closures import condition
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.compile.lower import lower_predicate
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.rule_strategies import trees

MOST = 800
FACETS = {"licence": ("cc0-1.0", "cc-by-4.0", "mit", None)}
VALUES = {
    "image.width": (None, 100.0, 256.0, 300.0, 512.0, 700.0, 1024.0, 2000.0),
    "viewer.swipes": (None, 0.0, 5.0, 7.0, 20.0, 30.0),
    "plugin.aesthetic": (None, 1.0, 2.5, 3.0, 6.5, 9.0),
    "image.tag_count": (0.0, 1.0, 2.0, 3.0, 4.0),
}
READ_COUNT = {"image.tag_count": (1.0, 2.0, 3.0), "plugin.aesthetic": (2.5, 6.5)}


def facts(witness: Witness, words: Vocabulary) -> Facts:
    tag_ids = frozenset(TagId(words.find(tag) or 0) for tag in witness.tags)
    values = {"image.tag_count": float(len(tag_ids)), **witness.attributes}
    return Facts(tag_ids, tag_ids, values.get, witness.facets.get)


def every_image(words: Vocabulary, random_trees: list[t.Tree]) -> Iterator[Facts]:
    """All images that the trees could tell apart, and more."""
    text = repr(random_trees)
    names = [name for name in VALUES if name in text]
    facets = list(FACETS) if "licence" in text else []
    tags = [TagId(number) for number in range(1, len(words.names))]
    size = 2 ** len(tags)
    for name in names:
        size *= len(VALUES[name])
    for name in facets:
        size *= len(FACETS[name])
    assume(size <= MOST)
    for carried in product((False, True), repeat=len(tags)):
        tag_ids = frozenset(tag for tag, has in zip(tags, carried, strict=True) if has)
        for values in product(*(VALUES[name] for name in names)):
            of = dict(zip(names, values, strict=True))
            for credits_ in product(*(FACETS[name] for name in facets)):
                by = dict(zip(facets, credits_, strict=True))
                yield Facts(tag_ids, tag_ids, of.get, by.get)


def walked(tree: t.Tree, words: Vocabulary, image: Facts) -> Iterator[tuple[Edge, bool]]:
    """Every way whose test is tried, and whether it is taken."""
    node: t.Node = tree.root
    node_path: tuple[int, ...] = ()
    while isinstance(node, t.Branch):
        for number in range(len(node.arms) + 1):
            way = Edge(node_path, node, number)
            met = way.when is None or condition(lower_predicate(way.when, words))(image)
            yield way, met
            if met:
                node, node_path = way.then, (*node_path, number)
                break


small_trees = trees({"image.width": (256.0, 512.0)}, 3) | trees(READ_COUNT, 3)


@given(small_trees)
def test_every_way_that_some_image_takes_has_a_witness_that_takes_it(tree: t.Tree) -> None:
    words = universe([tree])
    taken_keys, tried_to = set(), {}
    parts = {
        (way.key, part): lower_predicate(predicate, words)
        for way in ways_of(tree.root)
        if way.when is not None
        for part, predicate in parts_of(way.when)
    }
    tests = {key: condition(lowered) for key, lowered in parts.items()}
    for image in every_image(words, [tree]):
        for way, met in walked(tree, words, image):
            if met:
                taken_keys.add(way.key)
            for (key, part), test in tests.items():
                if key == way.key:
                    tried_to.setdefault((key, part), set()).add(test(image))
    reach = Reachability(tree)
    assert {key for key, edge in reach.ways.items() if edge.taken != NO_STATE} == taken_keys
    compiled = compile_tree(tree, words)
    for key in taken_keys:
        witness = reach.space.witness(reach.ways[key].taken)
        assert witness is not None
        image = facts(witness, words)
        assert (key, True) in [(way.key, met) for way, met in walked(tree, words, image)]
        assert compiled.leaf(image) is not None
    constant = {
        (finding.way.key, finding.part)
        for finding in lint(tree).findings
        if finding.kind == "constant"
    }
    assert all(len(tried_to[edge]) == 1 for edge in constant)
    for (key, part), answers in tried_to.items():
        inside = any((key, part[:length]) in constant for length in range(1, len(part) + 1))
        if part and key in taken_keys and len(answers) == 1:
            assert inside


@given(small_trees)
def test_what_is_reported_as_never_taken_is_never_taken_and_nothing_else(tree: t.Tree) -> None:
    words = universe([tree])
    taken_keys = {way.key for image in every_image(words, [tree])
            for way, met in walked(tree, words, image) if met}  # fmt: skip
    came = {node_path for node_path, _ in taken_keys}
    never = {way.key for way in ways_of(tree.root) if way.node_path in came} - taken_keys
    report = lint(tree)
    assert report.exact
    reported = {f.way.key for f in report.findings if f.kind in ("contradiction", "unreachable")}
    assert reported == never
    for finding in report.findings:
        if finding.kind == "contradiction":
            assert finding.way.when is not None
            test = condition(lower_predicate(finding.way.when, words))
            assert not any(test(image) for image in every_image(words, [tree]))


unasking = trees({"image.width": (256.0, 512.0)}, 3, asking=False)


@given(unasking, st.data())
def test_two_trees_differ_where_some_image_ends_differently(tree: t.Tree, data) -> None:
    other = data.draw(st.just(tree) | unasking)
    words = universe([tree, other])
    compiled, two = compile_tree(tree, words), compile_tree(other, words)
    expected = set()
    for image in every_image(words, [tree, other]):
        before, after = compiled.leaf(image), two.leaf(image)
        if before != after:
            expected.add((before, after))
    difference = meaning_difference(tree, other)
    assert difference.changes is not None
    assert {(change.before, change.after) for change in difference.changes} == expected
    for change in difference.changes:
        image = facts(change.witness, words)
        assert (compiled.leaf(image), two.leaf(image)) == (change.before, change.after)


def leaf(name: str, verdict: t.Verdict = "pass", reason: str = "") -> t.Leaf:
    return t.Leaf(name, verdict, 50, reason or name)


def has(name: str) -> t.TagTest:
    return t.TagTest(name)


def a_tree(*arms: t.Arm, otherwise: t.Node | None = None, **attributes: t.Attribute) -> t.Tree:
    root = t.Branch("root", "choose", arms, otherwise or leaf("none"))
    declared = {attribute.name: attribute for attribute in attributes.values()}
    return t.Tree("a", root, attributes=declared)


def kinds(tree: t.Tree) -> list[tuple[str, str]]:
    return [(finding.kind, finding.way.name) for finding in lint(tree).findings]


def test_an_arm_behind_a_wider_wildcard_names_what_covers_it() -> None:
    tree = a_tree(t.Arm(has("hat:*"), leaf("hat")), t.Arm(has("hat:straw"), leaf("straw")))
    (finding,) = lint(tree).findings
    assert (finding.kind, finding.way.name) == ("unreachable", "root.arms[1]")
    assert finding.message == "the arm can never be reached: root.arms[0] takes hat:*"
    assert [way.key for way in finding.because] == [((), 0)]


def test_two_arms_together_may_cover_a_third() -> None:
    tree = a_tree(
        t.Arm(t.Compare("image.width", "lt", 512.0), leaf("small")),
        t.Arm(has("beard"), leaf("beard")),
        t.Arm(t.Compare("image.width", "gte", 512.0, True), leaf("large")),
        t.Arm(has("hat"), leaf("hat")),
    )
    first, second = lint(tree).findings
    assert [way.number for way in first.because] == [0, 2]
    assert "root.arms[0] takes image.width < 512" in first.message
    assert (second.kind, second.way.name) == ("unreachable", "root.else")


def test_a_branch_that_the_way_to_it_has_answered_already() -> None:
    inner = t.Branch("inner", "if", (t.Arm(t.NotOf(has("beard")), leaf("no")),), leaf("yes"))
    tree = a_tree(t.Arm(has("beard"), inner))
    (finding,) = lint(tree).findings
    assert finding.message == "the arm can never be reached: root lets only beard through"


def test_whole_numbers_leave_no_room_between_them() -> None:
    range_test = t.AllOf(
        (t.Compare("image.swipes", "gt", 5.0), t.Compare("image.swipes", "lt", 6.0))
    )
    assert kinds(a_tree(t.Arm(range_test, leaf("never")))) == [("contradiction", "root.arms[0]")]
    between = t.AllOf((t.Compare("image.score", "gt", 5.0), t.Compare("image.score", "lt", 6.0)))
    assert kinds(a_tree(t.Arm(between, leaf("ever")))) == []


def test_a_declared_range_counts() -> None:
    low = t.Attribute("image.quality", "number", 0, 100)
    arm = t.Arm(t.Compare("image.quality", "gte", 0.0, True), leaf("all"))
    assert kinds(a_tree(arm, quality=low)) == [("unreachable", "root.else")]


def test_a_part_that_changes_nothing_is_named() -> None:
    inner = t.Branch(
        "inner", "if", (t.Arm(t.AllOf((has("beard"), has("hat"))), leaf("yes")),), leaf("no")
    )
    (finding,) = lint(a_tree(t.Arm(has("beard"), inner))).findings
    assert (finding.kind, finding.part) == ("constant", (0,))
    assert finding.message == "here beard is always true"


def test_a_question_whose_ways_always_decide_the_same_is_pointless() -> None:
    def asked(name: str) -> t.Branch:
        arms = (t.Arm(has("hat"), leaf(f"{name}1", "smash", "x")),)
        return t.Branch(name, "if", arms, leaf(f"{name}2", "pass", "y"))

    tree = a_tree(t.Arm(has("beard"), asked("a")), otherwise=asked("b"))
    assert kinds(tree) == [("pointless", "root.else")]


def test_words_of_a_query_that_may_be_one_tag_are_never_taken_for_two() -> None:
    query = t.QueryTest("glowing eyes", parse("glowing eyes"))
    two = t.AllOf((has("glowing"), has("eyes")))
    assert kinds(a_tree(t.Arm(query, leaf("one")), t.Arm(two, leaf("two")))) == []


def test_a_tree_that_is_too_large_is_said_to_be() -> None:
    arms = [t.Arm(has(f"t{number}"), leaf(f"l{number}")) for number in range(400)]
    report = lint(a_tree(*arms))
    assert (report.findings, report.exact) == ((), False)
    assert meaning_difference(a_tree(*arms), a_tree(*arms[1:])).changes is None
    hard = DecisionDiagrams([2] * 40, max_steps=1_000)
    sets = [hard.where(number, (1,)) for number in range(40)]
    with pytest.raises(TooLarge):
        hard.at_least(20, sets)


def test_two_hundred_arms_are_looked_at_exactly() -> None:
    arms = [t.Arm(has(f"t{number}"), leaf(f"l{number}")) for number in range(200)]
    twice = t.Arm(t.AllOf((has("t7"), has("extra"))), leaf("again"))
    report = lint(a_tree(*arms, twice))
    assert report.exact
    assert [finding.message for finding in report.findings] == [
        "the arm can never be reached: root.arms[7] takes t7"
    ]
