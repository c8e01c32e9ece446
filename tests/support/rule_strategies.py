"""Random trees of three to five levels over the tags and attributes of ``tests.builders``."""

from __future__ import annotations

from hypothesis import strategies as st

from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t
from tests.support.builders import ALIASES, TAGS, libraries

NAMES = TAGS + ALIASES
PATTERNS = (*NAMES, "hair:*", "b*", "hair:b*", "sp*", "unicorn", "nothing:*")
CONSTANTS = {
    "image.width": (256.0, 512.0, 1024.0),
    "image.score": (0.0, 0.25, 0.5),
    "image.nowhere": (1.0, 2.0),
}
OUTSIDE = {
    "viewer.swipes": (5.0, 20.0),
    "query.terms": (2.0, 3.0),
    "plugin.aesthetic": (2.5, 6.5),
}
COUNT = {"image.tag_count": (1.0, 2.0, 3.0)}

ENDS: tuple[t.Leaf | t.Lottery, ...] = (
    t.Leaf("yes", "smash", 80, "Liked"),
    t.Leaf("rather", "smash", 55, "Rather liked"),
    t.Leaf("no", "pass", 100, "Not liked"),
    t.Leaf("hardly", "pass", 40, "Hardly liked"),
    t.Lottery("mixed", (t.Outcome("smash", 3, "Luck"), t.Outcome("pass", 1, "No luck"))),
    t.Lottery("sure", (t.Outcome("smash", 0, "Never"), t.Outcome("pass", 7, "Ever"))),
)

populated = libraries().filter(lambda library: bool(library.live))

tag_tests = st.sampled_from(PATTERNS).map(t.TagTest)


@st.composite
def compares(draw: st.DrawFn, attributes: dict[str, tuple[float, ...]]) -> t.Compare:
    attr = draw(st.sampled_from(sorted(attributes)))
    op = draw(st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte", "between", "in"]))
    constant = st.sampled_from(attributes[attr])
    value: t.Value | tuple[t.Value, ...] = draw(constant)
    if op == "between":
        value = tuple(sorted((value, draw(constant))))
    elif op == "in":
        value = tuple(draw(st.lists(constant, min_size=1, max_size=2, unique=True)))
    return t.Compare(attr, op, value, draw(st.booleans()))


def not_first(*run: q.Word) -> q.NotFirst:
    return q.NotFirst(q.Words(run))


def terms() -> st.SearchStrategy[q.Syntax]:
    word = st.sampled_from((*NAMES, "griffin"))
    ends = st.sampled_from([None, 256.0, 512.0])
    term = st.one_of(
        word.map(lambda name: q.Words((q.Word(name),))),
        word.map(q.Exact),
        st.lists(word.map(q.Word), min_size=2, max_size=3).map(lambda run: not_first(*run)),
        st.sampled_from(["hair:", "b", "sp", "zz"]).map(q.Wildcard),
        st.builds(q.Namespace, st.sampled_from(["hair", "eyes"]), st.booleans()),
        st.builds(q.Range, st.just("image.width"), ends, st.just(1024.0), st.booleans()),
        st.builds(q.Facet, st.just("licence"), st.sampled_from(["CC0-1.0", "cc-by-4.0", "MIT"])),
    )
    several = st.lists(term, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        term, term.map(q.Negation), several.map(q.Conjunction), several.map(q.Disjunction)
    )


queries = terms().map(lambda syntax: t.QueryTest(str(syntax), syntax))


def predicates(
    attributes: dict[str, tuple[float, ...]], asking: bool = True
) -> st.SearchStrategy[t.Predicate]:
    """Every form of predicate, up to three deep; queries only if ``asking``."""
    compared = compares(attributes)
    simple = st.one_of(tag_tests, tag_tests, compared, compared, queries if asking else tag_tests)

    def nested(inner: st.SearchStrategy[t.Predicate]) -> st.SearchStrategy[t.Predicate]:
        items = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.one_of(
            items.map(t.AllOf),
            items.map(t.AnyOf),
            items.map(t.NoneOf),
            inner.map(t.NotOf),
            items.flatmap(lambda of: st.integers(1, len(of)).map(lambda n: t.AtLeast(n, of))),
        )

    return st.recursive(simple, nested, max_leaves=5)


@st.composite
def trees(
    draw: st.DrawFn,
    attributes: dict[str, tuple[float, ...]] | None = None,
    max_depth: int = t.MAX_DEPTH,
    ends: tuple[t.Leaf | t.Lottery, ...] = ENDS,
    asking: bool = True,
) -> t.Tree:
    """A random tree; leaves are few, so that some are reached on several ways."""
    read = attributes or draw(st.sampled_from([{**CONSTANTS, **OUTSIDE, **COUNT}, OUTSIDE]))
    tests = predicates(read, asking)
    end = st.sampled_from(ends)

    def branch(depth: int, place: str) -> t.Branch:
        arms = draw(st.sampled_from([1, 1, 2]))
        deep = draw(st.integers(0, arms))
        names = [f"{place}.{i}" for i in range(arms)]
        names.append(f"{place}.else")

        def child(i: int) -> t.Node:
            left = depth - 1 if i == deep else draw(st.integers(0, min(depth - 1, 1)))
            return branch(left, names[i]) if left else draw(end)

        ways = tuple(t.Arm(draw(tests), child(i)) for i in range(arms))
        return t.Branch(place, "if" if arms == 1 else "choose", ways, child(arms))

    return t.Tree("random", branch(draw(st.integers(t.MIN_DEPTH, max_depth)), "root"))


outside_values = st.fixed_dictionaries(
    {},
    optional={
        "viewer.swipes": st.sampled_from([None, 0.0, 5.0, 12.0, 20.0]),
        "query.terms": st.sampled_from([1.0, 2.0, 3.0, 4.0]),
        "plugin.aesthetic": st.sampled_from([None, 1.0, 2.5, 6.5, 9.0]),
    },
)
