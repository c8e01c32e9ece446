"""The tags that a tree can tell apart where no library is at hand.

Every name in the tree is a tag of its own. For each wildcard there is one more tag that only it
(and every wider one) matches. Words of a query that a library may or may not read as one tag are
one tag here: nothing is then taken for impossible that some library makes possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smashpass.core.query.ranges import number_range
from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Exact,
    Namespace,
    Negation,
    NotFirst,
    Span,
    Syntax,
    Wildcard,
    Word,
    Words,
)
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Branch,
    Compare,
    FacetTest,
    Node,
    NoneOf,
    NotOf,
    Predicate,
    QueryTest,
    TagTest,
    Tree,
)
from smashpass.core.tags.names import MAX_LENGTH, fold
from smashpass.core.tags.vocabulary import Vocabulary

Condition = TagTest | Compare | QueryTest | FacetTest
"""A test without parts."""

_STAND_INS = ("any", "other", "sort", "kind")


def conditions(predicate: Predicate) -> Iterator[Condition]:
    """Yield the tests without parts that a predicate is made of, in reading order."""
    match predicate:
        case NotOf(item):
            yield from conditions(item)
        case AllOf(items) | AnyOf(items) | NoneOf(items) | AtLeast(_, items):
            for item in items:
                yield from conditions(item)
        case TagTest() | Compare() | QueryTest() | FacetTest():
            yield predicate


def conditions_below(node: Node) -> Iterator[Condition]:
    """Yield the tests without parts at and below a node, in reading order."""
    if isinstance(node, Branch):
        for arm in node.arms:
            yield from conditions(arm.when)
            yield from conditions_below(arm.then)
        yield from conditions_below(node.otherwise)


def universe(trees: Iterable[Tree], names: Iterable[str] = ()) -> Vocabulary:
    """Return the vocabulary of everything that ``trees`` name, and of ``names``."""
    all_names = dict.fromkeys(fold(name) for name in names)
    prefixes: dict[str, None] = {}
    for tree in trees:
        for condition in conditions_below(tree.root):
            if isinstance(condition, TagTest):
                _add(condition.pattern, all_names, prefixes)
            elif isinstance(condition, QueryTest):
                for name in _asked(condition.syntax):
                    _add(name, all_names, prefixes)
    for prefix in prefixes:
        all_names[_stand_in(prefix, all_names, prefixes)] = None
    return Vocabulary.of(name for name in all_names if name)


def _add(pattern: str, names: dict[str, None], prefixes: dict[str, None]) -> None:
    if pattern.endswith("*"):
        prefixes[pattern[:-1]] = None
    else:
        names[fold(pattern)] = None


def _stand_in(prefix: str, names: Iterable[str], prefixes: Iterable[str]) -> str:
    """Return an unused name with this prefix that no longer prefix matches."""
    longer = [other for other in prefixes if other != prefix and other.startswith(prefix)]
    used = set(names)
    for word in (*_STAND_INS, *(f"any{number}" for number in range(len(used) + len(longer) + 1))):
        name = fold(prefix + word)
        if name not in used and not any(name.startswith(other) for other in longer):
            return name
    raise AssertionError("more names are tried than can be taken")


def _asked(syntax: Syntax) -> Iterator[str]:
    """Yield the names and patterns that a query asks for."""
    match syntax:
        case Words(words) | NotFirst(Words(words)):
            name = "_".join(word.text for word in words)
            if len(name) <= MAX_LENGTH and not any(_is_range(word) for word in words):
                yield name
            else:
                yield from (word.text for word in words if not _is_range(word))
        case Exact(name):
            yield name
        case Wildcard(prefix):
            yield f"{prefix}*"
        case Namespace(name):
            yield f"{name}:*"
        case Negation(item):
            yield from _asked(item)
        case Conjunction(items) | Disjunction(items):
            for item in items:
                yield from _asked(item)
        case _:
            return


def _is_range(word: Word) -> bool:
    """Whether a word asks for a range unless a tag has that name."""
    head, colon, rest = word.text.partition(":")
    if not (colon and head and rest):
        return False
    return number_range(f"image.{head}", rest, Span(0, 0)) is not None
