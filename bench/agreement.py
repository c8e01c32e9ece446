"""Agreement: closure, image-set algebra and naive interpreter, on 20,000 random examples."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from bench.processes import python, run
from bench.report import Row
from bench.site import Site

TESTS = Path("tests/core/rules/test_two_forms.py")
# The properties that set a form against the naive interpreter; the others run with the tests.
CHOSEN = "agrees_with_the_naive_interpreter or undecided_exactly"
EXAMPLES = {"bench": 20_000, "quick": 100}


def measure(site: Site) -> Iterator[Row]:
    """Run the property tests of the two forms; they pass or they do not."""
    profile = "quick" if site.quick else "bench"
    site.say(f"agreement of the forms of a tree, {EXAMPLES[profile]:,} examples a property")
    root = Path(__file__).resolve().parents[1]
    command = python(
        *("-m", "pytest", str(root / TESTS), "--rootdir", str(root)),
        *("-q", "-n", str(os.cpu_count()), "-k", CHOSEN),
    )
    done = run(command, site.folder, {"HYPOTHESIS_PROFILE": profile})
    last = done.output.strip().splitlines()[-1:] or [done.errors[-200:]]
    passed = re.search(r"(\d+) passed", last[0])
    count = int(passed[1]) if passed and done.code == 0 else 0
    yield Row(
        f"two forms and naive interpreter agree, {EXAMPLES[profile]:,} examples each",
        0,
        float(count),
        "",
        gate="all properties hold",
        passed=done.code == 0 and count > 0,
        note=f"{last[0].strip('= ')}",
    )
