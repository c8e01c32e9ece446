"""On PostgreSQL, swipes lie in 16 parts by a hash of the viewer; SQLite stays as it is.

All swipes are copied, with their indexes in some 4 s a million, and as much disk as they take is
needed a second time. Meanwhile viewers are read and decks are served; who swipes waits.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

PARTS = 16

_COLUMNS = "viewer_id, client_id, number, image, verdict, at, app_verdict, revision, undone"
_CROWD = "image, viewer_id, at, number, undone, verdict"


def upgrade() -> None:
    """Go one step forward."""
    if op.get_context().dialect.name == "postgresql":
        parts = [
            f"CREATE TABLE swipe_{part:02d} PARTITION OF swipe_new"
            f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
            for part in range(PARTS)
        ]
        _replace(" PARTITION BY HASH (viewer_id)", parts)


def downgrade() -> None:
    """Go one step back."""
    if op.get_context().dialect.name == "postgresql":
        _replace("", [])


def _replace(how: str, parts: list[str]) -> None:
    """Copy the rows into a new table, make its indexes, and let it take the place of the old one.

    Indexes are made last, which costs less than to keep them while rows come in.
    """
    # Whoever writes swipes locks the viewer first: so nobody holds one of the two and waits for
    # the other. Who reads waits only at the end, for as long as the old table is dropped.
    op.execute("LOCK TABLE viewer, swipe IN EXCLUSIVE MODE")
    op.execute(f"CREATE TABLE swipe_new (LIKE swipe INCLUDING DEFAULTS){how}")
    for part in parts:
        op.execute(part)
    op.execute(f"INSERT INTO swipe_new ({_COLUMNS}) SELECT {_COLUMNS} FROM swipe")
    op.execute("CREATE UNIQUE INDEX ix_new_number ON swipe_new (viewer_id, number)")
    op.execute(f"CREATE INDEX ix_new_image ON swipe_new ({_CROWD})")
    for constraint in (
        "pk_new PRIMARY KEY (viewer_id, client_id)",
        "fk_swipe_viewer_id FOREIGN KEY (viewer_id) REFERENCES viewer (id) ON DELETE CASCADE",
    ):
        op.execute(f"ALTER TABLE swipe_new ADD CONSTRAINT {constraint}")
    op.execute("ANALYZE swipe_new")
    op.execute("DROP TABLE swipe")
    op.execute("ALTER TABLE swipe_new RENAME TO swipe")
    for before, after in (
        ("pk_new", "pk_swipe"),
        ("ix_new_number", "ix_swipe_viewer_id_number"),
        ("ix_new_image", "ix_swipe_image"),
    ):
        op.execute(f"ALTER INDEX {before} RENAME TO {after}")
