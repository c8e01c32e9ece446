"""Everything the first version keeps."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

big_key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go one step forward."""
    op.create_table(
        "attribute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute")),
        sa.UniqueConstraint("name", name=op.f("uq_attribute_name")),
    )
    op.create_table(
        "audit",
        sa.Column("id", big_key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "change",
        sa.Column("seq", big_key, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "job",
        sa.Column("id", big_key, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("lease_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("change_seq", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_job_state_id", "job", ["state", "id"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "revision",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_revision")),
        sa.UniqueConstraint("sha256", name=op.f("uq_revision_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("added", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unchanged", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("quarantined", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("name", name=op.f("uq_source_name")),
    )
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), server_default="", nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("deprecated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
    )
    op.create_table(
        "viewer",
        sa.Column("id", big_key, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("swipes", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_viewer")),
        sa.UniqueConstraint("name", name=op.f("uq_viewer_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alias",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("tag_id <> target_id", name=op.f("ck_alias_other")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_alias_tag_id")),
        sa.ForeignKeyConstraint(["target_id"], ["tag.id"], name=op.f("fk_alias_target_id")),
        sa.PrimaryKeyConstraint("tag_id", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_target_id"), "alias", ["target_id"], unique=False)
    op.create_table(
        "credit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=False),
        sa.Column("digital_source_type", sa.Text(), nullable=False),
        sa.Column("real_person", sa.Boolean(), nullable=False),
        sa.Column("depicts", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("generator", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_credit_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit")),
        sa.UniqueConstraint("digest", name=op.f("uq_credit_digest")),
    )
    op.create_table(
        "implication",
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.Column("implied_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("tag_id <> implied_id", name=op.f("ck_implication_other")),
        sa.ForeignKeyConstraint(["implied_id"], ["tag.id"], name=op.f("fk_implication_implied_id")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_implication_tag_id")),
        sa.PrimaryKeyConstraint("tag_id", "implied_id", name=op.f("pk_implication")),
    )
    op.create_index(op.f("ix_implication_implied_id"), "implication", ["implied_id"], unique=False)
    op.create_table(
        "revision_file",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"],
            ["revision.number"],
            name=op.f("fk_revision_file_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", "path", name=op.f("pk_revision_file")),
    )
    op.create_table(
        "revision_slot",
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["revision.number"], name=op.f("fk_revision_slot_number")
        ),
        sa.PrimaryKeyConstraint("slot", name=op.f("pk_revision_slot")),
    )
    op.create_table(
        "swipe",
        sa.Column("viewer_id", big_key, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("app_verdict", sa.SmallInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("undone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["viewer.id"], name=op.f("fk_swipe_viewer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("viewer_id", "client_id", name=op.f("pk_swipe")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_swipe_viewer_id_number", "swipe", ["viewer_id", "number"], unique=True)
    op.create_table(
        "image",
        sa.Column("ordinal", big_key, autoincrement=False, nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("credit_id", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("line", sa.BigInteger(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("tags", sa.LargeBinary(), nullable=False),
        sa.Column("attributes", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["credit_id"], ["credit.id"], name=op.f("fk_image_credit_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_image_run_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_image_source_id")),
        sa.PrimaryKeyConstraint("ordinal", name=op.f("pk_image")),
    )
    op.create_index(
        "ix_image_sha256",
        "image",
        ["sha256"],
        unique=False,
        sqlite_where=sa.text("sha256 IS NOT NULL"),
        postgresql_where=sa.text("sha256 IS NOT NULL"),
    )
    op.create_index("uq_image_source_id_key", "image", ["source_id", "key"], unique=True)


def downgrade() -> None:
    """Go one step back."""
    op.drop_table("image")
    op.drop_table("swipe")
    op.drop_table("revision_slot")
    op.drop_table("revision_file")
    op.drop_table("implication")
    op.drop_table("credit")
    op.drop_table("alias")
    op.drop_table("viewer")
    op.drop_table("tag")
    op.drop_table("source")
    op.drop_table("run")
    op.drop_table("revision")
    op.drop_table("meta")
    op.drop_table("job")
    op.drop_table("counter")
    op.drop_table("change")
    op.drop_table("audit")
    op.drop_table("attribute")
