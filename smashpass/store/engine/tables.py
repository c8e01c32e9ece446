"""The tables. Ids are integers, times are microseconds since 1970 in UTC.

Two million images with fifteen tags must stay below 1 GB with all indexes, so an image repeats
nothing: its credit, source and attribute names are numbers, its tags and attributes are blobs.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    false,
    true,
)

from smashpass.store.engine.account_tables import account as account
from smashpass.store.engine.account_tables import admin_session as admin_session
from smashpass.store.engine.account_tables import api_token as api_token
from smashpass.store.engine.account_tables import preference as preference
from smashpass.store.engine.account_tables import queue_claim as queue_claim
from smashpass.store.engine.account_tables import recovery_code as recovery_code
from smashpass.store.engine.schema import BigKey, Blob
from smashpass.store.engine.schema import metadata as metadata
from smashpass.store.engine.score_tables import embedding as embedding
from smashpass.store.engine.score_tables import model_version as model_version
from smashpass.store.engine.score_tables import score as score

meta = Table(
    "meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
)

# The last number given to an image and to a tag, and the generation of the scores. Counted here and
# not by the database: numbers are drawn in blocks, without gaps after a rollback, in the same way
# on both databases.
counter = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

# ``digest`` stands for all the columns: a unique index over eight texts could grow too wide.
credit = Table(
    "credit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Blob, nullable=False, unique=True),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("licence", Text, nullable=False),
    Column("digital_source_type", Text, nullable=False),
    Column("real_person", Boolean, nullable=False),
    Column("depicts", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("generator", Text, nullable=False),
    Column("consent", Text, nullable=False),
)

attribute = Table(
    "attribute",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

tag = Table(
    "tag",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, unique=True),
    Column("category", Text, nullable=False, server_default=""),
    Column("label", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("deprecated", Boolean, nullable=False, server_default=false()),
)

# The label of a tag in a language other than the one of ``tag.label``.
tag_label = Table(
    "tag_label",
    metadata,
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    Column("language", Text, primary_key=True),
    Column("label", Text, nullable=False),
)

alias = Table(
    "alias",
    metadata,
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    Column("target_id", ForeignKey("tag.id"), nullable=False, index=True),
    CheckConstraint("tag_id <> target_id", name="other"),
)

implication = Table(
    "implication",
    metadata,
    Column("tag_id", ForeignKey("tag.id"), primary_key=True),
    Column("implied_id", ForeignKey("tag.id"), primary_key=True, index=True),
    CheckConstraint("tag_id <> implied_id", name="other"),
)

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("source", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", BigInteger, nullable=False, server_default="0"),
    Column("added", BigInteger, nullable=False, server_default="0"),
    Column("changed", BigInteger, nullable=False, server_default="0"),
    Column("unchanged", BigInteger, nullable=False, server_default="0"),
    Column("refused", BigInteger, nullable=False, server_default="0"),
    Column("quarantined", BigInteger, nullable=False, server_default="0"),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("error", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# ``state``: 0 live, 1 quarantined, 2 hidden, 3 taken down. ``attributes``: pairs of a 16-bit
# attribute id and a 64-bit float. An image is never deleted; its ordinal stays taken if it were.
image = Table(
    "image",
    metadata,
    Column("ordinal", BigKey, primary_key=True, autoincrement=False),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("credit_id", ForeignKey("credit.id"), nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("run_id", ForeignKey("run.id")),
    Column("line", BigInteger),
    Column("width", Integer),
    Column("height", Integer),
    Column("tags", Blob, nullable=False),
    Column("attributes", Blob, nullable=False),
    Column("label", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sha256", Blob),
    Index("uq_image_source_id_key", "source_id", "key", unique=True),
)
Index(
    "ix_image_sha256",
    image.c.sha256,
    sqlite_where=image.c.sha256.is_not(None),
    postgresql_where=image.c.sha256.is_not(None),
)

# What is known of picture files, by what they hold; ``image.sha256`` points here. ``colour`` is
# red, green, blue as one number. ``origin`` is "" unless the original was only linked. ``pixels``
# and ``signature`` say what it looks like; pictures of older versions may lack both, and those
# whose original is gone lack ``pixels``.
media = Table(
    "media",
    metadata,
    Column("sha256", Blob, primary_key=True),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("mime", Text, nullable=False),
    Column("colour", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("origin", Text, nullable=False, server_default=""),
    Column("pixels", Blob),
    Column("signature", Blob),
    sqlite_with_rowid=False,
)
Index(
    "ix_media_pixels",
    media.c.pixels,
    sqlite_where=media.c.pixels.is_not(None),
    postgresql_where=media.c.pixels.is_not(None),
)

# The pictures that were taken down: no import brings one back, whatever file it comes in.
removed_picture = Table(
    "removed_picture",
    metadata,
    Column("sha256", Blob, primary_key=True),
    Column("pixels", Blob, index=True),
    Column("signature", Blob),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_with_rowid=False,
)

change = Table(
    "change",
    metadata,
    Column("seq", BigKey, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("images", BigInteger, nullable=False),
    Column("payload", Blob, nullable=False),
    sqlite_autoincrement=True,
)

# ``swipes`` is the last number given to a swipe of this viewer: it settles which of two swipes
# with the same ``at`` came later. ``seen_day`` is the day of the last one, since 1970. ``pace_…``
# says how long they have been swiping, where a reminder or a limit asks for it.
viewer = Table(
    "viewer",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("age_band", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("swipes", BigInteger, nullable=False, server_default="0"),
    Column("seen_day", Integer, nullable=False, server_default="0"),
    Column("reminder", Boolean),
    Column("daily_minutes", Integer),
    Column("taste", Boolean, nullable=False, server_default=true()),
    Column("pace_since", BigInteger, nullable=False, server_default="0"),
    Column("pace_last", BigInteger, nullable=False, server_default="0"),
    Column("pace_day", Integer, nullable=False, server_default="0"),
    Column("pace_today", BigInteger, nullable=False, server_default="0"),
    sqlite_autoincrement=True,
)

# ``verdict``: 1 smash, 0 pass. No foreign key to image: what a viewer did stays theirs.
swipe = Table(
    "swipe",
    metadata,
    Column("viewer_id", ForeignKey("viewer.id", ondelete="CASCADE"), primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("image", BigInteger, nullable=False),
    Column("verdict", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("app_verdict", SmallInteger),
    Column("revision", Integer),
    Column("undone", Boolean, nullable=False, server_default=false()),
    Index("ix_swipe_viewer_id_number", "viewer_id", "number", unique=True),
    Index("ix_swipe_image", "image", "viewer_id", "at", "number", "undone", "verdict"),
    sqlite_with_rowid=False,
)

revision = Table(
    "revision",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

revision_file = Table(
    "revision_file",
    metadata,
    Column("number", ForeignKey("revision.number", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

# Which revision decides: one row per slot, ``active`` and, while one runs, ``canary``.
revision_slot = Table(
    "revision_slot",
    metadata,
    Column("slot", Text, primary_key=True),
    Column("number", ForeignKey("revision.number"), nullable=False),
)

# What is known of a revision that runs, or ran, beside the active one. The counts are of decisions
# that both made; ``sample`` is a JSON list of some that differ, never longer than the code says.
canary = Table(
    "canary",
    metadata,
    Column("number", ForeignKey("revision.number"), primary_key=True, autoincrement=False),
    Column("percent", SmallInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("compared", BigInteger, nullable=False, server_default="0"),
    Column("to_smash", BigInteger, nullable=False, server_default="0"),
    Column("to_pass", BigInteger, nullable=False, server_default="0"),
    Column("moved", BigInteger, nullable=False, server_default="0"),
    Column("unsure", BigInteger, nullable=False, server_default="0"),
    Column("sample", Text, nullable=False, server_default="[]"),
)

job = Table(
    "job",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("done", BigInteger, nullable=False, server_default="0"),
    Column("total", BigInteger, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("holder", Text, nullable=False, server_default=""),
    Column("lease_until", BigInteger, nullable=False, server_default="0"),
    Column("change_seq", BigInteger),
    Column("error", Text, nullable=False, server_default=""),
    Column("ended_at", BigInteger),
    Index("ix_job_state_id", "state", "id"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigKey, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("sha256", Blob, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# A rule file as somebody is writing it, byte for byte; ``base`` is the revision it began with.
rule_draft = Table(
    "rule_draft",
    metadata,
    Column("account_id", ForeignKey("account.id", ondelete="CASCADE"), primary_key=True,
           autoincrement=False),
    Column("path", Text, primary_key=True),
    Column("base", ForeignKey("revision.number"), nullable=False),
    Column("text", Text, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
)  # fmt: skip

# ``id`` is that of the entry in ``audit``, ``image`` a public id; the two decisions are JSON or "".
# ``reference`` is the number of the case for people; ``meta`` has the last of each year.
# ``token`` opens the public page of the case: who has it may read and appeal, so it is kept as is.
notice = Table(
    "notice",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("image", "kind", "text", "contact", "state")),
    *(Column(name, BigInteger, nullable=False) for name in ("at", "due_at")),
    *(Column(name, Text, nullable=False, server_default="")
      for name in ("claimed_by", "first", "appeal", "second")),
    *(Column(name, BigInteger, nullable=False, server_default="0")
      for name in ("claimed_at", "appealed_at")),
    Column("reference", Text, nullable=False, server_default=""),
    Index("ix_notice_image", "image"),
    Index("ix_notice_state_due_at", "state", "due_at"),
)  # fmt: skip

# Two people said that an image shows nobody under age, though it has a tag that may say so.
clearance = Table(
    "clearance",
    metadata,
    Column("ordinal", ForeignKey("image.ordinal"), primary_key=True, autoincrement=False),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
)

# ``client`` is a keyed hash of an address and of what it asked for; a row goes with its window.
rate_limit = Table(
    "rate_limit",
    metadata,
    Column("client", Blob, primary_key=True),
    Column("ends_at", BigInteger, nullable=False, index=True),
    Column("taken", Integer, nullable=False),
)

# ``what`` is the bucket of a deck's duration, or a negative number for requests and failed ones.
daily_traffic = Table(
    "daily_traffic",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("what", SmallInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# ``name`` is the SHA-256 of the name of a viewer who was erased.
erased = Table(
    "erased",
    metadata,
    Column("name", Blob, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
