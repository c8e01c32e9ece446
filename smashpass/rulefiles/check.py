"""Everything that can be said about rule files without a library: mistakes and failing tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from smashpass.core.problems import Problem
from smashpass.rulefiles.load import RuleSet, load, load_texts
from smashpass.rulefiles.report import in_order
from smashpass.services.examples import failures


def check(paths: Sequence[Path]) -> list[Problem]:
    """Return the errors and warnings of rule files, failing tests included, sorted.

    Raises:
        NotFound: A path leads nowhere, or a folder holds no rule file.
    """
    return check_set(load(paths))


def check_texts(files: Mapping[str, str]) -> list[Problem]:
    """Return the same for files given as texts by path."""
    return check_set(load_texts(files))


def check_set(rules: RuleSet) -> list[Problem]:
    """Return the problems of a loaded set and of its tests; tests run where the tree is whole."""
    return in_order([*rules.problems, *failures(rules.trees, rules.examples)])
