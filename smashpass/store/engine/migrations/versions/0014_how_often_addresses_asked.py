"""How often addresses asked lately for what is limited."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "rate_limit",
        sa.Column("client", sa.LargeBinary(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_rate_limit")),
    )
    op.create_index(op.f("ix_rate_limit_ends_at"), "rate_limit", ["ends_at"])


def downgrade() -> None:
    """Go one step back."""
    op.drop_index(op.f("ix_rate_limit_ends_at"), table_name="rate_limit")
    op.drop_table("rate_limit")
