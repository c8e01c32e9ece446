"""Cases that the program opens: one of a kind waits at a time."""

from __future__ import annotations

from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.notice import NoticeDecision, NoticeKind, Statement
from smashpass.services.moderation.automatic_cases import open_case
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import AuditInMemory, NoticesInMemory

KEEP = NoticeDecision("keep", Statement("looked at it", "rule 1"), "ann", 1)


def test_a_case_is_opened_once_for_as_long_as_it_waits() -> None:
    clock = StoppedClock()
    trail, notices = AuditInMemory(clock), NoticesInMemory(clock)

    def opens(kind: NoticeKind) -> bool:
        hide, detail = AuditAction.SCREENING_HIDE, {"reason": "why"}
        return open_case(
            trail, notices, "one", kind, "why", by="screening", action=hide, detail=detail
        )

    assert [opens("minor"), opens("minor"), opens("rights")] == [True, False, True]
    first, second = notices.about("one")
    assert [entry.id for entry in trail.entries()] == [first.id, second.id]
    notices.claim(first.id, "ann")
    notices.decide(first.id, KEEP)
    assert opens("minor")
    assert [case.kind for case in notices.about("one")] == ["minor", "rights", "minor"]
