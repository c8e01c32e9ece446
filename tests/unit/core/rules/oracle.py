"""The naive interpreter: what a tree means, written as obviously as possible.

It works on names, plain sets and a ``Library``, and shares nothing with the compiled forms but
the values a tree is made of. True, False, or None for "not known" (Kleene).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t
from tests.support.builders import Library

UNKNOWN = object()


@dataclass(frozen=True)
class Picture:
    """One image by names. ``value`` gives a number, None (missing) or ``UNKNOWN``."""

    library: Library
    own: frozenset[str]
    value: Callable[[str], object]
    facets: Mapping[str, str] = field(default_factory=dict)

    @property
    def tags(self) -> set[str]:
        carried = {self.library.canonical(name) for name in self.own}
        while True:
            more = {to for tag, to in self.library.implications if tag in carried} - carried
            if not more:
                return carried
            carried |= more


def picture(library: Library, ordinal: int, attributes: Mapping[str, object], unknown=UNKNOWN):
    """The image of a library; attributes outside of it come from ``given``, else ``unknown``."""
    image = library.images[ordinal]

    def value(name: str) -> object:
        if name.startswith("image."):
            return library.value(ordinal, name)
        return attributes.get(name, unknown)

    facets = {"licence": image.licence.casefold(), "source": image.source.casefold()}
    return Picture(library, image.tags, value, facets)


def leaf(node: t.Node, picture: Picture) -> t.Leaf | t.Lottery | None:
    """The end of the path; None if a test on it has no answer."""
    if not isinstance(node, t.Branch):
        return node
    for arm in node.arms:
        met = answer(arm.when, picture)
        if met is None:
            return None
        if met:
            return leaf(arm.then, picture)
    return leaf(node.otherwise, picture)


def tried(node: t.Node, picture: Picture) -> list[tuple[str, t.Predicate, bool]]:
    """Every arm that is tried on the way: node id, test, result."""
    if not isinstance(node, t.Branch):
        return []
    path = []
    for arm in node.arms:
        met = answer(arm.when, picture)
        path.append((node.id, arm.when, met))
        if met:
            return path + tried(arm.then, picture)
    return path + tried(node.otherwise, picture)


def answer(predicate: t.Predicate, picture: Picture) -> bool | None:
    if isinstance(predicate, t.TagTest):
        return matches(predicate.pattern, picture)
    if isinstance(predicate, t.Compare):
        return compares(predicate, picture.value(predicate.attr))
    if isinstance(predicate, t.FacetTest):
        return picture.facets[predicate.name] == predicate.value.casefold()
    if isinstance(predicate, t.QueryTest):
        return asks(predicate.syntax, picture)
    if isinstance(predicate, t.NotOf):
        return negation(answer(predicate.item, picture))
    answers = [answer(item, picture) for item in predicate.items]
    if isinstance(predicate, t.AllOf):
        return conjunction(answers)
    if isinstance(predicate, t.AnyOf):
        return disjunction(answers)
    if isinstance(predicate, t.NoneOf):
        return negation(disjunction(answers))
    if answers.count(True) >= predicate.n:
        return True
    return False if answers.count(True) + answers.count(None) < predicate.n else None


def matches(pattern: str, picture: Picture) -> bool:
    """A name means its tag; a wildcard means every tag with a name or alias that begins so."""
    library = picture.library
    if not pattern.endswith("*"):
        return library.canonical(pattern) in picture.tags
    prefix = pattern[:-1]
    return any(
        tag.startswith(prefix)
        or any(alias.startswith(prefix) for alias, of in library.aliases.items() if of == tag)
        for tag in picture.tags
    )


def compares(test: t.Compare, value: object) -> bool | None:
    if value is UNKNOWN:
        return None
    constants = test.value if isinstance(test.value, tuple) else (test.value,)
    alike = [
        constant for constant in constants if isinstance(constant, str) == isinstance(value, str)
    ]
    if value is None or not alike:
        return test.on_missing
    if test.op == "eq":
        return value == alike[0]
    if test.op == "ne":
        return value != alike[0]
    if test.op == "lt":
        return value < alike[0]
    if test.op == "lte":
        return value <= alike[0]
    if test.op == "gt":
        return value > alike[0]
    if test.op == "gte":
        return value >= alike[0]
    if test.op == "between":
        return alike[0] <= value <= alike[1]
    return value in alike


def asks(term: q.Syntax, picture: Picture) -> bool | None:
    if isinstance(term, q.Everything):
        return True
    if isinstance(term, q.Negation):
        return negation(asks(term.item, picture))
    if isinstance(term, q.Conjunction):
        return conjunction([asks(item, picture) for item in term.items])
    if isinstance(term, q.Disjunction):
        return disjunction([asks(item, picture) for item in term.items])
    if isinstance(term, q.NotFirst):
        first, *others = term.run.words
        return not matches(first.text, picture) and asks(q.Words(tuple(others)), picture)
    if isinstance(term, q.Words):
        return all(matches(word.text, picture) for word in term.words)
    if isinstance(term, q.Exact):
        return matches(term.name, picture)
    if isinstance(term, q.Wildcard):
        return matches(term.prefix + "*", picture)
    if isinstance(term, q.Namespace):
        return matches(term.name + ":*", picture) == term.any
    if isinstance(term, q.Facet):
        return picture.facets[term.name] == term.value.casefold()
    assert isinstance(term, q.Range)
    value = picture.value(term.name)
    if value is UNKNOWN or value is None:
        return None if value is UNKNOWN else False
    if term.low is not None and (value < term.low or (value == term.low and not term.include_low)):
        return False
    high = term.high
    return not (high is not None and (value > high or (value == high and not term.include_high)))


def negation(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def conjunction(answers: list[bool | None]) -> bool | None:
    if False in answers:
        return False
    return None if None in answers else True


def disjunction(answers: list[bool | None]) -> bool | None:
    if True in answers:
        return True
    return None if None in answers else False
