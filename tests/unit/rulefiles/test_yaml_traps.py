"""What YAML would guess, this loader reads as text; and hostile files stay harmless."""

from __future__ import annotations

import time

import pytest
import yaml

from smashpass.core.rules.tree import Branch, Leaf, TagTest
from smashpass.rulefiles.grammar import MAX_FILE_BYTES
from smashpass.rulefiles.load import load_texts
from smashpass.rulefiles.read.numbers import number
from smashpass.rulefiles.report import ProblemReport
from smashpass.rulefiles.yaml.events import read
from smashpass.rulefiles.yaml.guards import decode
from tests.support.rule_checks import check_texts
from tests.support.rule_texts import GOOD, LOOKS, PORTRAITS

TREE = """\
format: 1
id: t
root:
  if: {0}
  then: {{id: a, verdict: smash, reason: {1}}}
  else:
    if: two
    then: {{id: b, verdict: smash, reason: b}}
    else:
      if: three
      then: {{id: c, verdict: smash, reason: c}}
      else: {{id: d, verdict: pass, reason: d}}
"""
WORDS = [
    "no",
    "on",
    "yes",
    "null",
    "~x",
    "017",
    "0o17",
    "22:30",
    "1_000",
    "2024-01-01",
    "1e3",
    ".inf",
]


def codes(files: dict[str, str]) -> list[str]:
    return [problem.code for problem in check_texts(files) if problem.severity == "error"]


@pytest.mark.parametrize("word", [word for word in WORDS if word != "~x"])
def test_a_word_that_yaml_would_convert_is_a_tag_where_a_tag_stands(word: str) -> None:
    rules = load_texts({"t.yaml": TREE.format(word, word)})
    assert rules.problems == ()
    root = rules.trees[0].root
    expected = TagTest(word.replace(" ", "_"))
    assert root.arms[0].when == expected
    assert isinstance(root.arms[0].then, Leaf)
    assert root.arms[0].then.reason == word


@pytest.mark.parametrize("word", [*WORDS, "nan", "0x1F", "+1", "1.", "-", "1 0", "١", "9" * 5000])
def test_only_decimal_numbers_are_numbers(word: str) -> None:
    files = {"t.yaml": TREE.format("one", "a, weight: " + word)}
    if word == "1e3":
        assert codes(files) == ["E206"]
    else:
        assert codes(files) == ["E205"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0.0),
        ("-0", 0.0),
        ("12", 12.0),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        ("123456789012345", 123456789012345.0),
        ("0.000000000000001", 1e-15),
        ("1234567890123456", None),
        ("1e-400", None),
        ("1e400", None),
        ("", None),
    ],
)
def test_numbers_are_read_exactly_or_not_at_all(text: str, value: float | None) -> None:
    assert number(text) == value


