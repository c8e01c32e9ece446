"""Who is gone, and when jobs ended."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "erased",
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_erased")),
    )
    op.add_column("job", sa.Column("ended_at", sa.BigInteger()))
    now = time.time_ns() // 1_000
    op.execute(f"UPDATE job SET ended_at = {now} WHERE state NOT IN ('queued', 'running')")


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("job", "ended_at")
    op.drop_table("erased")
