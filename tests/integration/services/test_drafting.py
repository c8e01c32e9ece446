"""Drafts of rule files: kept byte for byte, for each account, and never over somebody's work."""

from __future__ import annotations

import pytest

from smashpass.core.errors import BadInput, NotPossible, StaleVersion
from smashpass.rulefiles.load import load_texts
from smashpass.services.rules.authoring.drafts import MAX_DRAFTS, Drafts, overlaid
from smashpass.store.rules.drafts import RuleDrafts
from smashpass.store.rules.revisions import Revisions
from tests.support.trees import tree

CRLF = tree("t").replace("\n", "\r\n").rstrip() + "\t# no end"


@pytest.fixture
def ann(installation) -> int:
    return installation.accounts.create("ann", "editor", "a long password").id


@pytest.fixture
def drafting(installation) -> Drafts:
    publish(installation, CRLF)
    return Drafts(RuleDrafts(installation.engine), Revisions(installation.engine))


def publish(installation, text: str) -> int:
    rules = load_texts({"t.yaml": text})
    return installation.publishing.publish(
        rules, by="me", origin="test", reason="r"
    ).revision.number


def test_a_file_is_opened_as_it_is_published(drafting, ann):
    piece = drafting.open(ann, "t.yaml")

    assert (piece.text, piece.saved_at, piece.is_stale) == (CRLF, 0, False)
    assert drafting.open(ann, "new.yaml").text == ""


def test_saving_without_an_edit_keeps_no_draft(drafting, ann):
    piece = drafting.open(ann, "t.yaml")

    saved = drafting.save(ann, "t.yaml", CRLF, last_saved_at=0, base=piece.base)

    assert saved.text == CRLF
    assert drafting.all(ann) == []


def test_a_draft_is_kept_byte_for_byte_and_goes_when_it_is_as_published(drafting, ann):
    base = drafting.active().number
    strange = "\ufeff" + CRLF.replace("title: Tree t", "title: Other\t")

    first = drafting.save(ann, "t.yaml", strange.replace("\r", ""), last_saved_at=0, base=base)
    second = drafting.save(ann, "t.yaml", strange, last_saved_at=first.saved_at, base=base)

    assert first.text == second.text == strange
    assert drafting.open(ann, "t.yaml").text == strange
    gone = drafting.save(ann, "t.yaml", CRLF, last_saved_at=second.saved_at, base=base)
    assert gone.saved_at == 0
    assert drafting.all(ann) == []


def test_a_second_window_does_not_overwrite_the_first(drafting, ann):
    base = drafting.active().number
    drafting.save(ann, "t.yaml", "one", last_saved_at=0, base=base)

    with pytest.raises(StaleVersion, match=r"saved elsewhere"):
        drafting.save(ann, "t.yaml", "two", last_saved_at=0, base=base)

    assert drafting.open(ann, "t.yaml").text == "one"


def test_drafts_of_others_are_their_own(drafting, ann, installation):
    bob = installation.accounts.create("bob", "editor", "a long password").id
    drafting.save(ann, "t.yaml", "one", last_saved_at=0, base=1)

    assert drafting.open(bob, "t.yaml").text == CRLF
    assert drafting.drop(bob, ["t.yaml"]) == 0
    assert drafting.drop(ann, ["t.yaml"]) == 1


def test_a_draft_is_stale_once_somebody_publishes_its_file(drafting, ann, installation):
    mine = CRLF.replace("Tree t", "My tree")
    draft = drafting.save(ann, "t.yaml", mine, last_saved_at=0, base=1)
    theirs = CRLF.replace("weight: 70", "weight: 71")
    number = publish(installation, theirs)

    piece = drafting.open(ann, "t.yaml")

    assert piece.is_stale
    assert (piece.began, piece.published, piece.text) == (CRLF, theirs, mine)
    merged = piece.merged()
    assert (merged.text, merged.conflicts) == (mine.replace("weight: 70", "weight: 71"), 0)
    rebased = drafting.rebase(ann, "t.yaml", last_saved_at=draft.saved_at, text=merged.text)
    assert (rebased.is_stale, rebased.base) == (False, number)
    with pytest.raises(StaleVersion):
        drafting.rebase(ann, "t.yaml", last_saved_at=draft.saved_at)


def test_a_form_from_an_older_revision_makes_a_stale_draft(drafting, ann, installation):
    publish(installation, CRLF.replace("weight: 70", "weight: 71"))

    piece = drafting.save(ann, "t.yaml", CRLF.replace("Tree t", "Mine"), last_saved_at=0, base=1)

    assert piece.is_stale


@pytest.mark.parametrize("path", ["", "/a.yaml", "a/../b.yaml", "a.txt", "a\\b.yaml", "a\n.yaml"])
def test_what_can_be_no_rule_file_is_refused(drafting, ann, path):
    with pytest.raises(BadInput, match="not a valid path"):
        drafting.open(ann, path)


def test_the_number_and_size_of_drafts_are_bounded(drafting, ann):
    with pytest.raises(BadInput, match="characters"):
        drafting.save(ann, "t.yaml", "x" * 600_000, last_saved_at=0, base=1)
    for number in range(MAX_DRAFTS):
        drafting.save(ann, f"{number}.yaml", "x", last_saved_at=0, base=1)
    with pytest.raises(BadInput, match="drafts"):
        drafting.save(ann, "more.yaml", "x", last_saved_at=0, base=1)


def test_without_rules_there_is_nothing_to_draft(installation, ann):
    with pytest.raises(NotPossible, match="no rules"):
        Drafts(RuleDrafts(installation.engine), Revisions(installation.engine)).active()


def test_an_empty_draft_takes_its_file_out_of_the_set():
    assert overlaid({"a": "1", "b": "2"}, {"b": "", "c": "3"}) == {"a": "1", "c": "3"}
    assert overlaid({"a": ""}, {}) == {"a": ""}
