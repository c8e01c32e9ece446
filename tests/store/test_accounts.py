"""Accounts: names, passwords and tokens, of which only hashes are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select

from smashpass.core.account import ROLES
from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.store.accounts import Accounts
from smashpass.store.database import reading
from smashpass.store.tables import account, api_token
from smashpass.store.tokens import Tokens

PASSWORD = "correct horse battery"


def test_who_is_made_can_sign_in_with_the_password_alone(engine: Engine) -> None:
    accounts = Accounts(engine)
    made = accounts.create("ann", "editor", PASSWORD)
    assert accounts.sign_in("ann", PASSWORD) == made
    assert accounts.find(made.id) == made
    for name, password in (
        ("ann", PASSWORD + "x"), ("ann", ""), ("Ann", PASSWORD), ("bob", PASSWORD), ("", ""),
        ("ann", PASSWORD[:-1]), ("ann", "x" * 5_000),
    ):  # fmt: skip
        assert accounts.sign_in(name, password) is None
    assert accounts.find(made.id + 1) is None


def test_the_longest_password_counts_to_its_last_character(engine: Engine) -> None:
    accounts = Accounts(engine)
    accounts.create("ann", "admin", "a" * 999 + "b")
    assert accounts.sign_in("ann", "a" * 999 + "b") is not None
    assert accounts.sign_in("ann", "a" * 999 + "c") is None


def test_every_role_can_be_given_and_no_other(engine: Engine) -> None:
    accounts = Accounts(engine)
    for role in ROLES:
        assert accounts.create(f"the {role}", role, PASSWORD).role == role
    with pytest.raises(BadInput, match="admin, editor"):
        accounts.create("x", "root", PASSWORD)


@pytest.mark.parametrize("name", ["", " ann", "ann ", "a\nb", "a\x00b", "a" * 65, "\ud800"])
def test_names_are_plain_and_short(engine: Engine, name: str) -> None:
    with pytest.raises(BadInput):
        Accounts(engine).create(name, "admin", PASSWORD)


@pytest.mark.parametrize("password", ["", "a" * 11, "a" * 1_001])
def test_passwords_are_neither_short_nor_endless(engine: Engine, password: str) -> None:
    with pytest.raises(BadInput, match="12"):
        Accounts(engine).create("ann", "admin", password)


def test_a_name_is_taken_once(engine: Engine) -> None:
    accounts = Accounts(engine)
    accounts.create("ann", "admin", PASSWORD)
    with pytest.raises(Conflict, match="ann"):
        accounts.create("ann", "editor", PASSWORD)


def test_a_new_token_takes_the_place_of_the_one_before(engine: Engine) -> None:
    Accounts(engine).create("ann", "moderator", PASSWORD)
    tokens = Tokens(engine)
    first = tokens.renew("ann")
    assert tokens.of(first) == ("ann", "moderator")
    second = tokens.renew("ann")
    assert tokens.of(first) is None
    assert tokens.of(second) == ("ann", "moderator")
    for token in ("", "spa_", second[:-1], second + "a", second[4:], second.upper(), "spa_\ud800"):
        assert tokens.of(token) is None
    with pytest.raises(NotFound, match="admin create"):
        tokens.renew("bob")


def test_neither_password_nor_token_is_kept(engine: Engine) -> None:
    accounts = Accounts(engine)
    accounts.create("ann", "admin", PASSWORD)
    token = Tokens(engine).renew("ann")
    with reading(engine) as connection:
        kept = repr([connection.execute(select(one)).all() for one in (account, api_token)])
    assert PASSWORD not in kept
    assert token not in kept
    assert token.removeprefix("spa_") not in kept
