"""Accounts: names, passwords and tokens, of which only hashes are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, text, update
from werkzeug.security import generate_password_hash

from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.core.people.account import ROLES
from smashpass.store.engine import database
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import account, api_token, recovery_code
from smashpass.store.people.accounts import Accounts
from smashpass.store.people.secret_box import SecretBox
from smashpass.store.people.tokens import Tokens
from tests.integration.store.test_notices import upgrade_to_before

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BOX = SecretBox(lambda: "a secret key of more than 32 characters")


def test_who_is_made_can_sign_in_with_the_password_alone(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    created = accounts.create("ann", "editor", PASSWORD)
    assert accounts.sign_in("ann", PASSWORD) == created
    assert accounts.find(created.id) == created
    for name, password in (
        ("ann", PASSWORD + "x"), ("ann", ""), ("Ann", PASSWORD), ("bob", PASSWORD), ("", ""),
        ("ann", PASSWORD[:-1]), ("ann", "x" * 5_000),
    ):  # fmt: skip
        assert accounts.sign_in(name, password) is None
    assert accounts.find(created.id + 1) is None


def test_the_longest_password_counts_to_its_last_character(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    accounts.create("ann", "admin", "a" * 999 + "b")
    assert accounts.sign_in("ann", "a" * 999 + "b") is not None
    assert accounts.sign_in("ann", "a" * 999 + "c") is None


def test_every_role_can_be_given_and_no_other(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    for role in ROLES:
        assert accounts.create(f"the {role}", role, PASSWORD).role == role
    with pytest.raises(BadInput, match="admin, editor"):
        accounts.create("x", "root", PASSWORD)


@pytest.mark.parametrize("name", ["", " ann", "ann ", "a\nb", "a\x00b", "a" * 65, "\ud800"])
def test_names_are_plain_and_short(engine: Engine, name: str) -> None:
    with pytest.raises(BadInput):
        Accounts(engine, BOX).create(name, "admin", PASSWORD)


@pytest.mark.parametrize("password", ["", "a" * 11, "a" * 1_001])
def test_passwords_are_neither_short_nor_endless(engine: Engine, password: str) -> None:
    with pytest.raises(BadInput, match="12"):
        Accounts(engine, BOX).create("ann", "admin", password)


def test_a_name_is_taken_once(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    accounts.create("ann", "admin", PASSWORD)
    with pytest.raises(Conflict, match="ann"):
        accounts.create("ann", "editor", PASSWORD)


def test_a_new_token_takes_the_place_of_the_one_before(engine: Engine) -> None:
    Accounts(engine, BOX).create("ann", "moderator", PASSWORD)
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
    accounts = Accounts(engine, BOX)
    accounts.create("ann", "admin", PASSWORD)
    token = Tokens(engine).renew("ann")
    with reading(engine) as connection:
        stored = repr([connection.execute(select(table)).all() for table in (account, api_token)])
    assert PASSWORD not in stored
    assert token not in stored
    assert token.removeprefix("spa_") not in stored


def test_the_secret_of_the_second_factor_is_kept_encrypted(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann = accounts.create("ann", "admin", PASSWORD)
    accounts.set_second_factor(ann.id, SECRET, 7, ["1" * 20, "2" * 20])
    with reading(engine) as connection:
        rows = [connection.execute(select(table)).all() for table in (account, recovery_code)]
    assert SECRET not in repr(rows)
    assert "1" * 20 not in repr(rows)
    assert (accounts.guard(ann.id).secret, accounts.guard(ann.id).used) == (SECRET, 7)
    assert accounts.unreadable_secrets() == []

    other = Accounts(engine, SecretBox(lambda: "another secret key of 32 characters"))
    assert other.guard(ann.id).secret is None
    assert other.unreadable_secrets() == ["ann"]
    assert other.use_recovery_code(ann.id, "1" * 20)


def test_secrets_of_an_earlier_version_are_encrypted_without_loss(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann, bob = (accounts.create(name, "admin", PASSWORD) for name in ("ann", "bob"))
    with writing(engine) as connection:
        plain = update(account).where(account.c.id == ann.id)
        connection.execute(plain.values(second_factor=SECRET, second_factor_used=5))
    assert accounts.guard(ann.id).secret == SECRET

    assert (accounts.encrypt_secrets(), accounts.encrypt_secrets()) == (1, 0)

    with reading(engine) as connection:
        assert SECRET not in repr(connection.execute(select(account)).all())
    assert (accounts.guard(ann.id).secret, accounts.guard(ann.id).used) == (SECRET, 5)
    assert accounts.find(bob.id) == bob


def test_a_recovery_code_is_used_once_by_its_owner(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann, bob = (accounts.create(name, "admin", PASSWORD) for name in ("ann", "bob"))
    accounts.set_second_factor(ann.id, SECRET, 0, ["1" * 20, "2" * 20])
    assert not accounts.use_recovery_code(bob.id, "1" * 20)
    assert [accounts.use_recovery_code(ann.id, "1" * 20) for _ in range(2)] == [True, False]
    assert accounts.recovery_codes_left(ann.id) == 1
    accounts.set_recovery_codes(ann.id, ["3" * 20])
    assert not accounts.use_recovery_code(ann.id, "2" * 20)
    accounts.set_second_factor(ann.id, "")
    assert accounts.recovery_codes_left(ann.id) == 0


def test_a_code_is_accepted_once_and_no_earlier_one_after_it(engine: Engine) -> None:
    accounts = Accounts(engine, BOX)
    ann = accounts.create("ann", "admin", PASSWORD)
    accounts.set_second_factor(ann.id, SECRET, 10)
    accepted = [accounts.accept_code(ann.id, step) for step in (10, 9, 11, 11, 10, 12)]
    assert accepted == [False, False, True, False, False, True]


def test_an_account_of_an_earlier_version_is_kept_by_the_migration(url: str) -> None:
    engine = database.connect(url)
    upgrade_to_before(engine, "0015")
    columns = "name, role, password, created_at, second_factor, second_factor_used, locked_until"
    password = generate_password_hash(PASSWORD)
    with writing(engine) as connection:
        connection.execute(
            text(f"INSERT INTO account ({columns}) VALUES ('ann', 'admin', :p, 1, :s, 5, 9)"),
            {"p": password, "s": SECRET},
        )
    database.migrate(engine)
    accounts = Accounts(engine, BOX)
    accounts.encrypt_secrets()
    ann = accounts.sign_in("ann", PASSWORD)
    assert ann is not None
    assert (ann.role, ann.second_factor) == ("admin", True)
    assert (accounts.guard(ann.id).secret, accounts.guard(ann.id).used) == (SECRET, 5)
    assert accounts.recovery_codes_left(ann.id) == 0
    engine.dispose()
