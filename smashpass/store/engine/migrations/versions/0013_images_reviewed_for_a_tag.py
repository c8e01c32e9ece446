"""Images that two people reviewed for a tag that may say under age."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "clearance",
        sa.Column("ordinal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ordinal"], ["image.ordinal"], name=op.f("fk_clearance_ordinal_image")
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_clearance_tag_id_tag")),
        sa.PrimaryKeyConstraint("ordinal", "tag_id", name=op.f("pk_clearance")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("clearance")
