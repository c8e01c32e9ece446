"""Examples inside rule files: a made-up image, and what its tree must decide about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smashpass.core.values import Value, Verdict


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expected result; None expects nothing.

    ``verdict`` and ``weight`` are those of a leaf. ``odds`` are the sums of weights for each
    verdict of a weighted leaf. ``leaf_at`` is line and column of ``leaf``, for messages.
    """

    leaf: str | None = None
    verdict: Verdict | None = None
    weight: int | None = None
    odds: Mapping[Verdict, int] | None = None
    leaf_at: tuple[int, int] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """One example with the place where it stands, for messages.

    Attributes:
        name: What it shows, in words.
        tags: Tag names, normalised, each once.
        attributes: Values by full name; all others are missing.
        expect: The expected result.
        file: The shown name of the file.
        line: Line of the example, from 1.
        col: Column of the example, from 1, in code points.
        whole: Whether all of it could be read; if not, it is not run.
    """

    name: str
    tags: frozenset[str]
    attributes: Mapping[str, Value]
    expect: Expectation
    file: str = field(default="", compare=False)
    line: int = field(default=1, compare=False)
    col: int = field(default=1, compare=False)
    whole: bool = field(default=True, compare=False)
