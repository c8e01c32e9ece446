"""What models say of pictures, by model version."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from smashpass.store.engine.schema import Blob, metadata

# Everything that a score depends on, apart from the picture. ``serving``: the generation of the
# scores with which it began to serve, 0 while it does not; one version of a scorer may serve.
model_version = Table(
    "model_version",
    metadata,
    Column("id", Integer, primary_key=True),
    *(Column(name, Text, nullable=False) for name in
      ("scorer", "model", "version", "preprocessing")),
    Column("serving", BigInteger, nullable=False, server_default="0"),
    Column("first_at", BigInteger, nullable=False),
    Index("uq_model_version_scorer_model_version_preprocessing",
          "scorer", "model", "version", "preprocessing", unique=True),
    sqlite_autoincrement=True,
)  # fmt: skip
Index(
    "uq_model_version_serving_scorer",
    model_version.c.scorer,
    unique=True,
    sqlite_where=model_version.c.serving > 0,
    postgresql_where=model_version.c.serving > 0,
)

# What a model version said of a picture, as JSON without the ``plugin.`` of its names; ``sha256``
# is that of ``image`` and ``media``. {}: it was asked, and said nothing.
score = Table(
    "score",
    metadata,
    Column("model_version_id", ForeignKey("model_version.id", ondelete="CASCADE"),
           primary_key=True, autoincrement=False),
    Column("sha256", Blob, primary_key=True),
    Column("said", Blob, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip

# Where a picture lies among others by a model version: little-endian float16 numbers, of length 1
# as a vector, as many for each picture of a version. Kept with the score, or not at all.
embedding = Table(
    "embedding",
    metadata,
    Column("model_version_id", ForeignKey("model_version.id", ondelete="CASCADE"),
           primary_key=True, autoincrement=False),
    Column("sha256", Blob, primary_key=True),
    Column("vector", Blob, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip
