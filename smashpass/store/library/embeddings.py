"""Embeddings of pictures, by model version; written and removed together with the scores."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection, delete, exists, func, insert, select

from smashpass.core.imageset import Ordinal
from smashpass.store.engine.tables import embedding, image
from smashpass.store.library.ids import chunks

STREAMED_ROWS = 10_000

_log = logging.getLogger(__name__)


def replace_embeddings(
    connection: Connection, number: int, pictures: Sequence[bytes], vectors: Mapping[bytes, bytes]
) -> None:
    """Keep the embeddings that a model version has of pictures now, and no others of theirs.

    A vector that is not as long as those of the version, or where there are none, as most of
    ``vectors``, is left out; the log says how many are.

    Args:
        connection: Within the transaction that keeps the scores.
        number: Of the model version.
        pictures: Their sha256.
        vectors: Packed, by the sha256 of the picture.
    """
    of_version = select(embedding.c.vector).where(embedding.c.model_version_id == number).limit(1)
    before = connection.scalar(of_version)
    if before is not None:
        remove_embeddings(connection, [number], pictures)
    elif not vectors:
        return
    # The same for every order in which a scorer answers.
    lengths = Counter(map(len, vectors.values()))
    length = max(lengths, key=lambda size: (lengths[size], size), default=0)
    if before is not None:
        length = len(before)
    rows = [
        {"model_version_id": number, "sha256": digest, "vector": vector}
        for digest, vector in vectors.items()
        if len(vector) == length
    ]
    if len(rows) < len(vectors):
        _log.warning(
            "%d embeddings have another length than those of their model version",
            len(vectors) - len(rows),
        )
    for chunk in chunks(rows):
        connection.execute(insert(embedding), chunk)


def remove_embeddings(
    connection: Connection, numbers: Sequence[int], pictures: Iterable[bytes]
) -> None:
    """Remove the embeddings of pictures that some model versions have."""
    for chunk in chunks(pictures):
        of_pictures = embedding.c.model_version_id.in_(numbers) & embedding.c.sha256.in_(chunk)
        connection.execute(delete(embedding).where(of_pictures))


def count_embeddings(connection: Connection) -> dict[int, int]:
    """Return how many embeddings each model version has, by its number; counts all."""
    number = embedding.c.model_version_id
    counted = select(number, func.count()).group_by(number)
    return {row[0]: row[1] for row in connection.execute(counted)}


def has_embeddings(connection: Connection, number: int) -> bool:
    """Tell whether a model version has any."""
    of_version = exists().where(embedding.c.model_version_id == number)
    return bool(connection.scalar(select(of_version)))


def stream_embeddings(connection: Connection, number: int) -> Iterator[tuple[Ordinal, bytes]]:
    """Yield the embedding of each image whose picture has one, by ordinal, ascending."""
    joined = image.join(embedding, embedding.c.sha256 == image.c.sha256)
    statement = (
        select(image.c.ordinal, embedding.c.vector)
        .select_from(joined)
        .where(embedding.c.model_version_id == number)
        .order_by(image.c.ordinal)
        .execution_options(yield_per=STREAMED_ROWS)
    )
    with connection.execute(statement) as rows:
        for ordinal, vector in rows:
            yield Ordinal(ordinal), vector
