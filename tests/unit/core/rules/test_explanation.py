"""The explanation of a decision: one phrase for each decisive branch, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.core.library.facts import Facts
from smashpass.core.rules import tree as t
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.decision import Decision
from smashpass.core.rules.explain.decide import decide
from smashpass.core.rules.explain.explanation import ALWAYS
from smashpass.core.tags.vocabulary import Vocabulary
from tests.support.builders import Library
from tests.support.rule_strategies import outside_values, populated, trees
from tests.unit.core.rules import oracle

YES, NO = t.Leaf("yes", "smash", 80, "Yes"), t.Leaf("no", "pass", 60, "No")
DRAW = t.Lottery("draw", (t.Outcome("smash", 30, "Luck"), t.Outcome("pass", 10, "No luck")))
BEARD, HAT = t.TagTest("beard"), t.TagTest("hat")
SMILE = t.TagTest("mouth:smile", t.AnswerWords("a smile"))
GRIN = t.TagTest("mouth:grin", t.AnswerWords("a grin"))
PERSON = t.TagTest("kind:person", t.AnswerWords("a person"))
OTHER = t.Branch("other", "if", (t.Arm(HAT, YES),), NO)
HATTED = t.Branch("hatted", "if", (t.Arm(HAT, YES),), NO)
SCORE = t.Compare("plugin.aesthetic", "gte", 6.0, True, t.AnswerWords("a good score"))


def either(
    id_: str, test: t.Predicate, then: t.Node, otherwise: t.Node, label: str = ""
) -> t.Branch:
    return t.Branch(id_, "if", (t.Arm(test, then),), otherwise, label)


def explained(root: t.Branch, *tags: str, **scores: float) -> Decision:
    words = Vocabulary.of(["beard", "hat", "kind:person", "mouth:grin", "mouth:smile"])
    own_tags = frozenset(tag for name in tags if (tag := words.find(name)) is not None)
    assert len(own_tags) == len(tags)
    values = {name.replace("__", "."): value for name, value in scores.items()}
    facts = Facts(own_tags, own_tags, values.get, lambda _name: None)
    compiled = compile_tree(t.Tree("t", root), words)
    return decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)


def marked(node: t.Node, numbers: list[int]) -> t.Node:
    """The tree with a label of its own for each node."""
    numbers.append(len(numbers))
    node = replace(node, label=f"mark{numbers[-1]}")
    if not isinstance(node, t.Branch):
        return node
    arms = tuple(replace(arm, then=marked(arm.then, numbers)) for arm in node.arms)
    return replace(node, arms=arms, otherwise=marked(node.otherwise, numbers))


def verdicts(node: t.Node) -> set[str]:
    """Every verdict that some leaf below a node may give."""
    ends = list(t.leaves(node))
    drawn = [one.verdict for end in ends if isinstance(end, t.Lottery)
             for one in end.outcomes if one.weight]  # fmt: skip
    return {*drawn, *(end.verdict for end in ends if isinstance(end, t.Leaf))}


def crossed(node: t.Node, picture: oracle.Picture) -> list[tuple[t.Branch, int]]:
    """Each branch on the way of an image, and the number of the way that it takes."""
    if not isinstance(node, t.Branch):
        return []
    answers = [oracle.answer(arm.when, picture) for arm in node.arms]
    way = answers.index(True) if True in answers else len(answers)
    return [(node, way), *crossed(ways_of(node)[way], picture)]


def ways_of(branch: t.Branch) -> list[t.Node]:
    return [*(arm.then for arm in branch.arms), branch.otherwise]


def sentence(labels: list[tuple[str, bool]], names_subject: bool) -> str:
    """The frame, phrase by phrase."""
    if not labels:
        return ""
    text = labels.pop(0)[0] if names_subject else "a picture"
    first = [label for label, holds in labels if holds is labels[0][1]]
    other = [label for label, holds in labels if holds is not labels[0][1]]
    for number, group in enumerate((first, other)):
        for place, label in enumerate(group):
            if place == 0:
                text += f", but {label}" if number else f" with {label}"
            else:
                text += f" and {label}" if place + 1 == len(group) else f", {label}"
    return f"{text[0].upper()}{text[1:]}."


@given(populated, trees(), outside_values)
def test_the_first_sentence_has_one_phrase_for_each_branch_that_could_have_turned_the_verdict(
    library: Library, tree: t.Tree, outside: Mapping[str, object]
) -> None:
    root = marked(tree.root, [])
    assert isinstance(root, t.Branch)
    tree = replace(tree, root=root)
    ordinal = min(library.live)
    compiled = compile_tree(tree, library.vocabulary)
    facts = library.index.facts(Ordinal(ordinal), outside)  # type: ignore[arg-type]
    decision = decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)
    path = crossed(root, oracle.picture(library, ordinal, outside, None))
    labels, subject = [], False
    for place, (branch, way) in enumerate(path):
        others = [node for number, node in enumerate(ways_of(branch)) if number != way]
        if any(verdicts(node) - {decision.verdict} for node in others):
            labels.append((ways_of(branch)[way].label, way < len(branch.arms)))
            subject = subject or place == 0
    assert decision.explanation
    first = re.split(r"(?<=\.) ", decision.explanation)[0]
    if labels:
        assert first == sentence(labels, subject)
    else:
        assert "mark" not in decision.explanation
    assert decision.branches
    assert [(passed.node, [(way.label, set(way.verdicts), way.taken) for way in passed.ways])
            for passed in decision.branches] == [
        (branch.id, [(node.label, verdicts(node), number == way)
                     for number, node in enumerate(ways_of(branch))])
        for branch, way in path
    ]  # fmt: skip


@given(populated, trees(asking=False), outside_values)
def test_every_decision_has_one_to_three_sentences_without_signs(
    library: Library, tree: t.Tree, outside: Mapping[str, float | None]
) -> None:
    compiled = compile_tree(tree, library.vocabulary)
    facts = library.index.facts(Ordinal(min(library.live)), outside)  # type: ignore[arg-type]
    decision = decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)
    text = decision.explanation
    assert text
    assert text.endswith(".")
    assert 1 <= len(re.findall(r"\.(?= |$)", text)) <= 3
    assert not set(text.replace("Drawn by lot:", "")) & set("≥≤<>≠=_*:")
    assert not text.casefold().startswith(("smash", "pass"))
    again = decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)
    assert again.as_json() == decision.as_json()


@given(st.sets(st.sampled_from("abcdefgh"), min_size=1))
def test_of_a_list_those_are_named_that_the_image_has(tags: set[str]) -> None:
    words = Vocabulary.of(list("abcdefgh"))
    root = either("top", t.AnyOf(tuple(map(t.TagTest, "hgfedcba"))), YES, NO)
    own_tags = frozenset(tag for name in tags if (tag := words.find(name)) is not None)
    facts = Facts(own_tags, own_tags, {}.get, {}.get)
    compiled = compile_tree(t.Tree("t", root), words)
    decision = decide(compiled, facts, revision="r", viewer="v", image="i", explain=True)
    held = [name for name in "hgfedcba" if name in tags]
    if len(held) > 5:
        held = [*held[:4], f"{len(held) - 4} more"]
    expected = " and ".join([", ".join(held[:-1]), held[-1]] if len(held) > 1 else held)
    assert decision.explanation == f"A picture with {expected}."


def test_a_list_with_a_label_is_named_by_its_parts_only_if_they_have_labels_too() -> None:
    look = t.AnswerWords("a friendly face")
    for items, text in (((SMILE, GRIN), "a smile"), ((BEARD, t.TagTest("mouth:smile")), look.then)):
        root = either("kind", PERSON, either("mood", t.AnyOf(items, look), YES, NO), OTHER)
        decision = explained(root, "kind:person", "mouth:smile")
        assert decision.explanation == f"A person with {text}."
    assert explained(root, "kind:person").explanation == "A person with no friendly face."


def test_signs_are_told_apart_and_only_the_first_question_names_the_picture() -> None:
    hair = either("hair", BEARD, YES, replace(NO, label="plain hair"), "nothing special to wear")
    root = either(
        "kind", PERSON, either("mood", SMILE, either("hat", HAT, YES, hair), HATTED), OTHER
    )
    assert explained(root, "kind:person", "mouth:smile").explanation == (
        "A person with a smile, but nothing special to wear and plain hair."
    )
    assert explained(root).explanation == "A picture with no person and no hat."
    kind = either("kind", PERSON, either("mood", SMILE, YES, NO), either("b", BEARD, YES, NO))
    inner = either("top", HAT, YES, kind)
    assert explained(inner, "kind:person").explanation == (
        "A picture with no hat and no smile, but a person."
    )


def test_a_branch_that_could_not_turn_the_verdict_is_left_out() -> None:
    root = either("kind", PERSON, either("hat", HAT, YES, either("mood", SMILE, YES, NO)), NO)
    assert explained(root, "kind:person", "mouth:smile").explanation == "A person with a smile."
    assert explained(either("top", HAT, YES, replace(YES, id="b")), "hat").explanation == ALWAYS


def test_a_draw_has_its_odds_in_the_smallest_numbers() -> None:
    decision = explained(either("top", HAT, DRAW, NO), "hat")
    odds = {"smash": "3 chances", "pass": "1 chance"}[decision.verdict]
    drawn = f"Drawn by lot: this verdict had {odds} in 4."
    assert decision.explanation
    assert decision.explanation.endswith(drawn)
    certain = replace(DRAW, outcomes=(t.Outcome("pass", 5, "Never"), t.Outcome("pass", 2, "Ever")))
    assert explained(either("top", HAT, certain, YES), "hat").explanation == "A picture with hat."


@pytest.mark.parametrize(
    ("scores", "text"),
    [
        ({"plugin__aesthetic": 8.5},
         "A picture with hat and a good score. A model gave it an aesthetic score of 8.5."),
        ({"plugin__aesthetic": 3.0},
         "A picture with hat, but no good score. A model gave it an aesthetic score of 3."),
        ({}, "A picture with hat. "
             "No model has rated its aesthetic, so the rules decided without it."),
    ],
)  # fmt: skip
def test_what_a_model_said_or_did_not_say_is_told(scores: dict[str, float], text: str) -> None:
    root = either("top", HAT, either("score", SCORE, YES, NO), either("b", BEARD, YES, NO))
    assert explained(root, "hat", **scores).explanation == text
    assert "model" not in (explained(root, "beard", **scores).explanation or "")


def test_a_missing_number_is_said_to_be_missing() -> None:
    root = either("top", t.Compare("image.width", "gte", 5.0), YES, NO)
    assert explained(root).explanation == "A picture with no known width."
    assert (
        explained(root, image__width=1024.0).explanation == "A picture with a width of at least 5."
    )
