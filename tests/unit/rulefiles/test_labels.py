"""Labels: read wherever they may stand, part of the revision, and no part of the meaning."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from smashpass.core.rules import tree as t
from smashpass.core.rules.analysis.meaning import meaning_difference
from smashpass.core.rules.canonical import canonical, revision_of
from smashpass.rulefiles.load import load_texts
from tests.support.rule_texts import GOOD, LOOKS, LOOKS_PATH, PORTRAITS, PORTRAITS_PATH

UNLABELLED = "213b39d194b118b3"
"""How the revision of the texts begins since before there were labels."""
PLACES = [
    ("beard                                          # a bare", "{tag: beard, label: LABEL}  #"),
    ("- is: looks.fair-hair", "- {is: looks.fair-hair, label: LABEL}"),
    ('none: ["hat:*", glasses:dark]', '{none: ["hat:*", glasses:dark], label: LABEL}'),
    ("if: {any: [safety:blocked, safety:unreviewed]}", "if: {any: [safety:blocked], label: LABEL}"),
    ("{attr: image.quality, between: [70, 100]}", "{attr: image.quality, gt: 7, label: LABEL}"),
    ("{query: 'robot AND", "{label: LABEL, query: 'robot AND"),
    ("          at_least: 2\n", "          at_least: 2\n          label: LABEL\n"),
    ("          all:\n", "          label: LABEL\n          all:\n"),
]
NODES = [
    ("{use: looks.machine}", "{use: looks.machine, label: LABEL}"),
    ("  id: gate\n", "  id: gate\n  label: LABEL\n"),
    ("    id: looks\n", "    id: looks\n    label: LABEL\n"),
    ("{id: no-match,", "{id: no-match, label: LABEL,"),
    ("id: fair-beard-mix\n", "id: fair-beard-mix\n            label: LABEL\n"),
]


def loaded(text: str, looks: str = LOOKS) -> t.Tree:
    rules = load_texts({LOOKS_PATH: looks, PORTRAITS_PATH: text})
    assert rules.errors == ()
    (tree,) = rules.trees
    return tree


def labels(value: Any) -> list[str | t.AnswerWords]:
    """Every label in a tree, by looking at each field of each value."""
    if isinstance(value, tuple):
        return [label for item in value for label in labels(item)]
    if not is_dataclass(value) or isinstance(value, t.AnswerWords):
        return []
    own_label = getattr(value, "label", None)
    inner = [label for part in fields(value) for label in labels(getattr(value, part.name))]
    return [own_label, *inner] if own_label else inner


def edited(place: tuple[str, str], label: str) -> str:
    before, after = place
    assert PORTRAITS.count(before) == 1, before
    return PORTRAITS.replace(before, after.replace("LABEL", label))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0].strip())
def test_a_predicate_has_one_label_or_words_for_both_answers(place: tuple[str, str]) -> None:
    assert labels(loaded(edited(place, "' a  label '")).root) == [t.AnswerWords("a  label")]
    both = loaded(edited(place, "{then: a beard, else: no beard}"))
    assert labels(both.root) == [t.AnswerWords("a beard", "no beard")]


@pytest.mark.parametrize("place", NODES, ids=lambda place: place[0].strip())
def test_a_node_has_one_label(place: tuple[str, str]) -> None:
    assert labels(loaded(edited(place, "a label")).root) == ["a label"]
    mapping = load_texts({**GOOD, PORTRAITS_PATH: edited(place, "{then: a, else: b}")})
    assert [problem.code for problem in mapping.errors] == ["E204"]


def test_labels_of_a_fragment_come_with_it_and_give_way_to_those_beside_the_reference() -> None:
    looks = LOOKS.replace("{any: [hair:blonde,", "{label: fair hair, any: [hair:blonde,")
    looks = looks.replace("  machine:\n", "  machine:\n    label: a machine\n")
    assert labels(loaded(PORTRAITS, looks).root) == [t.AnswerWords("fair hair"), "a machine"]
    text = PORTRAITS.replace("- is: looks.fair-hair", "- {is: looks.fair-hair, label: light hair}")
    text = text.replace("{use: looks.machine}", "{use: looks.machine, label: a robot}")
    assert labels(loaded(text, looks).root) == [t.AnswerWords("light hair"), "a robot"]


def test_rules_without_labels_keep_their_revision_and_every_label_makes_another() -> None:
    plain = loaded(PORTRAITS)
    assert b'label"' not in canonical([plain])
    assert revision_of([plain]).startswith(UNLABELLED)
    revisions = {revision_of([plain])}
    for place in (*PLACES, *NODES):
        revisions |= {revision_of([loaded(edited(place, text))]) for text in ("one", "two")}
    for place in PLACES:
        revisions.add(revision_of([loaded(edited(place, "{then: one, else: none}"))]))
    assert len(revisions) == 1 + 3 * len(PLACES) + 2 * len(NODES)


def test_a_label_changes_no_meaning() -> None:
    plain = loaded(PORTRAITS)
    for place in (PLACES[0], *NODES):
        other = loaded(edited(place, "a label"))
        assert other == plain
        assert meaning_difference(plain, other).changes == ()
    assert replace(plain, title="x") != plain


def test_the_same_condition_under_two_labels_is_still_the_same() -> None:
    text = PORTRAITS.replace(
        "{any: [safety:blocked, safety:unreviewed]}",
        "{any: [{tag: safety:blocked, label: a}, {tag: safety:blocked, label: b}]}",
    )
    rules = load_texts({**GOOD, PORTRAITS_PATH: text})
    assert "E401" in [problem.code for problem in rules.errors]
