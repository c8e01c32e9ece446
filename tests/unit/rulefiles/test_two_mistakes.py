"""Two mistakes in one set: each is reported at its place, whatever stage finds it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from tests.support.rule_checks import check_texts
from tests.support.rule_mistakes import LINT, MARK, NAMES, NO_HAT, READING, SHAPES, Mistake
from tests.support.rule_texts import GOOD, LOOKS, LOOKS_PATH

pytestmark = pytest.mark.slow

TESTS = [
    Mistake("E601", NO_HAT, f"    expect: {{leaf: {MARK}nowhere}}\n"),
    Mistake(
        "E603",
        "  - name: big robot\n",
        "  - {name: x, given: {tags: [q]}, expect: {verdict: pass}}\n"
        f"  - {MARK}{{name: y, given: {{tags: [q]}}, expect: {{verdict: smash}}}}\n"
        "  - name: big robot\n",
    ),
]
UNREADABLE = {"E100", "E103"}
"""What ends the reading: of such a file nothing else can be said."""
TOGETHER = [*READING, *SHAPES, *NAMES, *LINT, *TESTS]
CODES = sorted({mistake.code for mistake in TOGETHER} - UNREADABLE)
# The second mistake spoils what the first one is about, so that it is a mistake no longer.
SPOILT = {
    # The value is compared with a type that could not be read.
    frozenset({"E217", "E308"}),
    # One of the two conditions that contradict each other could not be read, or is another.
    frozenset({"E106", "E402"}),
    frozenset({"E304", "E402"}),
    frozenset({"E402"}),
    # The leaves of a node that does not exist may be those that the test expects.
    frozenset({"E305", "E601"}),
}
Place = tuple[str, str, int, int]


def planted(left: Mistake, right: Mistake) -> tuple[dict[str, str], list[Place]] | None:
    """Return files with two mistakes and where they are; None if they stand in one place."""
    if left.file != right.file:
        files = dict(GOOD)
        places = []
        for single in (left, right):
            changed, line, col = single.files()
            files[single.file] = changed[single.file]
            places.append((single.code, single.file, line, col))
        return files, places
    intact = GOOD[left.file]
    first, second = sorted((left, right), key=lambda single: intact.index(single.old))
    start, end = intact.index(first.old), intact.index(first.old) + len(first.old)
    then = intact.index(second.old)
    if end > then:
        return None
    parts = (
        intact[:start],
        first.new,
        intact[end:then],
        second.new,
        intact[then + len(second.old) :],
    )
    text, places = "", []
    for part, mistake in zip(parts, (None, first, None, second, None), strict=True):
        if mistake is not None:
            lines = (text + part.partition(MARK)[0]).split("\n")
            places.append((mistake.code, mistake.file, len(lines), len(lines[-1]) + 1))
        text += part.replace(MARK, "")
    return {**GOOD, left.file: text}, places


def pairs(code: str) -> Iterator[tuple[Mistake, Mistake]]:
    """Yield for each code from ``code`` on the first two mistakes that stand in two places."""
    by_code: dict[str, list[Mistake]] = {}
    for mistake in TOGETHER:
        by_code.setdefault(mistake.code, []).append(mistake)
    for other_code in CODES[CODES.index(code) :]:
        if frozenset({code, other_code}) in SPOILT:
            continue
        for left, right in product(by_code[code], by_code[other_code]):
            if left is not right and planted(left, right) is not None:
                yield left, right
                break


@pytest.mark.parametrize("code", CODES)
def test_two_mistakes_are_both_found(code: str) -> None:
    count = 0
    for left, right in pairs(code):
        combined = planted(left, right)
        assert combined is not None
        files, places = combined
        reported = {
            (problem.code, problem.file, problem.line, problem.col)
            for problem in check_texts(files)
        }
        assert set(places) <= reported, (left.name, right.name)
        count += 1
    # The last codes have few partners left.
    assert count >= min(1, len(CODES) - CODES.index(code) - 1)


def test_the_list_of_pairs_that_cannot_be_told_is_short() -> None:
    assert len(SPOILT) <= 5
    assert {code for pair in SPOILT for code in pair} <= set(CODES)


def test_a_test_whose_way_meets_what_could_not_be_read_does_not_fail() -> None:
    broken = LOOKS.replace("gte: 512", "gte: x")
    assert [problem.code for problem in check_texts({**GOOD, LOOKS_PATH: broken})] == ["E205"]


def test_a_misspelt_key_hides_nothing_below_it() -> None:
    fair = "{any: [hair:blonde, hair:platinum"
    broken = LOOKS.replace(fair, "{ayn: [hair:blonde, a*b").replace("then:", "thne:")
    broken = broken.replace("verdict: smash", "verdict: Smash")
    codes = [problem.code for problem in check_texts({**GOOD, LOOKS_PATH: broken})]
    assert codes == ["E202", "E304", "E202", "E216"]
