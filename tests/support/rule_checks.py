"""All checks of rule files that need no library: mistakes and failing tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from smashpass.core.problems import Problem
from smashpass.rulefiles.load import load, load_texts
from smashpass.services.rules.check import findings


def check(paths: Sequence[Path]) -> list[Problem]:
    """The problems of files and folders."""
    return findings(load(paths))


def check_texts(files: Mapping[str, str]) -> list[Problem]:
    """The problems of texts by path."""
    return findings(load_texts(files))
