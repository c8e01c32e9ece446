"""What every audit trail does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.chain import End
from smashpass.services.ports.operations import AuditTrail
from smashpass.store.operations.audit import Audit
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import AuditInMemory


@pytest.fixture
def trail(engine: Engine | None, clock: StoppedClock) -> AuditTrail:
    return AuditInMemory(clock) if engine is None else Audit(engine)


def test_an_entry_is_kept_as_it_was_given(trail: AuditTrail, clock: StoppedClock) -> None:
    number = trail.append("ann", AuditAction.JOB_CANCEL, "7", {"kind": "ä", "done": 3})
    (entry,) = trail.entries()
    assert (entry.id, entry.at, entry.actor) == (number, clock(), "ann")
    assert (entry.action, entry.target) == ("job.cancel", "7")
    assert entry.detail == {"kind": "ä", "done": 3}


def test_entries_are_told_in_order(trail: AuditTrail) -> None:
    numbers = [trail.append("ann", AuditAction.AUDIT_EXPORT) for _ in range(4)]
    assert numbers == sorted(set(numbers))
    assert [entry.id for entry in trail.entries()] == numbers
    assert [entry.id for entry in trail.entries(numbers[1])] == numbers[2:]
    assert [entry.id for entry in trail.newest()] == numbers[::-1]
    assert [entry.id for entry in trail.newest(numbers[2], 1)] == [numbers[1]]


def test_entries_are_found_by_actor_and_action(trail: AuditTrail) -> None:
    first = trail.append("ann", AuditAction.NOTICE_OPEN, "1")
    second = trail.append("bob", AuditAction.NOTICE_DECIDE, "1")
    third = trail.append("ann", AuditAction.NOTICE_OPEN, "1")
    trail.append("ann", AuditAction.NOTICE_OPEN, "2")
    trail.append("ann", AuditAction.JOB_CANCEL, "1")
    assert [entry.id for entry in trail.about(AuditAction.NOTICE_OPEN, "1")] == [first, third]
    assert [entry.id for entry in trail.newest(actor="bob")] == [second]
    assert [entry.target for entry in trail.newest(action="notice.")] == ["2", "1", "1", "1"]
    assert trail.newest(action="notice_") == []
    assert trail.newest(actor="bob", action="job") == []


def test_the_chain_can_be_verified(trail: AuditTrail) -> None:
    assert trail.verify() == (0, End(), None)
    for target in "ab":
        trail.append("ann", AuditAction.AUDIT_EXPORT, target)
    *_, last = trail.entries()
    count, end, broken = trail.verify()
    assert (count, end.id, end.sha256.hex(), broken) == (2, last.id, last.sha256, None)
