"""Embeddings of pictures, and whether a viewer's swipes are used for suggestions."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "embedding",
        sa.Column("model_version_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_version.id"],
            name=op.f("fk_embedding_model_version_id_model_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_version_id", "sha256", name=op.f("pk_embedding")),
        sqlite_with_rowid=False,
    )
    op.add_column(
        "viewer",
        sa.Column("taste", sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("viewer", "taste")
    op.drop_table("embedding")
