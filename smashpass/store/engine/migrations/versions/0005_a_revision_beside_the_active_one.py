"""A revision beside the active one, and how they differ."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_COUNTS = ("compared", "to_smash", "to_pass", "moved", "unsure")


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "canary",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("percent", sa.SmallInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in _COUNTS),
        sa.Column("sample", sa.Text(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["revision.number"], name=op.f("fk_canary_number_revision")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_canary")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.execute("DELETE FROM revision_slot WHERE slot = 'canary'")
    op.drop_table("canary")
