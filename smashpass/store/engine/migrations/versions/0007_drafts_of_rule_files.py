"""Drafts of rule files, one an account and path."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "rule_draft",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_rule_draft_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["base"], ["revision.number"], name=op.f("fk_rule_draft_base_revision")
        ),
        sa.PrimaryKeyConstraint("account_id", "path", name=op.f("pk_rule_draft")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("rule_draft")
