"""An index of swipes by image, for what the crowd said of a few."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    # With all that counting reads, so that it need not look at the rows.
    columns = ["image", "viewer_id", "at", "number", "undone", "verdict"]
    op.create_index("ix_swipe_image", "swipe", columns)


def downgrade() -> None:
    """Go one step back."""
    op.drop_index("ix_swipe_image", "swipe")
