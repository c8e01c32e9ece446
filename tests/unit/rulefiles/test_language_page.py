"""The page about the language: every example is run, and nothing of the grammar is left out."""

from __future__ import annotations

import re

import pytest

from smashpass.core.library.facts import Facts
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.tree import leaves
from smashpass.core.tags.names import TagId, normalise
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value
from smashpass.rulefiles import grammar
from smashpass.rulefiles.load import load, load_texts
from smashpass.services.rules.book import parse_attributes
from smashpass.services.rules.examples import run_examples
from tests.support.paths import ROOT
from tests.support.rule_checks import check_texts

PAGE = (ROOT / "docs/rules-language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml (\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
AROUND = """\
format: 1
id: around
attributes:
  image.score: {{type: number, min: 0, max: 1}}
  plugin.aesthetic: {{type: number, min: 0, max: 10, source: plugin}}
  plugin.mood: {{type: text, source: plugin}}
  plugin.sharp: {{type: boolean, source: plugin}}
root:
  if:
{0}
  then: {{id: "yes", verdict: smash, reason: "It holds"}}
  else:
    if: around_one
    then: {{id: one, verdict: pass, reason: "It does not, one"}}
    else:
      if: around_two
      then: {{id: two, verdict: pass, weight: 60, reason: "It does not, two"}}
      else: {{id: three, verdict: pass, reason: "It does not"}}
"""


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


def around(text: str) -> dict[str, str]:
    """A tree with the example as its first question."""
    lines = [f"    {line}" for line in text.splitlines() if not line.startswith("# ")]
    return {"around.yaml": AROUND.format("\n".join(lines))}


def claims(text: str) -> list[tuple[str, str]]:
    return re.findall(r"^# (yes|no|error): (.+)$", text, re.MULTILINE)


def image(example: str) -> tuple[set[str], dict[str, Value]]:
    parts = [] if example == "nothing" else example.split(", ")
    tags = {normalise(part) for part in parts if "=" not in part}
    return tags, parse_attributes(part for part in parts if "=" in part)


@pytest.mark.parametrize("text", blocks("predicate"), ids=lambda text: text.splitlines()[0])
def test_an_example_of_a_question_is_true_and_false_as_it_says(text: str) -> None:
    rules = load_texts(around(text))
    assert rules.errors == ()
    (tree,) = rules.trees
    claimed = claims(text)
    assert {answer for answer, _ in claimed} == {"yes", "no"}
    names = {tag for _, example in claimed for tag in image(example)[0]} | {
        "around_one",
        "around_two",
    }
    words = Vocabulary.of(sorted(names))
    compiled = compile_tree(tree, words)
    for answer, example in claimed:
        tags, values = image(example)
        tag_ids = frozenset(TagId(words.find(tag) or 0) for tag in tags)
        counted: dict[str, Value] = {"image.tag_count": float(len(tag_ids)), **values}
        end = compiled.leaf(Facts(tag_ids, tag_ids, counted.get, lambda _name: None))
        assert (end.id == "yes") is (answer == "yes"), example


@pytest.mark.parametrize("text", blocks("wrong"), ids=lambda text: text.splitlines()[0])
def test_an_example_of_a_mistake_is_refused_with_its_code(text: str) -> None:
    ((_, code),) = claims(text)
    problems = check_texts(around(text))
    errors = [problem for problem in problems if problem.severity == "error"]
    assert code in {problem.code for problem in errors}
    assert {problem.line for problem in errors} <= {10, 11}


def test_the_trees_of_the_page_have_no_mistake_and_their_tests_cover_them() -> None:
    files = {text.splitlines()[0].removeprefix("# "): text for text in blocks("tree")}
    assert len(files) == 3
    assert check_texts(files) == []
    rules = load_texts(files)
    results = [
        outcome for tree in rules.trees for outcome in run_examples(tree, rules.examples[tree.id])
    ]
    assert len(results) == 11
    assert all(result.passed for result in results)


def test_every_key_and_word_of_the_grammar_stands_on_the_page() -> None:
    examples = "\n".join(text for _, text in BLOCKS)
    constructs = (
        grammar.FILE, grammar.DEFAULTS, grammar.NUMBER_ATTRIBUTE, grammar.ARM, grammar.OUTCOME,
        grammar.TEST, grammar.GIVEN, grammar.EXPECT, grammar.ODDS, *grammar.NODES.values(),
        *grammar.PREDICATES.values(),
    )  # fmt: skip
    keys = {key for construct in constructs for key in construct.allowed}
    assert {key for key in keys if not re.search(rf"\b{key}:", examples)} == set()
    words = {*grammar.VERDICTS, *grammar.TYPES, *grammar.OPERATORS, *grammar.NAMESPACES}
    assert {word for word in words if not re.search(rf"\b{word}\b", examples)} == set()


def test_every_code_stands_on_the_page_with_its_meaning() -> None:
    meanings = dict(re.findall(r"^\| ([EW]\d{3}) \| (.+) \|$", PAGE, re.MULTILINE))
    assert meanings == grammar.CODES


def test_the_gallery_shows_each_end_of_the_shipped_trees_as_it_is() -> None:
    shipped = load([ROOT / "rules"])
    sections = re.split(r"^### .*: `rules/trees/(\w+)\.yaml`$", PAGE, flags=re.MULTILINE)
    galleries = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert set(galleries) == {tree.id for tree in shipped.trees}
    for tree in shipped.trees:
        rows = re.findall(
            r"^\| `(.+?)` \| `([\w-]+)` \| (.+) \|$", galleries[tree.id], re.MULTILINE
        )
        assert {leaf for _, leaf, _ in rows} == {end.id for end in leaves(tree.root)}
        names = {name for example, _, _ in rows for name in image(example)[0]}
        words = Vocabulary.of(sorted(names))
        compiled = compile_tree(tree, words)
        for example, leaf, reason in rows:
            tags, values = image(example)
            tag_ids = frozenset(TagId(words.find(tag) or 0) for tag in tags)
            end = compiled.leaf(Facts(tag_ids, tag_ids, values.get, lambda _name: None))
            assert end.id == leaf, example
            ends = (
                [end.reason]
                if hasattr(end, "reason")
                else [outcome.reason for outcome in end.outcomes]
            )
            assert all(leaf_reason in reason for leaf_reason in ends)
