"""Cases: a clock, one who works on them, two decisions at most, all kept as they were made."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text, update

from smashpass.clock import system_clock
from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.notice import (
    CLAIM,
    HOUR,
    TIME_TO_DECIDE,
    Figures,
    NoticeDecision,
    Statement,
    clock,
    figures,
)
from smashpass.store.engine import database, tables
from smashpass.store.operations.notices import Notices

MIGRATIONS = Path(database.__file__).parent / "migrations"
WHY = Statement("Looked at.\nIt is as said.", "house rule 3")


def decision(by="ann", outcome="hide"):
    return NoticeDecision(outcome, WHY, by, at=5, change=7)


@pytest.fixture
def notices(engine):
    return Notices(engine)


def make(notices, number=1, image="abc"):
    return notices.open(number, image, "person", "this is me", "me@example.org")


def age(engine, number, **columns):
    """Set columns of a case, such as when it was claimed."""
    with database.writing(engine) as connection:
        at = tables.notice.c.id == number
        connection.execute(update(tables.notice).where(at).values(**columns))


def test_a_case_is_due_after_two_days_and_is_found_by_number_and_address(notices):
    case = make(notices)
    assert case.due_at - case.at == TIME_TO_DECIDE == 48 * HOUR
    assert (case.state, case.waiting, case.last) == ("open", True, None)
    assert notices.get(1) == notices.of_token(case.token) == case
    assert len(case.token) == 32
    for nothing in ("", "x", "é", "a" * 65, case.token[:-1]):
        with pytest.raises(NotFound, match="no such case"):
            notices.of_token(nothing)
    with pytest.raises(NotFound, match="no case 2"):
        notices.get(2)


def test_a_case_goes_from_notice_to_the_end_of_an_appeal(notices):
    case = make(notices)
    with pytest.raises(Conflict, match=r"case N-\d{4}-0001 is open by now"):
        notices.appeal(1, "no")
    with pytest.raises(Conflict, match="open by now"):
        notices.decide(1, decision())  # claimed by nobody
    assert notices.claim(1, "ann").claimed_by == "ann"
    decided = notices.decide(1, decision())
    assert (decided.state, decided.first, decided.claimed_by) == ("decided", decision(), "")
    with pytest.raises(Conflict, match="decided by now"):
        notices.claim(1, "ben")
    appealed = notices.appeal(1, "it is not")
    assert (appealed.state, appealed.appeal) == ("appealed", "it is not")
    assert appealed.due_at == appealed.appealed_at + TIME_TO_DECIDE >= case.due_at
    with pytest.raises(Conflict, match="appealed by now"):
        notices.appeal(1, "again")
    notices.claim(1, "ben")
    closed = notices.decide_again(1, decision("ben", "keep"))
    assert (closed.state, closed.first, closed.second) == (
        "closed",
        decision(),
        decision("ben", "keep"),
    )
    assert closed.last == closed.second
    with pytest.raises(Conflict, match="closed by now"):
        notices.decide_again(1, decision("ben"))
    assert notices.get(1) == closed


def test_a_claim_keeps_others_away_until_it_is_let_go_or_ends(engine, notices):
    make(notices)
    notices.claim(1, "ann")
    with pytest.raises(Conflict, match=r"case N-\d{4}-0001 is worked on by ann"):
        notices.claim(1, "ben")
    with pytest.raises(Conflict, match=r"case N-\d{4}-0001 is worked on by ann"):
        notices.decide(1, decision("ben"))
    assert notices.claim(1, "ann").claimed_by == "ann"
    assert notices.let_go(1, "ben").claimed_by == "ann"
    assert notices.let_go(1, "ann").claimed_by == ""
    notices.claim(1, "ben")
    age(engine, 1, claimed_at=system_clock() - CLAIM - 1)
    assert notices.get(1).holder(system_clock()) == ""
    claimed = notices.claim(1, "ann")
    assert claimed.holder(system_clock()) == "ann"
    with pytest.raises(Conflict, match=r"case N-\d{4}-0001 is worked on by ann"):
        notices.decide(1, decision("ben"))  # left behind, and taken by another one since


def test_of_many_who_claim_at_once_one_has_it(notices):
    make(notices)
    names = [f"m{number}" for number in range(8)]

    def claim(name):
        try:
            return notices.claim(1, name).claimed_by
        except Conflict as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(claim, names)]
    (holder,) = set(answers) & set(names)
    others = [answer for answer in answers if answer != holder]
    assert len(others) == 7
    assert all(f"is worked on by {holder}" in answer for answer in others)


def test_cases_are_listed_by_the_time_that_is_left(engine, notices):
    for number in range(1, 8):
        make(notices, number, image="ab"[number % 2])
    age(engine, 4, due_at=system_clock() - 1)
    age(engine, 6, due_at=system_clock() + 600_000_000)
    age(engine, 2, state="closed")
    listed, total = notices.in_states(("open", "appealed"))
    assert ([case.id for case in listed], total) == ([4, 6, 1, 3, 5, 7], 6)
    page, total = notices.in_states(("open",), page=2, size=4)
    assert ([case.id for case in page], total) == ([5, 7], 6)
    newest, _ = notices.in_states(("closed", "open"), newest=True, size=3)
    assert [case.id for case in newest] == [7, 6, 5]
    assert notices.waiting() == (6, 1)
    assert [case.id for case in notices.about("a")] == [2, 4, 6]


def test_the_figures_of_a_year_count_the_last_decision(engine, notices):
    outcomes = {
        1: ("hide", None),
        2: ("hide", "keep"),
        3: ("takedown", "wrong"),
        4: ("keep", "keep"),
    }
    for number, (first, second) in outcomes.items():
        begun = make(notices, number)
        notices.claim(number, "ann")
        at = begun.at + number * HOUR
        notices.decide(number, NoticeDecision(first, WHY, "ann", at))
        if second:
            notices.appeal(number, "no")
            notices.claim(number, "ben")
            notices.decide_again(number, NoticeDecision(second, WHY, "ben", at + 40 * HOUR))
    make(notices, 5)
    age(engine, make(notices, 6).id, at=7)
    assert [case.id for case in notices.since(8)] == [1, 2, 3, 4, 5]
    assert figures(notices.since(8)) == Figures(
        notices=5, waiting=1, median_hours=2.5, kept=2, hidden=1, taken_down=1,
        appeals=3, changed_by_appeal=2,
    )  # fmt: skip
    assert figures([]) == Figures(0, 0, None, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (48 * HOUR, "48 h left"),
        (48 * HOUR - 1, "47 h left"),
        (31 * HOUR + HOUR // 2, "31 h left"),
        (2 * HOUR, "2 h left"),
        (2 * HOUR - 1, "119 min left"),
        (HOUR // 60, "1 min left"),
        (HOUR // 60 - 1, "less than a minute left"),
        (0, "less than a minute left"),
        (-1, "overdue by less than a minute"),
        (-HOUR // 60, "overdue by 1 min"),
        (-2 * HOUR, "overdue by 2 h"),
        (-95 * HOUR, "overdue by 95 h"),
        (-96 * HOUR, "overdue by 4 days"),
    ],
)
def test_the_clock_speaks_in_words_and_never_of_more_time_than_there_is(left, words):
    assert clock(10**15 + left, 10**15) == words


def test_notices_from_before_there_were_cases_become_cases(url):
    engine = database.connect(url)
    upgrade_to_before(engine, "0009")
    entry = {"at": 70, "actor": "public", "action": "notice", "target": "img", "detail": "{}"}
    statement = {"reason": "mine", "contact": "x"}
    with database.writing(engine) as connection:
        for change in ({}, {"detail": json.dumps(statement)}, {"action": "sign-in"}):
            columns = "at, actor, action, target, detail"
            values = ", ".join(f":{name}" for name in entry)
            connection.execute(
                text(f"INSERT INTO audit ({columns}) VALUES ({values})"), entry | change
            )
    database.migrate(engine)
    listed, total = Notices(engine).in_states(("open",))
    engine.dispose()
    assert [(case.id, case.image, case.text, case.contact) for case in listed] == [
        (1, "img", "", ""),
        (2, "img", "mine", "x"),
    ]
    assert [case.reference for case in listed] == ["N-1970-0001", "N-1970-0002"]
    assert {case.due_at for case in listed} == {70 + TIME_TO_DECIDE}
    assert (total, len({case.token for case in listed})) == (2, 2)


def upgrade_to_before(engine, revision):
    """Bring an empty database to the migration before one."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    before = ScriptDirectory.from_config(config).get_revision(revision).down_revision
    with database.writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, before)
