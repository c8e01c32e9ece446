"""Notices as cases with a clock; those that were only in the audit trail become cases, too."""

import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME_TO_DECIDE = 48 * 3_600_000_000
_TOKEN_BYTES = 24


def upgrade() -> None:
    """Go one step forward."""
    notice = op.create_table(
        "notice",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        *(sa.Column(name, sa.Text(), nullable=False)
          for name in ("token", "image", "kind", "text", "contact", "state")),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "due_at")),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False)
          for name in ("claimed_by", "first", "appeal", "second")),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)
          for name in ("claimed_at", "appealed_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("token", name=op.f("uq_notice_token")),
    )  # fmt: skip
    op.create_index(op.f("ix_notice_image"), "notice", ["image"])
    op.create_index("ix_notice_state_due_at", "notice", ["state", "due_at"])
    wanted = sa.text("SELECT id, at, target, detail FROM audit WHERE action = 'notice'")
    rows = []
    for number, at, image, detail in op.get_bind().execute(wanted).all():
        said = json.loads(detail)
        rows.append(
            {
                "id": number,
                "token": secrets.token_urlsafe(_TOKEN_BYTES),
                "at": at,
                "image": image,
                "kind": "other",
                "text": said.get("reason", ""),
                "contact": said.get("contact", ""),
                "state": "open",
                "due_at": at + _TIME_TO_DECIDE,
            }
        )
    if rows:
        op.bulk_insert(notice, rows)


def downgrade() -> None:
    """Go one step back; what was decided stays in the audit trail."""
    op.drop_table("notice")
