"""What a library has to say about rules: tags it does not know, leaves that hardly matter."""

from __future__ import annotations

from collections.abc import Iterator

from smashpass.core.errors import BadQuery
from smashpass.core.library.index import Index
from smashpass.core.problems import Place, Problem
from smashpass.core.query.bind import bind
from smashpass.core.query.syntax import Conjunction, Disjunction, Negation, Syntax
from smashpass.core.rules.analysis.impact import Verdicts
from smashpass.core.rules.analysis.places import TreePlaces
from smashpass.core.rules.analysis.reachability import parts_of, ways_of
from smashpass.core.rules.tree import Branch, QueryTest, TagTest, Tree
from smashpass.core.tags.names import fold

NEARLY_ALL = 0.95


def library_notes(
    tree: Tree, places: TreePlaces, reached: Verdicts, index: Index
) -> Iterator[Problem]:
    """Yield warnings about one tree, each at its place and once.

    W301 a tag, a wildcard or a term of a query that nothing can match, W302 an alias instead of
    its tag, W503 a leaf that no image reaches, or nearly all do; not where images are undecided,
    which may reach any leaf.
    """
    problems = dict.fromkeys((*_tags(tree, places, index), *_leaves(tree, places, reached, index)))
    yield from problems


def _tags(tree: Tree, places: TreePlaces, index: Index) -> Iterator[Problem]:
    for way in ways_of(tree.root):
        if way.when is None:
            continue
        whole = places.ways[way.key]
        for part, predicate in parts_of(way.when):
            # A named predicate is reported where the test refers to it.
            at = places.parts.get((*way.key, part), whole)
            if isinstance(predicate, TagTest):
                yield from _tag(predicate.pattern, at, index)
            elif isinstance(predicate, QueryTest):
                yield from _query(predicate.syntax, at, index)


def _tag(pattern: str, at: Place, index: Index) -> Iterator[Problem]:
    vocabulary = index.vocabulary
    if pattern.endswith("*"):
        if not vocabulary.matching(pattern[:-1]):
            message = f"no tag of the library begins with {pattern[:-1]!r}"
            yield _warning(at, "W301", message, _near(pattern[:-1], index))
        return
    tag = vocabulary.find(fold(pattern))
    if tag is None:
        message = f"the library has no tag {pattern!r}"
        yield _warning(at, "W301", message, _near(pattern, index))
    elif vocabulary.canonical(tag) != tag:
        name = vocabulary.names[vocabulary.canonical(tag)]
        yield _warning(at, "W302", f"{pattern!r} is an alias", f"write {name}")


def _query(syntax: Syntax, at: Place, index: Index) -> Iterator[Problem]:
    """Yield a warning for each term of a query that nothing in the library can match."""
    match syntax:
        case Negation(item):
            yield from _query(item, at, index)
        case Conjunction(items) | Disjunction(items):
            for item in items:
                yield from _query(item, at, index)
        case _:
            try:
                bind(syntax, index.vocabulary, in_tree=True, facets=index)
            except BadQuery as error:
                yield _warning(at, "W301", f"in the query, {error.detail}", error.hint)


def _near(name: str, index: Index) -> str:
    near = index.vocabulary.nearest(name)
    return f"did you mean {' or '.join(near)}?" if near else "add the tag to images, or remove it"


def _leaves(tree: Tree, places: TreePlaces, reached: Verdicts, index: Index) -> Iterator[Problem]:
    total = len(index.live)
    if not total or reached.undecided:
        return
    for way in ways_of(tree.root):
        if isinstance(way.then, Branch):
            continue
        leaf = way.then.id
        count = len(reached.leaves[leaf])
        at = places.ways[way.key]
        if not count:
            message = f"no image of the library comes to the leaf {leaf}"
            yield _warning(at, "W503", message, "loosen what leads to it, or remove it")
        elif count > NEARLY_ALL * total:
            message = f"{count / total:.1%} of the library come to the leaf {leaf}"
            yield _warning(at, "W503", message, "ask something that tells images apart")


def _warning(at: Place, code: str, message: str, hint: str) -> Problem:
    return Problem(at.file, at.line, at.col, code, message, "warning", hint)
