"""Sessions, tokens with a role, and what guards an account."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_LABEL = "command line"
_GUARDS = (
    ("second_factor", sa.Text(), ""),
    ("second_factor_used", sa.BigInteger(), "0"),
    ("failures", sa.Integer(), "0"),
    ("locked_until", sa.BigInteger(), "0"),
    ("disabled", sa.Boolean(), sa.false()),
)


def _owner(table: str) -> list[sa.schema.SchemaItem]:
    """Return the number, the account and the hash that both tables have."""
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f(f"fk_{table}_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("hash", name=op.f(f"uq_{table}_hash")),
    ]


def upgrade() -> None:
    """Go one step forward; the token that each account had goes on to be good."""
    # SQLite makes the table anew. Whatever refers to it must come later, or it would go with it.
    kept = (
        op.get_bind()
        .execute(sa.text("SELECT id, role, token, created_at FROM account WHERE token IS NOT NULL"))
        .all()
    )
    with op.batch_alter_table("account", table_kwargs={"sqlite_autoincrement": True}) as account:
        account.drop_constraint(op.f("uq_account_token"), type_="unique")
        account.drop_column("token")
        for name, kind, default in _GUARDS:
            account.add_column(sa.Column(name, kind, nullable=False, server_default=default))
    tokens = op.create_table(
        "api_token",
        *_owner("api_token"),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "admin_session",
        *_owner("admin_session"),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sqlite_autoincrement=True,
    )
    for table in ("api_token", "admin_session"):
        op.create_index(op.f(f"ix_{table}_account_id"), table, ["account_id"])
    op.bulk_insert(
        tokens,
        [
            {"account_id": owner, "label": _LABEL, "role": role, "hash": token, "created_at": at}
            for owner, role, token, at in kept
        ],
    )


def downgrade() -> None:
    """Go one step back; of the tokens of an account the one of the command line stays."""
    connection = op.get_bind()
    kept = connection.execute(
        sa.text("SELECT account_id, hash FROM api_token WHERE label = :label"), {"label": _LABEL}
    ).all()
    op.drop_table("admin_session")
    op.drop_table("api_token")
    with op.batch_alter_table("account", table_kwargs={"sqlite_autoincrement": True}) as account:
        for name, _, _ in _GUARDS:
            account.drop_column(name)
        account.add_column(sa.Column("token", sa.LargeBinary(), nullable=True))
        account.create_unique_constraint(op.f("uq_account_token"), ["token"])
    for owner, token in kept:
        connection.execute(
            sa.text("UPDATE account SET token = :token WHERE id = :owner"),
            {"token": token, "owner": owner},
        )