def test_a_number_never_is_minus_zero() -> None:
    assert str(number("-0")) == "0.0"


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{name}: &{name} [*{before}, *{before}, *{before}]\n"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)
ONE_TO_THE_NEXT = "".join(
    f"  p{n}: {{all: [{{is: p{n + 1}}}, {{any: [z, {{is: p{n + 1}}}]}}]}}\n" for n in range(60)
)
HOSTILE = {
    "deep lists": ("[" * 200_000, {"E104"}),
    "deep mappings": ("{a: " * 60_000, {"E104"}),
    "deep dashes": ("- " * 100_000, {"E104"}),
    "deep questions": ("? " * 100_000, {"E104"}),
    "billion laughs": (LAUGHS, {"E105", "E202", "E203"}),
    "a circle": ("a: &x [*x]\n", {"E105", "E202", "E203"}),
    "many nodes": ("- a\n" * 60_000, {"E104"}),
    "many keys": ("".join(f"k{n}: v\n" for n in range(9_900)), {"E202"}),
    "the same key": ("a: b\n" * 9_900, {"E107"}),
    "a huge number": (TREE.format("one", "a, weight: " + "9" * 5_000), {"E205"}),
    "a huge key": ("? " + "k" * 200_000 + "\n: v\n", {"E202", "E203"}),
    "a huge plain key": ("k" * 250_000 + ": v", {"E100"}),
    "a huge tag": (TREE.format("x" * 200_000, "a"), {"E304"}),
    "a huge query": (TREE.format("{query: " + "x " * 100_000 + "}", "a"), {"E213"}),
    "quotes": (TREE.format("{query: '" + "''" * 100_000 + "'}", "a"), {"E213"}),
    "escapes": (TREE.format('{query: "' + "\\x41" * 50_000 + ' OR"}', "a"), {"E213"}),
    "brackets in a query": (TREE.format("{query: '" + "(" * 1_000 + "'}", "a"), {"E213"}),
    "tabs": ("\t" * 200_000, {"E100"}),
    "zero": ("format: 1\0", {"E103"}),
    "zeros": ("\0" * 200_000, {"E103"}),
    "line ends": ("\n" * 250_000, {"E111"}),
    "comments": ("#" * 250_000, {"E111"}),
    "documents": ("---\n" * 60_000, {"E109"}),
    "tags": ("!a " * 80_000, {"E100", "E106"}),
    "python": ("!!python/object/apply:os.system ['true']", {"E106"}),
    "anchors": ("".join(f"k{n}: &a{n} v\n" for n in range(9_000)), {"E105"}),
    "one list": (TREE.format("{all: [" + "a, " * 9_000 + "b]}", "a"), {"E401"}),
    "wanted and refused": (
        TREE.format(
            "{all: [" + ", ".join(f"t{n}" for n in range(5_000)) + ", {none: ["
            + ", ".join(f"'u{n}*'" for n in range(5_000)) + "]}]}", "a"), set()),
    "one attribute": (
        TREE.format(
            "{all: [" + ", ".join(f"{{attr: image.width, gte: {n + 1}}}" for n in range(2_900))
            + ", {attr: image.width, lt: 1}]}", "a"), {"E402", "E405"}),
    "two long lists": (
        TREE.format(
            "{all: [{attr: image.width, in: [" + ", ".join(str(n + 1) for n in range(8_000))
            + "]}, {attr: image.width, in: [" + ", ".join(str(n + 9_000) for n in range(8_000))
            + "]}]}", "a"), {"E402"}),
    "doubling predicates": (
        "format: 1\nid: t\npredicates:\n" + ONE_TO_THE_NEXT + "  p60: x\n", {"E104"}),
    "a chain of nodes": (
        "format: 1\nid: t\nnodes:\n" + "".join(f"  n{n}: {{use: n{n + 1}}}\n" for n in range(3_000))
        + "  n3000: {id: x, verdict: pass, reason: x}\n", {"E104"}),
    "unknown names": (
        "format: 1\nid: t\npredicates:\n"
        + "".join(f"  p{n}: {{is: q{n}}}\n" for n in range(4_000)), {"E305"}),
    "unknown attributes": (
        TREE.format("{any: [" + ", ".join(f"{{attr: image.w{n}, eq: 1}}" for n in range(2_800))
                    + "]}", "a"), {"E306"}),
    "wide fork": (
        "format: 1\nid: t\nroot:\n  choose:\n"
        + "".join(f"    - {{when: t{n}, then: {{id: l{n}, verdict: pass, reason: r}}}}\n"
                  for n in range(1_500))
        + "  else: {id: z, verdict: pass, reason: r}\n", {"E408", "E411"}),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_quickly(name: str) -> None:
    text, expected = HOSTILE[name]
    began = time.process_time()
    reported = load_texts({"t.yaml": text}).problems
    # About 0.1 s each; this is no timing gate, it only catches what explodes.
    assert time.process_time() - began < 5
    assert {problem.code for problem in reported} == expected


def test_a_file_may_have_256_kib_and_not_one_byte_more() -> None:
    filled = LOOKS + "#" * (MAX_FILE_BYTES - len(LOOKS))
    assert codes({"looks.yaml": filled}) == []
    assert codes({"looks.yaml": filled + "#"}) == ["E101"]


def test_a_set_may_have_two_mebibytes() -> None:
    texts = {f"f{n}.yaml": LOOKS.replace("looks", f"l{n}") + "#" * 250_000 for n in range(8)}
    assert codes(texts) == []
    texts["f8.yaml"] = LOOKS + "#" * 250_000
    assert codes(texts) == ["E101"]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "---\n...\n"])
def test_an_empty_file_is_reported_at_its_beginning(text: str) -> None:
    problems = load_texts({"t.yaml": text}).problems
    assert [(problem.code, problem.line, problem.col) for problem in problems] == [("E111", 1, 1)]


def test_bytes_that_are_not_utf_8_are_located() -> None:
    report = ProblemReport("t.yaml")
    assert decode("title: é\nx: ".encode() + b"\xff", report) is None
    assert [(problem.code, problem.line, problem.col) for problem in report.problems] == [
        ("E102", 2, 4)
    ]


def test_a_lone_surrogate_in_a_text_is_not_utf_8() -> None:
    assert codes({"t.yaml": "title: \ud800"}) == ["E102"]


def test_windows_line_ends_change_nothing() -> None:
    files = {key: text.replace("\n", "\r\n") for key, text in GOOD.items()}
    assert codes(files) == []
    assert load_texts(files).revision == load_texts(GOOD).revision


@pytest.mark.parametrize("text", [LOOKS, PORTRAITS])
def test_libyaml_and_the_python_parser_give_the_same_places(text: str) -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    fast, slow = ProblemReport("t"), ProblemReport("t")
    assert read(text, fast, yaml.CSafeLoader) == read(text, slow, yaml.SafeLoader)
    assert fast.problems == slow.problems == []


def test_all_mistakes_of_a_file_are_reported_at_once_and_in_order() -> None:
    broken = (
        PORTRAITS.replace("owner:", "ownr:")
        .replace("gte: 6.5", "gte: 65")
        .replace("id: no-match", "id: no match")
        .replace("is: looks.fair-hair", "is: looks.fair")
    )
    problems = check_texts({**GOOD, "trees/portraits.yaml": broken})
    assert [problem.code for problem in problems] == ["E202", "E305", "E405", "E204"]
    assert problems == sorted(problems)


def test_a_branch_without_id_is_named_by_its_place() -> None:
    root = load_texts({"t.yaml": TREE.format("one", "a")}).trees[0].root
    assert root.id == "root"
    assert isinstance(root.otherwise, Branch)
    assert root.otherwise.id == "root.else"
    assert isinstance(root.otherwise.otherwise, Branch)
    assert root.otherwise.otherwise.id == "root.else.else"
