"""Requests by day, with the durations of decks."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "daily_traffic",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("what", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "what", name=op.f("pk_daily_traffic")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("daily_traffic")
