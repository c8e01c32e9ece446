"""What models say of pictures, by model version."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "model_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scorer", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("preprocessing", sa.Text(), nullable=False),
        sa.Column("serving", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_model_version_scorer_model_version_preprocessing",
        "model_version",
        ["scorer", "model", "version", "preprocessing"],
        unique=True,
    )
    op.create_index(
        "uq_model_version_serving_scorer",
        "model_version",
        ["scorer"],
        unique=True,
        sqlite_where=sa.text("serving > 0"),
        postgresql_where=sa.text("serving > 0"),
    )
    op.create_table(
        "score",
        sa.Column("model_version_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("said", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_version.id"],
            name=op.f("fk_score_model_version_id_model_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_version_id", "sha256", name=op.f("pk_score")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("score")
    op.drop_table("model_version")
