"""The slow twin of the query language: plain sets and recursion, image by image.

``asks`` reads the syntax tree with names and knows nothing of ids, image sets or normal forms;
``answers`` reads a bound query. Both are told everything about one image.
"""

from __future__ import annotations

from collections.abc import Mapping

from smashpass.core.query import bound as b
from smashpass.core.query import syntax as s
from tests.support.builders import Library

Mine = Mapping[str, set[int]]


def matching(syntax: s.Syntax, library: Library, mine: Mine) -> set[int]:
    """Live images that match; unknown words match nothing."""
    return {ordinal for ordinal in library.live if asks(syntax, library, ordinal, mine)}


def asks(syntax: s.Syntax, library: Library, ordinal: int, mine: Mine) -> bool:
    if isinstance(syntax, s.Everything):
        return True
    if isinstance(syntax, s.Negation):
        return not asks(syntax.item, library, ordinal, mine)
    if isinstance(syntax, s.Conjunction):
        return all(asks(item, library, ordinal, mine) for item in syntax.items)
    if isinstance(syntax, s.Disjunction):
        return any(asks(item, library, ordinal, mine) for item in syntax.items)
    if isinstance(syntax, s.Words):
        return all(answers_of_run(syntax, library, ordinal))
    if isinstance(syntax, s.NotFirst):
        first, *others = answers_of_run(syntax.run, library, ordinal)
        return not first and all(others)
    if isinstance(syntax, s.Exact):
        return has(library, ordinal, syntax.name)
    if isinstance(syntax, s.Wildcard):
        return has_beginning(library, ordinal, syntax.prefix)
    if isinstance(syntax, s.Namespace):
        return has_beginning(library, ordinal, syntax.name + ":") == syntax.any
    return answers_leaf(syntax, library, ordinal, mine)


def answers_leaf(leaf: s.Range | s.Facet | s.Mine, library: Library, ordinal: int, mine: Mine):
    if isinstance(leaf, s.Range):
        value = library.value(ordinal, leaf.name)
        if value is None:
            return False
        above = leaf.low is None or value > leaf.low or (value == leaf.low and leaf.include_low)
        below = leaf.high is None or value < leaf.high or (value == leaf.high and leaf.include_high)
        return above and below
    if isinstance(leaf, s.Facet):
        image = library.images[ordinal]
        return getattr(image, leaf.name).casefold() == leaf.value.casefold()
    if leaf.which == "unseen":
        return ordinal not in mine["smashed"] and ordinal not in mine["passed"]
    return ordinal in mine[leaf.which]


def answers_of_run(run: s.Words, library: Library, ordinal: int) -> list[bool]:
    """Whether the image has each of the tags that a run of words names, longest first."""
    words, matches = [word.text for word in run.words], []
    while words:
        length_used, name = next(
            (
                (length, resolved)
                for length in range(len(words), 0, -1)
                for resolved in [known_name(library, "_".join(words[:length]))]
                if resolved is not None
            ),
            (1, None),
        )
        matches.append(name is not None and has(library, ordinal, name))
        words = words[length_used:]
    return matches


def known_name(library: Library, joined: str) -> str | None:
    """The tag or alias of that name, else ``namespace:value`` if it is written the other way."""
    parts = joined.split("_")
    turned = [
        "_".join(parts[at:]) + ":" + "_".join(parts[:at]) for at in range(len(parts) - 1, 0, -1)
    ]
    return next((name for name in [joined, *turned] if name in library.names), None)


def has(library: Library, ordinal: int, name: str) -> bool:
    return name in library.names and library.canonical(name) in library.effective(ordinal)


def has_beginning(library: Library, ordinal: int, prefix: str) -> bool:
    return any(has(library, ordinal, name) for name in library.names if name.startswith(prefix))


def answers(query: b.Query, library: Library, ordinal: int, mine: Mine) -> bool:
    if isinstance(query, b.All | b.Nothing):
        return isinstance(query, b.All)
    if isinstance(query, b.AnyTag):
        names = {library.vocabulary.names[tag] for tag in query.tags}
        return bool(names & library.effective(ordinal))
    if isinstance(query, b.Not):
        return not answers(query.item, library, ordinal, mine)
    if isinstance(query, b.And):
        return all(answers(item, library, ordinal, mine) for item in query.items)
    if isinstance(query, b.Or):
        return any(answers(item, library, ordinal, mine) for item in query.items)
    return answers_leaf(query, library, ordinal, mine)
