"""Queries inside of rule files: the search box's language, errors at their own column."""

from __future__ import annotations

from collections.abc import Iterator

from smashpass.core.errors import BadQuery
from smashpass.core.query.parser import parse
from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Mine,
    Negation,
    Range,
    Syntax,
    Words,
)
from smashpass.core.rules.attributes import is_plugin
from smashpass.core.rules.tree import QueryTest
from smashpass.rulefiles.located import Scalar
from smashpass.rulefiles.report import ProblemReport
from smashpass.rulefiles.yaml.positions import place_in


def read_query(report: ProblemReport, scalar: Scalar, text: str) -> QueryTest | None:
    """Read the query that ``scalar`` holds (E213); ``text`` is the whole file.

    An empty query is refused, and so are terms that depend on more than the image:
    ``my:``, ``~`` and scorers' numbers.
    """
    if not scalar.text.strip():
        report.error("E213", scalar, "the query is empty", hint="write a tag, or remove it")
        return None
    try:
        syntax = parse(scalar.text)
    except BadQuery as error:
        place = place_in(scalar, error.position, text, report.file)
        report.error("E213", place, error.detail, hint=error.hint)
        return None
    refused = list(_refused(syntax))
    for offset, message, hint in refused:
        place = place_in(scalar, offset, text, report.file)
        report.error("E213", place, message, hint=hint)
    return None if refused else QueryTest(scalar.text, syntax)


def _refused(syntax: Syntax) -> Iterator[tuple[int, str, str]]:
    """Find the parts that a tree may not use; yields offset, message and hint."""
    match syntax:
        case Mine(which, span):
            yield (
                span.start,
                f"a tree cannot read my:{which}",
                "compare a viewer attribute instead",
            )
        case Range(name, span=span) if is_plugin(name):
            yield (
                span.start,
                f"a query in a tree cannot read {name}, which a scorer may not know",
                f"write attr: {name} as a test of its own, with on_missing",
            )
        case Words(words):
            for word in words:
                if word.nearby:
                    yield (
                        word.span.start,
                        "a tree cannot ask for the nearest tags with ~",
                        "name the tag",
                    )
        case Negation(item):
            yield from _refused(item)
        case Conjunction(items) | Disjunction(items):
            for item in items:
                yield from _refused(item)
