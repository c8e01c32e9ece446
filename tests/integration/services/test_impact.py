"""The impact of rule files: against revisions, on a library in a database, on past swipes."""

from __future__ import annotations

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.core.values import Verdict
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.impact import Impact
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers
from tests.support.libraries import PORTRAITS, fill
from tests.support.trees import tree

MIXED = tree("mixed").replace(
    '{id: one, verdict: smash, weight: 60, reason: "A beard"}',
    "{id: one, outcomes: [{verdict: smash, weight: 3, reason: a}, "
    "{verdict: pass, weight: 1, reason: b}]}",
)
ASKING = (
    tree("mixed").replace("if: beard", "if: {attr: viewer.swipes, gt: 3}").partition("tests:")[0]
)


@pytest.fixture
def library(installation: Installation) -> Installation:
    fill(installation)
    return installation


def publish(library: Installation, text: str) -> str:
    publication = library.publishing.publish(
        load_texts({"t.yaml": text}), by="me", origin="test", reason="r"
    )
    return publication.revision.sha256


def impact(library: Installation, text: str, **options: object) -> Impact:
    rules = load_texts({"t.yaml": text}).require()
    return library.impacts.of(rules, library.library.index, **options)  # type: ignore[arg-type]


def swipe(library: Installation, *verdicts: tuple[int, Verdict]) -> None:
    viewer = Viewers(library.engine).create("adult")
    Swipes(library.engine).record(
        viewer.id,
        [Swipe(f"s{n}", Ordinal(image), verdict, n) for n, (image, verdict) in enumerate(verdicts)],
    )


def test_the_effect_on_every_image_is_counted(library: Installation) -> None:
    old = publish(library, tree("t"))
    effect = impact(
        library, tree("t", first="hair:black").replace("[beard, hat]", '["hair:black"]')
    )
    (report,) = effect.trees
    document = report.as_json()
    having = {name: {o for o, tags in PORTRAITS.items() if name in tags and o != 7}
              for name in ("beard", "glasses", "hair:black")}  # fmt: skip
    assert effect.against == old
    assert effect.images == 6
    assert document["flips"] == {
        "to_smash": len(having["hair:black"] - having["beard"] - having["glasses"]),
        "to_pass": len(having["beard"] - having["hair:black"] - having["glasses"]),
    }
    leaves = {row["leaf"]: (row["before"], row["after"]) for row in document["leaves"]}
    assert leaves["one"] == (len(having["beard"]), len(having["hair:black"]))
    assert sum(after for _, after in leaves.values()) == 6
    names = {library.image_ids.encode(Ordinal(o)) for o in PORTRAITS}
    assert {row["image"] for row in document["sample"]} <= names
    assert {row["to"] for row in document["sample"]} == {"smash", "pass"}


def test_the_first_rules_are_compared_with_nothing(library: Installation) -> None:
    report = impact(library, tree("t"))
    assert report.against is None
    assert [tree_report.impact.before for tree_report in report.trees] == [None]
    assert report.as_json()["trees"][0]["leaves"][0] == {"leaf": "one", "before": 0, "after": 2}


def test_a_revision_that_is_not_there_is_named(library: Installation) -> None:
    publish(library, tree("t"))
    with pytest.raises(NotFound):
        impact(library, tree("t"), against="ffff")


def test_a_file_takes_the_place_of_its_tree_alone(library: Installation) -> None:
    texts = {"a.yaml": tree("a"), "b.yaml": tree("b", labels="[]")}
    library.publishing.publish(load_texts(texts), by="me", origin="test", reason="r")
    rule_set = load_texts({"b.yaml": tree("b", labels="[]", weight=99)}).require()
    single = library.impacts.of(rule_set, library.library.index, whole=False)
    assert [tree_report.impact.tree for tree_report in single.trees] == ["a", "b"]
    whole = library.impacts.of(rule_set, library.library.index)
    assert whole.trees[0].impact.after is None


