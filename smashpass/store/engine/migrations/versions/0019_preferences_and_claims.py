"""Preferences of accounts, and the images of queues that somebody works on."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "preference",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_preference_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_preference")),
    )
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "queue_claim",
        sa.Column("image", big, autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("saved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_queue_claim_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("image", name=op.f("pk_queue_claim")),
    )
    op.create_index(op.f("ix_queue_claim_account_id"), "queue_claim", ["account_id"])


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("queue_claim")
    op.drop_table("preference")
