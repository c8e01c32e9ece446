"""Numbers of cases for people, counted by year; cases that exist get theirs in their order."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one step forward."""
    op.add_column(
        "notice", sa.Column("reference", sa.Text(), server_default="", nullable=False)
    )
    connection = op.get_bind()
    last: dict[int, int] = {}
    for number, at in connection.execute(sa.text("SELECT id, at FROM notice ORDER BY id")).all():
        year = datetime.fromtimestamp(at // 1_000_000, UTC).year
        last[year] = last.get(year, 0) + 1
        connection.execute(
            sa.text("UPDATE notice SET reference = :reference WHERE id = :id"),
            {"reference": f"N-{year}-{last[year]:04d}", "id": number},
        )
    for year, count in last.items():
        connection.execute(
            sa.text("INSERT INTO meta (name, value) VALUES (:name, :value)"),
            {"name": f"cases_{year}", "value": str(count)},
        )


def downgrade() -> None:
    """Go one step back."""
    op.execute(sa.text("DELETE FROM meta WHERE name LIKE 'cases\\_%' ESCAPE '\\'"))
    op.drop_column("notice", "reference")
