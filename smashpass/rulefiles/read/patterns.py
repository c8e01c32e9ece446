"""Tag names and tag patterns as rule files write them."""

from __future__ import annotations

import re

from smashpass.core.errors import BadTag
from smashpass.core.rules.tree import TagTest
from smashpass.core.tags.names import MAX_LENGTH, normalise
from smashpass.rulefiles.located import Scalar
from smashpass.rulefiles.report import ProblemReport, quote

_OPERATORS = re.compile(r"(^|\s)(AND|OR|NOT)(\s|$)")


def read_pattern(report: ProblemReport, scalar: Scalar) -> TagTest | None:
    """Read ``name``, ``ns:name``, ``ns:*``, ``ns:prefix*`` or ``prefix*`` (E304)."""
    text = scalar.text.strip()
    if not _plausible(report, scalar, text):
        return None
    prefix = text.removesuffix("*")
    if "*" in prefix or not prefix:
        report.error(
            "E304",
            scalar,
            f"{quote(text)} is not a valid tag pattern",
            hint="use one *, at the end, after at least one character",
        )
        return None
    if prefix == text:
        name = _name(report, scalar, text)
        return None if name is None else TagTest(name)
    # The blank at the end of a prefix counts (light_* is not light*), and folding drops it there.
    name = _name(report, scalar, prefix + "x")
    return None if name is None else TagTest(name[:-1] + "*")


def read_name(report: ProblemReport, scalar: Scalar) -> str | None:
    """Read the name of one tag (E304)."""
    text = scalar.text.strip()
    return _name(report, scalar, text) if _plausible(report, scalar, text) else None


def _plausible(report: ProblemReport, scalar: Scalar, text: str) -> bool:
    """Refuse texts that would be read as one tag but are probably something else."""
    if len(text) > 2 * MAX_LENGTH:
        report.error(
            "E304",
            scalar,
            f"a tag name has {len(text)} characters",
            hint=f"use at most {MAX_LENGTH}",
        )
        return False
    if _OPERATORS.search(text):
        report.error(
            "E304",
            scalar,
            f"{quote(text)} is not a tag; it looks like a query",
            hint="write query: in front of it, or use all:, any: and not:",
        )
        return False
    return True


def _name(report: ProblemReport, scalar: Scalar, text: str) -> str | None:
    try:
        return normalise(text)
    except BadTag as error:
        report.error("E304", scalar, error.detail, hint=error.hint)
        return None
