"""Edits of words are undone as easily as they are made, also when others edited since."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import Conflict, SmashpassError
from smashpass.core.operations.changelog import Change, VocabularyPlan
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.tagging.revert import revert
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.plans import (
    plan_alias,
    plan_implication,
    plan_merge,
    plan_rename,
    plan_unalias,
    plan_unimplication,
)
from tests.support.libraries import fill

PLANS = {
    "alias": plan_alias,
    "imply": plan_implication,
    "rename": plan_rename,
    "merge": plan_merge,
    "unalias": plan_unalias,
    "unimply": plan_unimplication,
}


@pytest.fixture
def library(installation: Installation) -> Installation:
    fill(installation)
    return installation


def do(library: Installation, kind: str, name: str, other_name: str) -> Change:
    plan = PLANS[kind]
    change = apply_plan(
        library.catalogue,
        lambda words: plan(words, name, other_name),
        by="ann",
        origin="t",
        reason="r",
    )
    assert change is not None
    return change


def undo(library: Installation, change: Change) -> Change | None:
    return revert(library.changes, library.catalogue, change.seq, by="bob", origin="test")


def meaning(words: Vocabulary) -> tuple[object, ...]:
    """Aliases and implications by name."""
    names = words.names
    aliases = {names[alias]: names[tag] for alias, tag in words.aliases.items()}
    pairs = {
        (names[tag], names[implied]) for tag, all_ in words.implications.items() for implied in all_
    }
    return aliases, pairs, {names[tag] for tag in words.deprecated}


def test_every_kind_of_edit_is_undone_at_once_without_touching_an_image(library):
    stored = [image.tags for image in library.catalogue.iterate()]
    do(library, "imply", "beard_full", "beard")
    for kind, name, other_name in (
        ("alias", "specs", "glasses"),
        ("rename", "beard", "chin_hair"),
        ("merge", "beard_full", "smile"),
        ("unimply", "beard_full", "beard"),
        ("imply", "smile", "glasses"),
    ):
        before = meaning(library.catalogue.vocabulary())
        change = do(library, kind, name, other_name)
        assert meaning(library.catalogue.vocabulary()) != before
        assert undo(library, change) is not None
        assert meaning(library.catalogue.vocabulary()) == before
        library.library.refresh()
        assert meaning(library.library.index.vocabulary) == before
    assert [image.tags for image in library.catalogue.iterate()] == stored


def test_undoing_what_is_undone_already_changes_nothing(library):
    change = do(library, "alias", "specs", "glasses")
    do(library, "unalias", "specs", "glasses")
    assert undo(library, change) is None


def test_undoing_never_makes_a_chain(library):
    do(library, "alias", "specs", "glasses")
    gone = do(library, "unalias", "specs", "glasses")
    do(library, "alias", "glasses", "smile")
    with pytest.raises(Conflict, match="alias"):
        undo(library, gone)


def test_undoing_never_closes_a_circle(library):
    do(library, "imply", "beard_full", "beard")
    gone = do(library, "unimply", "beard_full", "beard")
    do(library, "imply", "beard", "beard_full")
    with pytest.raises(Conflict, match="circle"):
        undo(library, gone)


def test_an_alias_that_has_another_target_by_now_stays(library):
    do(library, "alias", "specs", "glasses")
    gone = do(library, "unalias", "specs", "glasses")
    do(library, "alias", "specs", "smile")
    with pytest.raises(Conflict, match="by now"):
        undo(library, gone)


def test_texts_and_deprecation_are_undone(library):
    wish = VocabularyPlan(described=(("beard", ("face", "B", "")),), deprecated=("smile",))
    change = library.catalogue.edit_vocabulary(wish, by="ann", origin="t")
    assert change is not None
    undo(library, change)
    assert library.catalogue.tag("beard").category == ""
    assert not library.catalogue.tag("smile").deprecated


NAMES = st.sampled_from(["beard", "beard_full", "glasses", "specs", "smile", "new"])
STEPS = st.lists(
    st.tuples(st.sampled_from([*PLANS, "revert"]), NAMES, NAMES, st.integers(0, 9)), max_size=9
)


@settings(max_examples=25)
@given(steps=STEPS)
def test_no_order_of_edits_and_reverts_breaks_the_words(tmp_path_factory, empty_database, steps):
    import shutil

    from smashpass.settings import load

    home = tmp_path_factory.mktemp("home")
    shutil.copy(empty_database, home / "smashpass.db")
    library = Installation(load({"SMASHPASS_HOME": str(home)}))
    fill(library)
    changes: list[Change | None] = []
    for kind, name, other_name, choice in steps:
        try:
            if kind != "revert":
                changes.append(do(library, kind, name, other_name))
            elif changes and (change := changes[choice % len(changes)]) is not None:
                changes.append(undo(library, change))
        except SmashpassError:
            continue
        words = library.catalogue.vocabulary()
        assert not set(words.aliases.values()) & set(words.aliases)
        for tag, implied in words.implications.items():
            assert not {tag, *implied} & set(words.aliases)
            assert not any(tag in words.implied(tag_id) for tag_id in implied)
    library.engine.dispose()
