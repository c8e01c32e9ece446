"""All checks of rule files that need no library: mistakes and failing tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from smashpass.core.problems import Problem
from smashpass.core.rules.ruleset import RuleSet
from smashpass.rulefiles.load import load, load_texts
from smashpass.services.rules.check import findings


def check(paths: Sequence[Path]) -> list[Problem]:
    """Return the errors and warnings of rule files, failing tests included, sorted.

    Raises:
        NotFound: A path does not exist, or a folder holds no rule file.
    """
    return check_set(load(paths))


def check_texts(files: Mapping[str, str]) -> list[Problem]:
    """Check files passed as texts by path, in the same way."""
    return check_set(load_texts(files))


def check_set(rules: RuleSet) -> list[Problem]:
    """Return the problems of a loaded set, of its tests, and of the exact analysis."""
    return findings(rules)
