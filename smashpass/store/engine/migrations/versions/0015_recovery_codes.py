"""Recovery codes; wrong attempts are counted for names and addresses, no longer for accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "recovery_code",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_recovery_code_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "hash", name=op.f("pk_recovery_code")),
    )
    op.drop_column("account", "failures")
    op.drop_column("account", "locked_until")


def downgrade() -> None:
    """Go one step back."""
    op.add_column(
        "account", sa.Column("failures", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "account", sa.Column("locked_until", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.drop_table("recovery_code")
