"""Audit entries in a chain. The digest is written out here: it must never change."""

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ENDS = ("audit_start", "audit_end")


def upgrade() -> None:
    """Go one step forward."""
    op.add_column("audit", sa.Column("sha256", sa.LargeBinary(), nullable=False, server_default=""))
    bind = op.get_bind()
    wanted = "SELECT id, at, actor, action, target, detail FROM audit ORDER BY id"
    number, digest = 0, bytes(32)
    change = sa.text("UPDATE audit SET sha256 = :digest WHERE id = :id")
    for row in bind.execute(sa.text(wanted)).all():
        number = row.id
        digest = hashlib.sha256(digest + json.dumps(list(row)).encode()).digest()
        bind.execute(change, {"digest": digest, "id": number})
    keep = sa.text("INSERT INTO meta (name, value) VALUES (:name, :value)")
    values = (f"0 {bytes(32).hex()}", f"{number} {digest.hex()}")
    for name, value in zip(_ENDS, values, strict=True):
        bind.execute(keep, {"name": name, "value": value})


def downgrade() -> None:
    """Go one step back."""
    op.drop_column("audit", "sha256")
    op.execute("DELETE FROM meta WHERE name IN ('audit_start', 'audit_end')")
