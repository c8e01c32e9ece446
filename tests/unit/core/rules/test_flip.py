"""A flip turns the verdict, and no smaller change of the image does."""

from __future__ import annotations

import re
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.explain.flip import flips
from tests.support.builders import a_library, libraries
from tests.support.rule_strategies import CONSTANTS, ENDS, OUTSIDE, trees
from tests.unit.core.rules import oracle

VALUES = {"viewer.swipes": 12.0, "query.terms": 2.0, "plugin.aesthetic": 6.5}


def verdict_of(tree, picture):
    """The verdict that is certain, or None for a lottery that can draw both."""
    end = oracle.leaf(tree.root, picture)
    if isinstance(end, t.Leaf):
        return end.verdict
    drawn = {outcome.verdict for outcome in end.outcomes if outcome.weight > 0}
    return drawn.pop() if len(drawn) == 1 else None


def patterns_of(item) -> set[str]:
    """Every tag pattern in a tree, a predicate or a query; "?" marks one from a query."""
    if isinstance(item, t.Branch):
        below = [arm.when for arm in item.arms] + [arm.then for arm in item.arms]
        return set().union(*map(patterns_of, [*below, item.otherwise]))
    if isinstance(item, t.TagTest):
        return {item.pattern}
    if isinstance(item, t.QueryTest):
        return patterns_of(item.syntax)
    if isinstance(item, t.NotOf | q.Negation):
        return patterns_of(item.item)
    if isinstance(item, q.NotFirst):
        return patterns_of(item.run)
    if isinstance(item, q.Words):
        return {"?" + word.text for word in item.words}
    if isinstance(item, q.Exact):
        return {"?" + item.name}
    if isinstance(item, q.Wildcard):
        return {"?" + item.prefix + "*"}
    if isinstance(item, q.Namespace):
        return {"?" + item.name + ":*"}
    return set().union(*map(patterns_of, getattr(item, "items", ())))


def worth_adding(tree, library) -> set[str]:
    """For each pattern one tag that meets it: the first by name, or the pattern itself."""
    worth = set()
    for pattern in patterns_of(tree.root):
        name = pattern.lstrip("?")
        tags = {library.canonical(tag_name) for tag_name in library.names}
        meeting = [
            tag
            for tag in sorted(tags)
            if oracle.matches(name, oracle.Picture(plain(library), frozenset({tag}), {}.get))
            or any(library.aliases[a] == tag and fits(name, a) for a in library.aliases)
        ]
        if meeting:
            worth.add(meeting[0])
        elif not pattern.startswith("?"):
            worth.add(name)
    return worth


