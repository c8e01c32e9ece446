"""What every store of drafts does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert

from smashpass.core.errors import StaleVersion
from smashpass.services.ports.rules import DraftStore
from smashpass.store.engine import database, tables
from smashpass.store.rules.drafts import RuleDrafts
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.rules import DraftsInMemory

ANN, BOB = 1, 2


@pytest.fixture
def drafts(engine: Engine | None, clock: StoppedClock) -> DraftStore:
    """A store; the accounts and the revision that drafts refer to exist."""
    if engine is None:
        return DraftsInMemory(clock)
    with database.writing(engine) as connection:
        for number in (ANN, BOB):
            row = {"id": number, "name": f"{number}", "role": "editor", "password": ""}
            connection.execute(insert(tables.account).values(**row, created_at=0))
        row = {"number": 1, "sha256": "a" * 64, "by": "ann", "reason": "why", "at": 0}
        connection.execute(insert(tables.revision).values(row))
    return RuleDrafts(engine)


def saved(drafts: DraftStore, account: int, path: str, text: str, last_saved_at: int = 0):
    return drafts.save(account, path, base=1, text=text, last_saved_at=last_saved_at)


def test_drafts_are_kept_by_account_and_path(drafts: DraftStore, clock: StoppedClock) -> None:
    second = saved(drafts, ANN, "b.yaml", "ä")
    first, other = saved(drafts, ANN, "a.yaml", ""), saved(drafts, BOB, "a.yaml", "mine")
    assert (second.path, second.base, second.text, second.saved_at) == ("b.yaml", 1, "ä", clock())
    assert drafts.of(ANN) == [first, second]
    assert drafts.of(BOB) == [other]
    assert drafts.find(BOB, "a.yaml") == other
    assert drafts.find(BOB, "b.yaml") is None


def test_whoever_did_not_see_the_last_draft_saves_nothing(
    drafts: DraftStore, clock: StoppedClock
) -> None:
    first = saved(drafts, ANN, "a.yaml", "one")
    again = saved(drafts, ANN, "a.yaml", "two", first.saved_at)
    assert again.saved_at == clock() + 1, "no two drafts are of the same moment"
    clock.move(5)
    for last_saved_at in (0, first.saved_at):
        with pytest.raises(StaleVersion):
            saved(drafts, ANN, "a.yaml", "three", last_saved_at)
    with pytest.raises(StaleVersion):
        saved(drafts, ANN, "new.yaml", "three", 17)
    assert drafts.of(ANN) == [again]


def test_a_draft_is_dropped_unless_it_was_saved_since(drafts: DraftStore) -> None:
    first = saved(drafts, ANN, "a.yaml", "one")
    again = saved(drafts, ANN, "a.yaml", "two", first.saved_at)
    assert not drafts.drop(ANN, "a.yaml", last_saved_at=first.saved_at)
    assert not drafts.drop(BOB, "a.yaml")
    assert drafts.drop(ANN, "a.yaml", last_saved_at=again.saved_at)
    assert not drafts.drop(ANN, "a.yaml")
    saved(drafts, ANN, "a.yaml", "three")
    assert drafts.drop(ANN, "a.yaml")
    assert drafts.of(ANN) == []
