"""What every store of notices does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.notice import (
    CLAIM,
    TIME_TO_DECIDE,
    Notice,
    NoticeDecision,
    Statement,
    year_of,
)
from smashpass.services.ports.operations import NoticeStore
from smashpass.store.operations.notices import Notices
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import NoticesInMemory

HIDE = NoticeDecision("hide", Statement("it shows ä", "rule 3"), "ann", 17, change=4)


@pytest.fixture
def notices(engine: Engine | None, clock: StoppedClock) -> NoticeStore:
    return NoticesInMemory(clock) if engine is None else Notices(engine)


def opened(notices: NoticeStore, number: int, image: str = "one") -> Notice:
    return notices.open(number, image, "person", "that is me", "ann@example.org")


def decided(notices: NoticeStore, number: int) -> Notice:
    opened(notices, number)
    notices.claim(number, HIDE.by)
    return notices.decide(number, HIDE)


def test_a_case_begins_open_and_with_a_clock(notices: NoticeStore, clock: StoppedClock) -> None:
    case = opened(notices, 5)
    assert (case.id, case.image, case.kind) == (5, "one", "person")
    assert (case.text, case.contact, case.state) == ("that is me", "ann@example.org", "open")
    assert (case.at, case.due_at) == (clock(), clock() + TIME_TO_DECIDE)
    assert notices.get(5) == case == notices.of_token(case.token)
    assert opened(notices, 6).token != case.token


def test_cases_are_numbered_by_year(notices: NoticeStore, clock: StoppedClock) -> None:
    year = year_of(clock())
    assert [opened(notices, number).reference for number in (50, 70)] == [
        f"N-{year}-0001",
        f"N-{year}-0002",
    ]
    clock.moment += 366 * 24 * 3_600_000_000
    assert opened(notices, 90).reference == f"N-{year_of(clock())}-0001"
    assert notices.get(70).reference == f"N-{year}-0002"


@pytest.mark.parametrize("token", ["", "ä", "x" * 100, "unknown"])
def test_a_case_that_is_not_there_is_not_found(notices: NoticeStore, token: str) -> None:
    with pytest.raises(NotFound):
        notices.of_token(token)
    with pytest.raises(NotFound):
        notices.get(5)
    with pytest.raises(NotFound):
        notices.claim(5, "ann")
    with pytest.raises(NotFound):
        notices.appeal(5, "no")


def test_whoever_claims_a_case_keeps_others_away_for_a_while(
    notices: NoticeStore, clock: StoppedClock
) -> None:
    opened(notices, 1)
    assert notices.claim(1, "ann").holder(clock()) == "ann"
    clock.moment += CLAIM - 1
    with pytest.raises(Conflict):
        notices.claim(1, "bob")
    assert notices.claim(1, "ann").claimed_at == clock()
    clock.moment += CLAIM
    assert notices.claim(1, "bob").holder(clock()) == "bob"
    with pytest.raises(Conflict):
        notices.decide(1, HIDE)


def test_only_the_own_claim_is_let_go(notices: NoticeStore) -> None:
    claimed = notices.claim(opened(notices, 1).id, "ann")
    assert notices.let_go(1, "bob") == claimed
    assert notices.let_go(1, "ann").claimed_by == ""
    assert notices.claim(1, "bob").claimed_by == "bob"


def test_a_case_is_decided_once(notices: NoticeStore) -> None:
    case = decided(notices, 1)
    assert (case.state, case.first, case.claimed_by) == ("decided", HIDE, "")
    assert notices.get(1) == case
    with pytest.raises(Conflict):
        notices.decide(1, HIDE)
    with pytest.raises(Conflict):
        notices.claim(1, "ann")
    with pytest.raises(Conflict):
        notices.decide_again(1, HIDE)


def test_an_appeal_has_a_clock_of_its_own_and_ends_the_case(
    notices: NoticeStore, clock: StoppedClock
) -> None:
    decided(notices, 1)
    clock.move(1_000)
    case = notices.appeal(1, "look again")
    assert (case.state, case.appeal, case.appealed_at) == ("appealed", "look again", clock())
    assert case.due_at == clock() + TIME_TO_DECIDE
    with pytest.raises(Conflict):
        notices.appeal(1, "and again")
    with pytest.raises(Conflict):
        notices.decide_again(1, HIDE)
    notices.claim(1, "ann")
    closed = notices.decide_again(1, HIDE)
    assert (closed.state, closed.first, closed.second) == ("closed", HIDE, HIDE)
    with pytest.raises(Conflict):
        notices.appeal(1, "and again")


def test_nothing_is_appealed_before_it_is_decided(notices: NoticeStore) -> None:
    opened(notices, 1)
    with pytest.raises(Conflict):
        notices.appeal(1, "no")


def test_cases_are_listed_by_what_is_due_or_from_the_newest_back(
    notices: NoticeStore, clock: StoppedClock
) -> None:
    for number in (3, 1, 2):
        opened(notices, number)
        clock.move(1)
    decided(notices, 4)

    def listed(**choice: object) -> tuple[list[int], int]:
        cases, total = notices.in_states(["open"], **choice)
        return [case.id for case in cases], total

    assert listed() == ([3, 1, 2], 3)
    assert listed(newest=True) == ([3, 2, 1], 3)
    assert listed(page=2, size=2) == ([2], 3)
    assert notices.in_states([]) == ([], 0)
    assert [case.id for case in notices.in_states(["open", "decided"])[0]] == [3, 1, 2, 4]


def test_cases_that_wait_too_long_are_counted(notices: NoticeStore, clock: StoppedClock) -> None:
    opened(notices, 1)
    clock.move(1)
    opened(notices, 2)
    decided(notices, 3)
    assert notices.waiting() == (2, 0)
    clock.moment += TIME_TO_DECIDE
    assert notices.waiting() == (2, 1)


def test_cases_are_found_by_image_and_by_moment(notices: NoticeStore, clock: StoppedClock) -> None:
    first, other = opened(notices, 2), opened(notices, 1, image="two")
    clock.move(1)
    later = opened(notices, 3)
    assert notices.about("one") == [first, later]
    assert notices.about("none") == []
    assert notices.since(clock()) == [later]
    assert notices.since(other.at) == [other, first, later]