def fits(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def plain(library):
    """The same names without aliases and implications."""
    return type(library)({}, library.names)


def changed(picture, changes):
    """The picture after changes: ("with", tag), ("without", tag) or (attribute, value)."""
    tags = set(picture.own)
    moved = {}
    for kind, value in changes:
        if kind == "with":
            tags.add(value)
        elif kind == "without":
            tags.discard(value)
        else:
            moved[kind] = value

    def read(name):
        return moved[name] if name in moved else picture.value(name)

    return oracle.Picture(picture.library, frozenset(tags), read, picture.facets)


def single_changes(tree, library, picture):
    changes = [("with", tag) for tag in sorted(worth_adding(tree, library))]
    changes += [("without", tag) for tag in sorted(picture.own)]
    for attr, constants in CONSTANTS.items():
        step = 0.01 if attr == "image.score" else 1 if attr == "image.width" else 0.5
        values = {constant + way * step for constant in constants for way in (-1, 0, 1)}
        changes += [(attr, value) for value in sorted(values)]
    return changes


def brute_force(tree, library, picture, goal, up_to):
    """The smallest number of changes that turn the verdict, by trying all of them."""
    changes = single_changes(tree, library, picture)
    for size in range(1, up_to + 1):
        for chosen in combinations(changes, size):
            moved = [kind for kind, _ in chosen if kind.startswith("image.")]
            if len(moved) == len(set(moved)) and (
                verdict_of(tree, changed(picture, chosen)) == goal
            ):
                return size
    return None


def read_back(text) -> list[list[tuple[str, object]]]:
    """The text of a flip as changes; for a span of values several lists, one for each end."""
    values = {}
    between = re.compile(r"(image\.\w+) between (\S+) and (\S+)")
    for attr, low, high in between.findall(text):
        values.setdefault(attr, []).extend([float(low), float(high)])
    low_high = {}
    rest = [part for part in between.sub("", text).split(" and ") if part]
    tags = []
    for part in rest:
        if part.startswith("a value for "):
            values[part.removeprefix("a value for ")] = [0.5, 300.0, 5000.0]
            continue
        head, _, tail = part.partition(" ")
        if head in ("with", "without"):
            tags.append((head, tail))
            continue
        sign, number = tail.split(" ")
        low_high.setdefault(head, {})[sign] = float(number)
    for attr, ends in low_high.items():
        values[attr] = list(samples(ends))
    return [
        [*tags, *((attr, readings[i % len(readings)]) for attr, readings in values.items())]
        for i in range(max(map(len, values.values()), default=1))
    ]


def samples(ends: dict[str, float]) -> set[float]:
    """Values within a span: at its ends, and far away where it is open."""
    tiny = 1e-6
    if "=" in ends:
        return {ends["="]}
    low = ends.get("≥", ends.get(">", 0.0) + tiny) if {"≥", ">"} & set(ends) else None
    high = ends.get("≤", ends.get("<", 0.0) - tiny) if {"≤", "<"} & set(ends) else None
    if low is None:
        return {high, high - 1000}
    return {low, low + 1e6} if high is None else {low, high}


small = trees({**CONSTANTS, **OUTSIDE}, max_depth=3)


@given(libraries(max_images=4), small)
def test_flips_turn_the_verdict_and_brute_force_finds_none_smaller(library, tree):
    compiled = compile_tree(tree, library.vocabulary)
    for ordinal in sorted(library.live)[:2]:
        picture = oracle.picture(library, ordinal, VALUES)
        now = verdict_of(tree, picture) or "smash"
        goal = "pass" if now == "smash" else "smash"
        proposed = flips(compiled, library.index.facts(Ordinal(ordinal), VALUES), now)
        assert len(proposed) <= 3
        assert len({flip.change for flip in proposed}) == len(proposed)
        for flip in proposed:
            assert flip.verdict == goal
            for changes in read_back(flip.change):
                assert verdict_of(tree, changed(picture, changes)) == goal
        sizes = {len(read_back(flip.change)[0]) for flip in proposed}
        universe = len(single_changes(tree, library, picture))
        up_to = min(sizes, default=3 if universe <= 24 else 2)
        assert len(sizes) <= 1
        assert brute_force(tree, library, picture, goal, up_to) == (min(sizes, default=None))


scored = trees({"plugin.aesthetic": OUTSIDE["plugin.aesthetic"]}, max_depth=3)


@given(libraries(max_images=4), scored)
def test_flips_hold_whatever_a_score_is_that_nobody_has_asked_for(library, tree):
    compiled = compile_tree(tree, library.vocabulary)
    values = {name: value for name, value in VALUES.items() if name != "plugin.aesthetic"}
    constants = OUTSIDE["plugin.aesthetic"]
    scores = [None, *constants, min(constants) - 1, max(constants) + 1]
    for ordinal in sorted(library.live)[:2]:
        picture = oracle.picture(library, ordinal, values, unknown=None)
        facts = library.index.facts(Ordinal(ordinal), values)
        now = verdict_of(tree, picture) or "smash"
        asked = "plugin.aesthetic" in compiled.reached(facts)[1]
        for flip in flips(compiled, facts, now):
            for score in [None] if asked else scores:
                answered = oracle.picture(library, ordinal, values | {"plugin.aesthetic": score})
                for changes in read_back(flip.change):
                    assert verdict_of(tree, changed(answered, changes)) == flip.verdict


def tree_of(when, then=ENDS[0], otherwise=ENDS[2]) -> t.Tree:
    """A tree in which ``when`` alone decides."""
    inner = t.Branch("inner", "if", (t.Arm(when, then),), otherwise)
    return t.Tree("one", inner)


def flips_of(library, ordinal, when, now, **ends):
    compiled = compile_tree(tree_of(when, **ends), library.vocabulary)
    return [flip.change for flip in flips(compiled, library.index.facts(Ordinal(ordinal)), now)]


def test_a_tag_is_taken_away_by_taking_away_all_that_lead_to_it():
    library = a_library(
        aliases={"whiskers": "beard"},
        implications=[("beard_full", "beard")],
        whiskers=[1],
        beard_full=[1],
        smile=[1],
    )
    assert flips_of(library, 1, t.TagTest("beard"), "smash") == [
        "without beard_full and without whiskers"
    ]


def test_a_tag_that_implies_two_wanted_tags_is_one_change():
    library = a_library(implications=[("pirate", "beard"), ("pirate", "hat")], smile=[1])
    condition = t.AllOf((t.TagTest("beard"), t.TagTest("hat"), t.NotOf(t.TagTest("unknown"))))
    either = t.AnyOf((condition, t.AllOf((t.TagTest("pirate"), t.TagTest("unknown")))))
    assert flips_of(library, 1, either, "pass") == ["with pirate"]


def test_a_tag_named_elsewhere_in_the_tree_is_proposed_if_it_implies_what_is_wanted():
    library = a_library(implications=[("pirate", "beard"), ("pirate", "hat")], smile=[1])
    ship = t.Branch("ship", "if", (t.Arm(t.TagTest("pirate"), ENDS[0]),), ENDS[1])
    condition = t.AllOf((t.TagTest("beard"), t.TagTest("hat")))
    assert flips_of(library, 1, condition, "pass", then=ship) == ["with pirate"]


def test_a_tag_may_have_to_go_only_after_another_has_come():
    library = a_library(smile=[1], beard=[2])
    later = t.Branch("later", "if", (t.Arm(t.TagTest("smile"), ENDS[2]),), ENDS[0])
    assert flips_of(library, 1, t.TagTest("beard"), "pass", then=later) == [
        "with beard and without smile"
    ]


def test_a_wildcard_is_met_by_its_first_tag_or_named_itself():
    library = a_library(hat__straw=[2], hat__bowler=[2], smile=[1])
    assert flips_of(library, 1, t.TagTest("hat:*"), "pass") == ["with hat:bowler"]
    assert flips_of(library, 1, t.TagTest("scarf:*"), "pass") == ["with scarf:*"]


def test_a_value_is_moved_as_far_as_the_verdict_stays_turned():
    library = a_library(attributes={"image.width": {1: 300.0, 2: 800.0}})
    wide = t.Compare("image.width", "gte", 512.0)
    assert flips_of(library, 1, wide, "pass") == ["image.width ≥ 512"]
    assert flips_of(library, 2, wide, "smash") == ["image.width < 512"]
    middle = t.Compare("image.width", "between", (512.0, 1024.0))
    assert flips_of(library, 1, middle, "pass") == ["image.width between 512 and 1024"]


def test_two_values_are_stretched_only_as_far_as_they_hold_together():
    library = a_library(attributes={"image.width": {1: 1.0}, "image.height": {1: 1.0}})
    wide = t.Compare("image.width", "gte", 100.0)
    high = t.Compare("image.height", "gte", 100.0)
    never = t.AllOf(
        (t.Compare("image.width", "gte", 500.0), t.Compare("image.height", "gte", 500.0))
    )
    when = t.AllOf((wide, high, t.NotOf(never)))
    assert flips_of(library, 1, when, "pass")[0] == (
        "image.height ≥ 100 and image.width ≥ 100 and image.width < 500"
    )


def test_what_is_no_change_of_the_image_is_not_proposed():
    library = a_library(smile=[1])
    viewer = t.Compare("viewer.swipes", "gte", 5.0)
    assert flips_of(library, 1, viewer, "pass") == []
    assert flips_of(library, 1, t.FacetTest("licence", "mit"), "pass") == []


def test_a_score_that_nobody_has_asked_for_is_not_taken_as_missing():
    library = a_library(smile=[1])
    score = t.Compare("plugin.aesthetic", "gte", 5.0, on_missing=True)
    tree = tree_of(t.AllOf((t.TagTest("beard"), score)))
    compiled = compile_tree(tree, library.vocabulary)
    unasked = library.index.facts(Ordinal(1))
    assert flips(compiled, unasked, "pass") == ()
    known = library.index.facts(Ordinal(1), {"plugin.aesthetic": 6.0})
    assert [flip.change for flip in flips(compiled, known, "pass")] == ["with beard"]


def test_a_score_that_the_image_has_none_of_is_missing_after_a_change_too():
    library = a_library(smile=[1])
    score = t.Compare("plugin.aesthetic", "gte", 5.0, on_missing=True)
    tree = tree_of(t.AllOf((score, t.TagTest("beard"))))
    compiled = compile_tree(tree, library.vocabulary)
    asked = library.index.facts(Ordinal(1))
    assert [flip.change for flip in flips(compiled, asked, "pass")] == ["with beard"]


def test_a_lottery_is_a_goal_only_if_it_cannot_draw_the_same_verdict():
    library = a_library(smile=[1])
    when = t.TagTest("beard")
    assert flips_of(library, 1, when, "pass", then=ENDS[4]) == []
    assert flips_of(library, 1, when, "smash", then=ENDS[5], otherwise=ENDS[0]) == ["with beard"]


def test_a_tag_more_is_a_count_more():
    library = a_library(smile=[1], beard=[2])
    few = t.Compare("image.tag_count", "lte", 1.0)
    assert flips_of(library, 1, t.AllOf((t.TagTest("beard"), few)), "pass") == []
    assert flips_of(library, 1, few, "smash") == ["image.tag_count > 1"]


@given(st.integers(1, 5))
def test_no_more_flips_than_asked_for(limit):
    library = a_library(smile=[1], a=[2], b=[2], c=[2], d=[2])
    when = t.AnyOf(tuple(map(t.TagTest, "abcd")))
    compiled = compile_tree(tree_of(when), library.vocabulary)
    proposed = flips(compiled, library.index.facts(Ordinal(1)), "pass", limit)
    assert len(proposed) == min(limit, 4)
