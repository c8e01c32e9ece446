"""Syntax errors of the YAML parser, in words that help authors of rule files."""

from __future__ import annotations

import yaml

from smashpass.core.problems import Place
from smashpass.rulefiles.grammar import MAX_NESTING
from smashpass.rulefiles.report import ProblemReport

TOO_DEEP = f"more than {MAX_NESTING} levels of lists and mappings"
TOO_DEEP_HINT = "name the inner parts under predicates and nodes"


def syntax_error(error: yaml.YAMLError, text: str, report: ProblemReport) -> None:
    """Report a syntax error at the most helpful of the places the parser names."""
    mark = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    message = getattr(error, "problem", None) or "the text cannot be read"
    if context is not None and (mark is None or mark.index >= len(text)):
        # What is not closed is best shown where it was opened.
        mark, context = context, None
    if mark is None:
        report.error("E100", Place(report.file, 1, 1), message)
        return
    place = Place(report.file, mark.line + 1, mark.column + 1)
    opened = (
        Place(report.file, context.line + 1, context.column + 1)
        if context is not None and context.index != mark.index
        else None
    )
    if "nesting depth" in message:
        # The parser reads ahead in lists, and may give up before it has reported the first one.
        report.error("E104", place, TOO_DEEP, hint=TOO_DEEP_HINT)
        return
    report.error("E100", place, message, hint=_hint(message, text, mark.index), related=opened)


def _hint(message: str, text: str, offset: int) -> str:
    around = text[max(offset - 1, 0) : offset + 1]
    if "\t" in around:
        return "indent with spaces, not with tabs"
    if "*" in around or "&" in around:
        return "quote the text if you meant a wildcard"
    if "mapping values" in message:
        return "a text with a colon and a blank needs quotes"
    if "cannot start any token" in message:
        return "quote the text"
    if "end of stream" in message or "did not find expected" in message:
        return "close what is open here: a quote, a bracket, a level of indentation"
    return ""
