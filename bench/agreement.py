"""Agreement with slow twins: the forms of a tree, and whole questions, on random examples."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.processes import python, run
from bench.report import Row
from bench.site import Site

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Property:
    """Tests that set something against its slow twin.

    Attributes:
        title: What agrees with what.
        tests: Their file.
        chosen: Which of them, as pytest is told; all if empty. The others run with the tests.
        examples: Profile of Hypothesis → examples of each.
    """

    title: str
    tests: str
    chosen: str
    examples: Mapping[str, int]


PROPERTIES = (
    Property(
        "two forms and naive interpreter agree",
        "tests/unit/core/rules/test_two_forms.py",
        "agrees_with_the_naive_interpreter or undecided_exactly",
        {"bench": 20_000, "quick": 100},
    ),
    Property(
        "questions, counts, facets, related tags, orders and pages are those of a scan",
        "tests/unit/services/test_against_a_scan.py",
        "",
        {"bench": 10_000, "quick": 50},
    ),
)


def measure(site: Site) -> Iterator[Row]:
    """Run the property tests; they pass or they do not."""
    profile = "quick" if site.quick else "bench"
    for property_ in PROPERTIES:
        examples = property_.examples[profile]
        site.say(f"agreement, {examples:,} examples a property: {property_.title}")
        command = python(
            *("-m", "pytest", str(_ROOT / property_.tests), "--rootdir", str(_ROOT)),
            *("-q", "-n", str(os.cpu_count())),
            *(("-k", property_.chosen) if property_.chosen else ()),
        )
        process = run(command, site.folder, {"HYPOTHESIS_PROFILE": profile})
        last = process.output.strip().splitlines()[-1:] or [process.errors[-200:]]
        passed = re.search(r"(\d+) passed", last[0])
        count = int(passed[1]) if passed and process.code == 0 else 0
        yield Row(
            f"{property_.title}, {examples:,} examples each",
            0,
            float(count),
            "n",
            gate="all properties hold",
            passed=process.code == 0 and count > 0,
            note=f"{last[0].strip('= ')}",
        )
