"""Labels of tags in other languages."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "tag_label",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_tag_label_tag_id_tag")),
        sa.PrimaryKeyConstraint("tag_id", "language", name=op.f("pk_tag_label")),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("tag_label")
