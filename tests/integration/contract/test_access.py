"""What every store of sessions and of tokens does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine, insert, update

from smashpass.core.errors import BadInput, NotFound
from smashpass.core.people.account import Account
from smashpass.services.ports.people import SessionStore, TokenStore
from smashpass.store.engine import database, tables
from smashpass.store.people.sessions import Sessions
from smashpass.store.people.tokens import Tokens
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.people import SessionsInMemory, TokensInMemory

HOUR_S = 3_600
ANN, BOB = Account(1, "ann", "editor"), Account(2, "bob", "admin")


class Staff:
    """Two accounts, and the stores of how they get in."""

    def __init__(self, engine: Engine | None, clock: StoppedClock) -> None:
        self._engine = engine
        self._accounts = {account.id: account for account in (ANN, BOB)}
        self.sessions: SessionStore = SessionsInMemory(self._accounts, clock)
        self.tokens: TokenStore = TokensInMemory(self._accounts, clock)
        if engine is not None:
            self.sessions, self.tokens = Sessions(engine), Tokens(engine)
            with database.writing(engine) as connection:
                for account in (ANN, BOB):
                    row = {"id": account.id, "name": account.name, "role": account.role}
                    row |= {"password": "", "created_at": 0}
                    connection.execute(insert(tables.account).values(row))

    def disable(self, account: Account) -> None:
        if self._engine is None:
            self._accounts[account.id] = replace(account, disabled=True)
            return
        mine = tables.account.c.id == account.id
        with database.writing(self._engine) as connection:
            connection.execute(update(tables.account).where(mine).values(disabled=True))


@pytest.fixture
def staff(engine: Engine | None, clock: StoppedClock) -> Staff:
    return Staff(engine, clock)


@pytest.fixture
def sessions(staff: Staff) -> SessionStore:
    return staff.sessions


@pytest.fixture
def tokens(staff: Staff) -> TokenStore:
    return staff.tokens


def test_a_session_is_found_by_its_cookie(sessions: SessionStore, clock: StoppedClock) -> None:
    cookie, other = (sessions.start(ANN.id, "a browser" * 100) for _ in range(2))
    session = sessions.of(cookie)
    assert (session.account, session.agent) == (ANN, ("a browser" * 100)[:200])
    assert (session.created_at, session.seen_at) == (clock(), clock())
    assert session.csrf != sessions.of(other).csrf
    for text in ("", "unknown", "ä", "x" * 200):
        assert sessions.of(text) is None


def test_a_session_lasts_while_it_is_used_but_not_for_ever(
    sessions: SessionStore, clock: StoppedClock
) -> None:
    used, unused = sessions.start(ANN.id, ""), sessions.start(ANN.id, "")
    for _ in range(14):
        clock.move(12 * HOUR_S)
        assert sessions.of(used) is not None
    assert sessions.of(unused) is None
    assert len(sessions.of_account(ANN.id)) == 1
    clock.move(1)
    assert sessions.of(used) is None
    assert sessions.of_account(ANN.id) == []


def test_the_use_of_a_session_is_noted_once_a_minute(
    sessions: SessionStore, clock: StoppedClock
) -> None:
    cookie, began = sessions.start(ANN.id, ""), clock()
    clock.move(60)
    sessions.of(cookie)
    assert sessions.of(cookie).seen_at == began
    clock.move(1)
    sessions.of(cookie)
    assert sessions.of(cookie).seen_at == clock()


def test_sessions_are_listed_by_their_last_use_without_secrets(
    sessions: SessionStore, clock: StoppedClock
) -> None:
    first, second = (sessions.start(ANN.id, agent) for agent in ("first", "second"))
    sessions.start(BOB.id, "other")
    assert [session.agent for session in sessions.of_account(ANN.id)] == ["second", "first"]
    clock.move(100)
    assert sessions.of(first)
    assert [session.agent for session in sessions.of_account(ANN.id)] == ["first", "second"]
    assert {session.csrf for session in sessions.of_account(ANN.id)} == {""}
    assert sessions.of(second).csrf


def test_only_the_own_sessions_are_ended(sessions: SessionStore) -> None:
    cookies = [sessions.start(owner.id, "") for owner in (ANN, ANN, ANN, BOB)]
    numbers = [sessions.of(cookie).id for cookie in cookies]
    sessions.end(ANN.id, numbers[0])
    for owner, number in ((ANN.id, numbers[0]), (ANN.id, numbers[3])):
        with pytest.raises(NotFound):
            sessions.end(owner, number)
    assert sessions.end_all(ANN.id, but=numbers[1]) == 1
    assert [sessions.of(cookie) is not None for cookie in cookies] == [False, True, False, True]
    assert sessions.end_all(ANN.id) == 1
    assert sessions.end_all(ANN.id) == 0


def test_nobody_gets_in_with_a_closed_account(staff: Staff) -> None:
    cookie, token = staff.sessions.start(ANN.id, ""), staff.tokens.make(ANN.id, "x", "analyst")
    staff.disable(ANN)
    assert staff.sessions.of(cookie) is None
    assert staff.tokens.of(token) is None


def test_a_token_may_no_more_than_its_owner(tokens: TokenStore, clock: StoppedClock) -> None:
    token = tokens.make(ANN.id, " backup ", "moderator")
    assert tokens.of(token) == ("ann", "moderator")
    assert tokens.of(tokens.make(ANN.id, "more", "admin")) == ("ann", "editor")
    (_, kept) = tokens.of_account(ANN.id)
    assert (kept.label, kept.role, kept.created_at) == ("backup", "moderator", clock())
    for text in ("", "unknown", "spa_ä", "spa_unknown"):
        assert tokens.of(text) is None


@pytest.mark.parametrize(
    ("label", "role"), [("", "admin"), (" ", "admin"), ("x" * 65, "admin"), ("a\nb", "admin"),
                        ("fine", "king")]
)  # fmt: skip
def test_a_token_needs_a_label_and_a_role(tokens: TokenStore, label: str, role: str) -> None:
    with pytest.raises(BadInput):
        tokens.make(ANN.id, label, role)
    assert tokens.of_account(ANN.id) == []


def test_the_use_of_a_token_is_noted_once_a_minute(tokens: TokenStore, clock: StoppedClock) -> None:
    token = tokens.make(ANN.id, "backup", "admin")
    assert tokens.of_account(ANN.id)[0].used_at is None
    tokens.of(token)
    first = clock()
    clock.move(60)
    tokens.of(token)
    assert tokens.of_account(ANN.id)[0].used_at == first
    clock.move(1)
    tokens.of(token)
    assert tokens.of_account(ANN.id)[0].used_at == clock()


def test_only_the_own_tokens_are_revoked(tokens: TokenStore) -> None:
    token = tokens.make(ANN.id, "backup", "admin")
    (kept,) = tokens.of_account(ANN.id)
    with pytest.raises(NotFound):
        tokens.revoke(BOB.id, kept.id)
    tokens.revoke(ANN.id, kept.id)
    assert tokens.of(token) is None
    with pytest.raises(NotFound):
        tokens.revoke(ANN.id, kept.id)


def test_the_token_of_the_command_line_is_replaced(tokens: TokenStore) -> None:
    other = tokens.make(ANN.id, "backup", "admin")
    first, second = tokens.renew("ann"), tokens.renew("ann")
    assert tokens.of(first) is None
    assert tokens.of(second) == tokens.of(other) == ("ann", "editor")
    assert [token.label for token in tokens.of_account(ANN.id)] == ["command line", "backup"]
    with pytest.raises(NotFound):
        tokens.renew("nobody")
