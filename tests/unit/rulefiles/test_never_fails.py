"""Whatever the files hold, loading ends with trees or with problems, never with an exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.problems import Place
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Attribute, Compare, Operator
from smashpass.rulefiles.build.contradictions import contradictions
from smashpass.rulefiles.grammar import CODES
from smashpass.rulefiles.load import load_texts
from smashpass.rulefiles.located import Entries, Scalar
from smashpass.rulefiles.render import render_all
from smashpass.rulefiles.report import ProblemReport
from smashpass.rulefiles.yaml.events import read
from smashpass.rulefiles.yaml.guards import decode
from smashpass.rulefiles.yaml.positions import place_in
from smashpass.services.rules.check import findings
from tests.support.rule_mistakes import LINT, NAMES, READING, SHAPES
from tests.support.rule_texts import GOOD, LOOKS_PATH, PORTRAITS_PATH

SPICE = [
    *"{}[]:,-#&*!|>'\"%@`~\t\n ",
    "\r\n", "\u0085", "\u00a0", "\0", "é", "猫", "---\n", "...\n", "? ", "- ", ": ", "<<: *a",
    "on_missing: true", "use: looks.machine", "is: looks.fair-hair", "query: 'a OR'", "1e3", "null",
    "root:", "nodes:", "tests: []", "{attr: image.width, eq: 1}", "include: [x.yaml]", "9" * 30,
]  # fmt: skip


def assert_sound(rules: RuleSet, files: dict[str, str]) -> None:
    problems = findings(rules)
    for problem in problems:
        text = files.get(problem.file, "")
        assert problem.code in CODES
        assert (problem.severity == "error") == problem.code.startswith("E")
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.col >= 1
        assert problem.message.isprintable()
        assert problem.hint.isprintable()
    render_all(problems, rules.texts)
    if not rules.errors:
        assert len(rules.trees) == sum("\nroot:" in f"\n{text}" for text in rules.files.values())


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, str]:
    """Good files with a few pieces cut out, doubled, moved or replaced."""
    files = dict(GOOD)
    for _ in range(draw(st.integers(1, 4))):
        key = draw(st.sampled_from(sorted(files)))
        text = files[key]
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(st.sampled_from(["", text[start:end] * 2, *SPICE]))
        files[key] = text[:start] + piece + text[end:]
    return files


@given(mutated())
def test_mutations_of_good_files_never_raise(files: dict[str, str]) -> None:
    assert_sound(load_texts(files), files)


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    assert_sound(load_texts({"t.yaml": text}), {"t.yaml": text})


@given(st.lists(st.sampled_from(SPICE), max_size=40))
def test_any_heap_of_yaml_signs_is_taken(parts: list[str]) -> None:
    text = "".join(parts)
    assert_sound(load_texts({"t.yaml": text}), {"t.yaml": text})


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(raw: bytes) -> None:
    report = ProblemReport("t.yaml")
    text = decode(raw, report)
    assert (text is None) == report.has_errors


@given(st.text(max_size=20))
def test_any_path_is_taken(path: str) -> None:
    load_texts({path: GOOD[LOOKS_PATH]})


@given(st.lists(st.sampled_from([*READING, *SHAPES, *NAMES, *LINT]), min_size=2, max_size=2))
def test_two_mistakes_at_once_never_hide_an_error(mistakes: list) -> None:
    """Unless the first breaks the text, so that the second is gone."""
    files = dict(GOOD)
    for mistake in mistakes:
        if files[mistake.file].count(mistake.old) != 1:
            return
        files[mistake.file] = files[mistake.file].replace(mistake.old, mistake.new.replace("‸", ""))
    rules = load_texts(files)
    assert_sound(rules, files)
    assert rules.errors


LAYOUTS = st.sampled_from(["# a comment\n", "\n", "   # indented\n", "\n\n\n", "#\n"])


@given(st.lists(st.tuples(st.integers(0, 80), LAYOUTS), max_size=8))
def test_comments_and_empty_lines_do_not_change_the_revision(
    insertions: list[tuple[int, str]],
) -> None:
    lines = GOOD[PORTRAITS_PATH].splitlines(keepends=True)
    for at, text in insertions:
        lines.insert(min(at, len(lines)), text)
    changed = load_texts({**GOOD, PORTRAITS_PATH: "".join(lines)})
    assert changed.problems == ()
    assert changed.revision == load_texts(GOOD).revision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Blocked, or not reviewed yet"', "'Blocked, or not reviewed yet'"),
        ('"Blocked, or not reviewed yet"', "Blocked or not"),
        ("weight: 100, reason", "weight: 1e2, reason"),
        ("[70, 100]", "[70.0, 1e2]"),
        ("- beard  ", "- {tag: Beard}  "),
    ],
)
def test_only_what_is_said_makes_the_revision(old: str, new: str) -> None:
    text = GOOD[PORTRAITS_PATH].replace(old, new)
    changed = load_texts({**GOOD, PORTRAITS_PATH: text})
    assert changed.errors == ()
    same = "Blocked or not" not in new
    assert (changed.revision == load_texts(GOOD).revision) == same


def test_the_order_of_files_and_keys_does_not_make_the_revision() -> None:
    text = GOOD[PORTRAITS_PATH].replace("title: Portrait avatars\nowner: content-team\n", "")
    text += "owner: content-team\ntitle: Portrait avatars\n"
    changed = load_texts({PORTRAITS_PATH: text, LOOKS_PATH: GOOD[LOOKS_PATH]})
    assert changed.revision == load_texts(GOOD).revision


VALUES = st.integers(-3, 3).map(float)
TESTS = st.one_of(
    st.builds(
        Compare,
        st.just("x"),
        st.sampled_from(["eq", "ne", "lt", "lte", "gt", "gte"]),
        VALUES,
        st.booleans(),
    ),
    st.builds(
        lambda a, b, on: Compare("x", "between", (min(a, b), max(a, b)), on),
        VALUES, VALUES, st.booleans(),
    ),
    st.builds(
        lambda values, on: Compare("x", "in", tuple(values), on),
        st.lists(VALUES, min_size=1, max_size=3), st.booleans(),
    ),
)  # fmt: skip


def meets(value: float, test: Compare) -> bool:
    constants = test.value if isinstance(test.value, tuple) else (test.value,)
    first, last = float(constants[0]), float(constants[-1])
    answers: dict[Operator, bool] = {
        "eq": value == first,
        "ne": value != first,
        "lt": value < first,
        "lte": value <= first,
        "gt": value > first,
        "gte": value >= first,
        "between": first <= value <= last,
        "in": value in constants,
    }
    return answers[test.op]


@given(st.lists(TESTS, min_size=2, max_size=5), st.booleans())
def test_a_contradiction_is_found_exactly_where_trying_all_values_finds_none(
    tests: list[Compare], whole: bool
) -> None:
    # Halves and quarters stand for all numbers between the constants. Two neighbouring whole
    # numbers leave nothing to "ne", so those are only said to be possible.
    step = 1 if whole else 4
    values = [n / step for n in range(-5 * step, 5 * step + 1)]
    met = any(all(meets(value, test) for test in tests) for value in values)
    missing = all(test.on_missing for test in tests)
    placed = [(test, Place("t", line, 1)) for line, test in enumerate(tests)]
    kind = Attribute("x", "integer" if whole else "number")
    contradicting = list(contradictions(placed, {"x": kind}))
    if contradicting:
        assert not met
        assert not missing
    elif not met and not missing:
        assert whole
        assert any(test.op == "ne" for test in tests)


@given(st.data())
def test_places_inside_of_texts_agree_with_a_marked_text(data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(["a", "b'c", "é", '"q"', "猫"]), min_size=1))
    text = " ".join(words)
    offset = data.draw(st.integers(0, len(text) - 1))
    style = data.draw(st.sampled_from(["single", "double", "block"]))
    written = {
        "single": "k: '" + text.replace("'", "''") + "'\n",
        "double": 'k: "' + text.replace('"', '\\"').replace("é", "\\u00e9") + '"\n',
        "block": "k: |\n    " + text + "\n",
    }[style]
    before = text[:offset]
    col = {
        "single": len("k: '" + before.replace("'", "''")) + 1,
        "double": len('k: "' + before.replace('"', '\\"').replace("é", "\\u00e9")) + 1,
        "block": 5 + offset,
    }[style]
    document = read(written, ProblemReport("t"))
    assert isinstance(document, Entries)
    scalar = document.entries[0][1]
    assert isinstance(scalar, Scalar)
    assert place_in(scalar, offset, written, "t") == Place("t", 2 if style == "block" else 1, col)
