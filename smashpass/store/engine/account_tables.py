"""The tables of accounts: who may edit, with what tokens, in which browsers."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Integer,
    Table,
    Text,
    false,
)

from smashpass.store.engine.schema import BigKey, Blob, metadata

# ``password`` is a salted scrypt hash. ``second_factor`` is the secret that codes are made from,
# encrypted, empty without one; ``second_factor_used`` the number of the last code that was taken.
account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("second_factor", Text, nullable=False, server_default=""),
    Column("second_factor_used", BigInteger, nullable=False, server_default="0"),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    sqlite_autoincrement=True,
)

# ``hash`` is the SHA-256 of random text, here and below. A code that was used is gone.
recovery_code = Table(
    "recovery_code",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("hash", Blob, primary_key=True),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("hash", Blob, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    sqlite_autoincrement=True,
)

admin_session = Table(
    "admin_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("hash", Blob, nullable=False, unique=True),
    Column("csrf", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("agent", Text, nullable=False),
    sqlite_autoincrement=True,
)

# ``value`` is JSON, written and read by one service.
preference = Table(
    "preference",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Images of queues that are somebody's until ``until``; ``saved`` if they are done with them, and
# they are kept from others who follow in the same queue.
queue_claim = Table(
    "queue_claim",
    metadata,
    Column("image", BigKey, primary_key=True, autoincrement=False),
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("until", BigInteger, nullable=False),
    Column("saved", Boolean, nullable=False),
)
