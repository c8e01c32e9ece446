"""Errors for credits and tag origins that a library does not have, with the nearest ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from smashpass.core.errors import BadQuery
from smashpass.core.query.syntax import Span
from smashpass.core.query.terms import readable

WAYS = ("hand", "import", "implied")
_PROPOSED = 3
_NEAR = 0.5
_SAFE = re.compile(r'[^\s"()*]+')


def no_such_value(name: str, value: str, span: Span, counts: Mapping[str, int]) -> BadQuery:
    """Return the error for a value that no image has; it proposes terms to stand in its place."""
    if name == "by":
        number = int(value.removeprefix("run:"))
        runs = [int(way.removeprefix("run:")) for way in counts if way.startswith("run:")]
        runs.sort(key=lambda run: (abs(run - number), run))
        proposed = [f"by:run:{run}" for run in runs[:_PROPOSED]]
        return _refused(f"no import has the number {number}", span, proposed)
    near = nearest(value, counts)
    relation = "was published under" if name == "licence" else "comes from"
    detail = f"no image {relation} the {name} {readable(value)}"
    if near:
        return _refused(detail, span, [written(name, candidate) for candidate in near])
    commonest = sorted(counts, key=lambda candidate: (-counts[candidate], candidate))[:_PROPOSED]
    return _refused(detail, span, [written(name, candidate) for candidate in commonest], "write")


def no_such_way(text: str, span: Span, tags: list[str]) -> BadQuery:
    """Return the error for a word that begins with ``by:`` and names neither a way nor a tag."""
    way = text.removeprefix("by:")
    near = [f"by:{candidate}" for candidate in nearest(way, WAYS) or WAYS]
    return BadQuery(
        f"tags do not come by {readable(way)}, and no tag is called {readable(text)}",
        position=span.start,
        end=span.end,
        hint="write by:hand, by:import, by:implied or by:run:NUMBER",
        suggestions=[*near, *tags][:_PROPOSED],
    )


def nearest(value: str, candidates: Iterable[str]) -> list[str]:
    """Return up to three of the values that look like ``value``, the most alike first.

    Cost: some 20 µs a value.
    """
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(value)
    alike: list[tuple[float, str]] = []
    for other in candidates:
        matcher.set_seq1(other)
        # What is written as the beginning or a part of a value means it: cc0 for cc0-1.0.
        within = value in other or other in value
        if within or (matcher.quick_ratio() >= _NEAR and matcher.ratio() >= _NEAR):
            alike.append((matcher.ratio() + within, other))
    return [other for _, other in sorted(alike, key=lambda pair: (-pair[0], pair[1]))[:_PROPOSED]]


def written(name: str, value: str) -> str:
    """Return a credit as a term of a query."""
    return f"{name}:{value}" if _SAFE.fullmatch(value) else f'{name}:"{value}"'


def as_term(suggestion: str) -> str:
    """Return what an error proposes as a term: a credit or a way as it is, a tag in quotes."""
    head, colon, rest = suggestion.partition(":")
    is_term = bool(colon and rest) and head in ("licence", "source", "by", "my")
    return suggestion if is_term else f'"{suggestion}"'


def _refused(detail: str, span: Span, proposed: list[str], verb: str = "") -> BadQuery:
    terms = " or ".join(proposed)
    return BadQuery(
        detail,
        position=span.start,
        end=span.end,
        hint=f"{verb} {terms}" if verb and terms else f"did you mean {terms}?" if terms else
        "leave it out",
        suggestions=proposed,
    )  # fmt: skip