def test_draws_count_by_their_odds_and_what_a_viewer_decides_apart(library: Installation) -> None:
    publish(library, tree("mixed"))
    text = MIXED.replace("expect: {leaf: one}", "expect: {leaf: one, odds: {smash: 3, pass: 1}}")
    document = impact(library, text).trees[0].as_json()
    assert document["flips"] == {"to_smash": 0, "to_pass": 0}
    assert document["expected_flips"] == {"to_smash": 0, "to_pass": 0.5}
    assert document["verdicts"]["after"]["drawn"] == 2
    asking = impact(library, ASKING).trees[0].as_json()
    assert asking["undecided"] == 6
    assert asking["flips"] == {"to_smash": 0, "to_pass": 0}


def test_past_swipes_tell_who_agreed_before_and_after(library: Installation) -> None:
    swipe(library, (1, "smash"), (2, "pass"), (3, "smash"), (7, "smash"))
    swipe(library, (1, "pass"), (5, "pass"), (3, "smash"))
    publish(library, tree("t"))
    black = tree("t", first="hair:black").replace("[beard, hat]", '["hair:black"]')
    swipes = impact(library, black).swipes
    # Before: 1, 2 and 6 smash (a beard, glasses); after: 2, 3, 4 and 6. Image 7 is hidden.
    assert (swipes.total, swipes.agreed_before, swipes.agreed_after) == (6, 2, 4)
    text = MIXED.replace("expect: {leaf: one}", "expect: {leaf: one, odds: {smash: 3, pass: 1}}")
    assert impact(library, text).swipes.agreed_after == pytest.approx(2)
    asking_swipes = impact(library, ASKING).swipes
    assert (asking_swipes.agreed_after, asking_swipes.undecided_after) == (0, 6)


def notes(library: Installation, text: str) -> list[tuple[str, int, int, str, str]]:
    warnings = impact(library, text).warnings
    return [
        (warning.code, warning.line, warning.col, warning.message, warning.hint)
        for warning in warnings
    ]


def test_tags_that_the_library_does_not_know_are_named_with_near_ones(
    library: Installation,
) -> None:
    text = tree("t", first="{any: [beard, hair:blond, 'nose:*']}")
    tags = [note for note in notes(library, text) if note[0] == "W301"]
    assert tags == [
        ("W301", 7, 21, "the library has no tag 'hair:blond'", "did you mean hair:blonde?"),
        ("W301", 7, 33, "no tag of the library begins with 'nose:'", tags[1][4]),
        ("W301", 15, 11, "the library has no tag 'hat'", tags[2][4]),
    ]


def test_terms_of_queries_that_nothing_can_match_are_warned_of(library: Installation) -> None:
    query = "{query: 'beard (licence:nope OR source:demo) -by:run:9 baerd'}"
    text = tree("t", first=query).replace("[beard, hat]", "[beard]")
    tags = [note for note in notes(library, text) if note[0] == "W301"]
    assert [(line, col, message, hint) for _, line, col, message, hint in tags[:3]] == [
        (
            7,
            7,
            "in the query, no image was published under the licence 'nope'",
            "write licence:cc0-1.0 or licence:cc-by-4.0",
        ),
        (7, 7, "in the query, no import has the number 9", "did you mean by:run:1?"),
        (7, 7, "in the query, no tag is called 'baerd'", "did you mean beard?"),
    ]


def test_a_leaf_that_no_image_or_nearly_every_one_reaches_is_named(library: Installation) -> None:
    all_notes = notes(library, tree("t", first="unicorn").replace("[beard, hat]", "[unicorn]"))
    leaves = [(code, line, message) for code, line, _, message, _ in all_notes if code == "W503"]
    assert leaves == [
        ("W503", 7, "no image of the library comes to the leaf one"),
        ("W503", 15, "no image of the library comes to the leaf three"),
    ]
    every = notes(
        library, tree("t", first="{attr: image.tag_count, gte: 0}").partition("tests:")[0]
    )
    assert ("W503", "100.0% of the library come to the leaf one") in [
        (code, message) for code, _, _, message, _ in every
    ]


def test_what_depends_on_the_viewer_may_come_to_any_leaf(library: Installation) -> None:
    assert [note for note in notes(library, ASKING) if note[0] == "W503"] == []
