"""How long viewers swipe, and when they were seen last."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_DAY_S = 86_400
_ADDED = (
    ("seen_day", sa.Integer(), "0"),
    ("pace_since", sa.BigInteger(), "0"),
    ("pace_last", sa.BigInteger(), "0"),
    ("pace_day", sa.Integer(), "0"),
    ("pace_today", sa.BigInteger(), "0"),
)
_ASKED = (("reminder", sa.Boolean()), ("daily_minutes", sa.Integer()))


def upgrade() -> None:
    """Go one step forward."""
    for name, kind, default in _ADDED:
        op.add_column("viewer", sa.Column(name, kind, nullable=False, server_default=default))
    for name, asked in _ASKED:
        op.add_column("viewer", sa.Column(name, asked))
    # Nobody knows when they came last; today keeps them for the whole time.
    op.execute(f"UPDATE viewer SET seen_day = {int(time.time() // _DAY_S)}")


def downgrade() -> None:
    """Go one step back."""
    for name, *_ in (*_ASKED, *_ADDED):
        op.drop_column("viewer", name)
