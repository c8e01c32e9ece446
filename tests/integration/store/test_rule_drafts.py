"""Drafts of rule files in both databases."""

from __future__ import annotations

import threading

import pytest

from smashpass.core.errors import StaleVersion
from smashpass.store.people.accounts import Accounts
from smashpass.store.people.secret_box import SecretBox
from smashpass.store.rules.drafts import RuleDrafts
from smashpass.store.rules.revisions import Revisions

STRANGE = "\ufeffa:\tb\r\n# é 😀\r\n\nno end"


@pytest.fixture
def ann(engine) -> int:
    Revisions(engine).publish({"a.yaml": "x"}, "0" * 64, by="me", reason="r")
    return (
        Accounts(engine, SecretBox(lambda: "unused")).create("ann", "editor", "a long password").id
    )


def test_a_text_comes_back_byte_for_byte(engine, ann):
    drafts = RuleDrafts(engine)

    draft = drafts.save(ann, "a.yaml", base=1, text=STRANGE, last_saved_at=0)

    assert drafts.find(ann, "a.yaml") == draft
    assert (draft.text, draft.base) == (STRANGE, 1)
    assert drafts.of(ann) == [draft]
    assert drafts.find(ann, "b.yaml") is None


def test_only_who_has_seen_the_last_draft_replaces_it(engine, ann):
    drafts = RuleDrafts(engine)
    first = drafts.save(ann, "a.yaml", base=1, text="1", last_saved_at=0)
    second = drafts.save(ann, "a.yaml", base=1, text="2", last_saved_at=first.saved_at)

    assert second.saved_at > first.saved_at
    for last_seen in (0, first.saved_at):
        with pytest.raises(StaleVersion, match="saved elsewhere"):
            drafts.save(ann, "a.yaml", base=1, text="3", last_saved_at=last_seen)
        assert not drafts.drop(ann, "a.yaml", last_saved_at=last_seen)
    assert drafts.find(ann, "a.yaml") == second
    assert drafts.drop(ann, "a.yaml", last_saved_at=second.saved_at)
    assert not drafts.drop(ann, "a.yaml")


def test_of_windows_that_save_at_once_one_wins(engine, ann):
    drafts = RuleDrafts(engine)
    outcomes = []

    def save(text: str) -> None:
        try:
            outcomes.append(drafts.save(ann, "a.yaml", base=1, text=text, last_saved_at=0).text)
        except StaleVersion:
            outcomes.append(None)

    threads = [threading.Thread(target=save, args=(str(number),)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    (winning,) = (text for text in outcomes if text is not None)
    assert drafts.find(ann, "a.yaml").text == winning
    assert len(outcomes) == 6
