"""What pictures look like, and which ones were taken down."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward; what was taken down before is known by its SHA-256 alone."""
    op.add_column("media", sa.Column("pixels", sa.LargeBinary()))
    op.add_column("media", sa.Column("signature", sa.LargeBinary()))
    op.create_index(
        "ix_media_pixels",
        "media",
        ["pixels"],
        sqlite_where=sa.text("pixels IS NOT NULL"),
        postgresql_where=sa.text("pixels IS NOT NULL"),
    )
    op.create_table(
        "removed_picture",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("pixels", sa.LargeBinary()),
        sa.Column("signature", sa.LargeBinary()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_removed_picture")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_removed_picture_pixels"), "removed_picture", ["pixels"])
    now = time.time_ns() // 1_000
    op.execute(
        "INSERT INTO removed_picture (sha256, at, reason) "
        f"SELECT sha256, {now}, MIN(reason) FROM image "
        "WHERE state = 3 AND sha256 IS NOT NULL AND reason NOT LIKE 'rejected: %' GROUP BY sha256"
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_index(op.f("ix_removed_picture_pixels"), table_name="removed_picture")
    op.drop_table("removed_picture")
    op.drop_index("ix_media_pixels", table_name="media")
    op.drop_column("media", "signature")
    op.drop_column("media", "pixels")
