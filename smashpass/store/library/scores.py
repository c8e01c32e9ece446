"""What models say of pictures, by model version."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, delete, exists, func, insert, or_, select, update

from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.values import Value
from smashpass.services.ports.scoring import (
    NO_EMBEDDINGS,
    ServingEmbeddings,
    ServingScores,
    StoredVersion,
    Values,
)
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import counter, image, model_version, removed_picture, score
from smashpass.store.library.embeddings import (
    count_embeddings,
    has_embeddings,
    remove_embeddings,
    replace_embeddings,
    stream_embeddings,
)
from smashpass.store.library.ids import chunks
from smashpass.store.library.pictures import LIVE

STREAMED_ROWS = 10_000
_PREFIX = "plugin."
_WHOLE = 1 << 53
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_source = [model_version.c[name] for name in ("scorer", "model", "version", "preprocessing")]


class KeptScores:
    """Keeps scores; every write is one transaction, and one writer is at work at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(
        self,
        source: ModelVersion,
        scores: Mapping[str, Values],
        embeddings: Mapping[str, bytes] = NO_EMBEDDINGS,
    ) -> None:
        """Keep what a model version said of pictures; what it said before is replaced.

        Nothing is kept of pictures that were taken down meanwhile.
        """
        # A dialect brings its drivers with it, which takes longer than most commands need to run.
        if self._engine.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert as insert_or_update
        else:
            from sqlalchemy.dialects.postgresql import (  # type: ignore[assignment]
                insert as insert_or_update,
            )
        statement = insert_or_update(score)
        statement = statement.on_conflict_do_update(
            index_elements=[score.c.model_version_id, score.c.sha256],
            set_={"said": statement.excluded.said},
        )
        packed = {bytes.fromhex(sha256): pack(values) for sha256, values in scores.items()}
        with writing(self._engine) as connection:
            _take_turn(connection)  # or a takedown could end between the look and the insert
            for digest in _taken_down(connection, packed):
                del packed[digest]
            if not packed:
                return
            number = _number_for(connection, source, _next_generation(connection))
            rows = [
                {"model_version_id": number, "sha256": digest, "said": said}
                for digest, said in packed.items()
            ]
            for chunk in chunks(rows):
                connection.execute(statement, chunk)
            vectors = {
                digest: embeddings[digest.hex()] for digest in packed if digest.hex() in embeddings
            }
            replace_embeddings(connection, number, list(packed), vectors)

    def get(self, scorer: str, pictures: Collection[str]) -> dict[str, tuple[ModelVersion, Values]]:
        """Return what is known of pictures: of the serving version, else of the newest one."""
        preferred = select(model_version.c.id, *_source).where(model_version.c.scorer == scorer)
        preferred = preferred.order_by(model_version.c.serving, model_version.c.id)
        result: dict[str, tuple[ModelVersion, Values]] = {}
        with reading(self._engine) as connection:
            for number, *source in connection.execute(preferred).all():  # the best one comes last
                version = ModelVersion(*source)
                for chunk in chunks(map(bytes.fromhex, pictures)):
                    rows = select(score.c.sha256, score.c.said).where(
                        score.c.model_version_id == number, score.c.sha256.in_(chunk)
                    )
                    for sha256, said in connection.execute(rows):
                        result[sha256.hex()] = (version, unpack(said))
        return result

    def unscored(
        self, source: ModelVersion, after: Ordinal, limit: int
    ) -> list[tuple[Ordinal, str]]:
        """Return servable images above ``after`` whose picture that version has not scored.

        Each picture stands for one image; pages may be shorter than ``limit``, and the last is
        empty.
        """
        with reading(self._engine) as connection:
            page = (
                select(image.c.ordinal, image.c.sha256)
                .where(image.c.ordinal > after, *_without_score(connection, source))
                .order_by(image.c.ordinal)
                .limit(limit)
            )
            first: dict[bytes, Ordinal] = {}
            for ordinal, sha256 in connection.execute(page):
                first.setdefault(sha256, Ordinal(ordinal))
        return [(ordinal, sha256.hex()) for sha256, ordinal in first.items()]

    def count_unscored(self, source: ModelVersion) -> int:
        """Return how many servable images with a picture that version has not scored."""
        with reading(self._engine) as connection:
            unscored = select(func.count()).select_from(image)
            return connection.scalar(unscored.where(*_without_score(connection, source))) or 0

    def count_pictured(self) -> int:
        """Return how many servable images have a picture; reads all images."""
        with reading(self._engine) as connection:
            pictured = select(func.count()).select_from(image)
            return connection.scalar(pictured.where(*_pictured())) or 0

    def versions(self) -> list[StoredVersion]:
        """Return all model versions with scores, the oldest first.

        Counts all scores and embeddings.
        """
        counts = select(score.c.model_version_id.label("id"), func.count().label("pictures"))
        counted = counts.group_by(score.c.model_version_id).subquery()
        statement = (
            select(
                counted.c.id,
                counted.c.pictures,
                model_version.c.serving,
                model_version.c.first_at,
                *_source,
            )
            .join_from(counted, model_version, counted.c.id == model_version.c.id)
            .order_by(model_version.c.id)
        )
        with reading(self._engine) as connection:
            vectors = count_embeddings(connection)
            return [
                StoredVersion(
                    ModelVersion(*source),
                    pictures,
                    serving > 0,
                    first_at,
                    vectors.get(number, 0),
                )
                for number, pictures, serving, first_at, *source in connection.execute(statement)
            ]

    def serve(self, source: ModelVersion) -> None:
        """Put a version's scores in use instead of those of its scorer's other versions.

        Raises:
            NotFound: There are no scores of that version.
        """
        with writing(self._engine) as connection:
            generation = _next_generation(connection)
            number = _number_of(connection, source)
            if number is None:
                raise NotFound(
                    f"there are no scores of {source.scorer} {source.model} {source.version}"
                )
            others = update(model_version).where(model_version.c.scorer == source.scorer)
            connection.execute(others.values(serving=0))
            this_one = update(model_version).where(model_version.c.id == number)
            connection.execute(this_one.values(serving=generation))

    def generation(self) -> int:
        """Return a number that grows with every change of scores; 0 before the first."""
        with reading(self._engine) as connection:
            return _generation(connection)

    def serving(self) -> Iterator[ServingScores]:
        """Yield the scores in use of each scorer, as of one moment; the last to serve comes last.

        Each is streamed while it is consumed, and ends when the next one is asked for.
        """
        in_use = select(model_version.c.id, *_source).where(model_version.c.serving > 0)
        with reading(self._engine) as connection:
            versions = connection.execute(in_use.order_by(model_version.c.serving)).all()
            for number, *source in versions:
                joined = image.outerjoin(
                    score, (score.c.sha256 == image.c.sha256) & (score.c.model_version_id == number)
                )
                known = (
                    select(image.c.ordinal, score.c.said)
                    .select_from(joined)
                    .where(or_(image.c.sha256.is_(None), score.c.said.is_not(None)))
                    .order_by(image.c.ordinal)
                    .execution_options(yield_per=STREAMED_ROWS)
                )
                with connection.execute(known) as rows:
                    yield ServingScores(
                        ModelVersion(*source),
                        (
                            (Ordinal(ordinal), unpack(said) if said is not None else {})
                            for ordinal, said in rows
                        ),
                    )

    def embeddings(self) -> Iterator[ServingEmbeddings]:
        """Yield the embeddings in use of each scorer that gives some; the last to serve first.

        Each is streamed while it is consumed, and ends when the next one is asked for.
        """
        in_use = select(model_version.c.id, *_source).where(model_version.c.serving > 0)
        with reading(self._engine) as connection:
            newest_first = in_use.order_by(model_version.c.serving.desc())
            for number, *source in connection.execute(newest_first).all():
                if has_embeddings(connection, number):
                    vectors = stream_embeddings(connection, number)
                    yield ServingEmbeddings(ModelVersion(*source), vectors)


def forget(connection: Connection, pictures: Iterable[str]) -> None:
    """Remove all scores and embeddings of pictures (SHA-256, hex).

    It is done within the transaction of a takedown.
    """
    _take_turn(connection)
    numbers = connection.scalars(select(model_version.c.id)).all()
    removed = 0
    digests = [bytes.fromhex(sha256) for sha256 in pictures]
    remove_embeddings(connection, numbers, digests)
    for chunk in chunks(digests):
        of_pictures = score.c.model_version_id.in_(numbers) & score.c.sha256.in_(chunk)
        removed += connection.execute(delete(score).where(of_pictures)).rowcount
    if removed:
        _next_generation(connection)


def note_changed_pictures(connection: Connection) -> None:
    """Note that images have other pictures now, within the transaction that gives them these.

    Whoever follows the scores makes the columns anew, and takes the images as not scored.
    """
    _next_generation(connection)


def pack(values: Values) -> bytes:
    """Return what is kept of ``values``: JSON, with names without ``plugin.``.

    A name that UTF-8 cannot encode is left out: no tree can ask for it.
    """
    return orjson.dumps(
        {
            name.removeprefix(_PREFIX): _plain(value)
            for name, value in values.items()
            if not _HALF_CHARACTER.search(name)
        }
    )


def unpack(said: bytes) -> dict[str, Value | None]:
    """Return the values that ``pack`` packed."""
    return {_PREFIX + name: value for name, value in orjson.loads(said).items()}


def _plain(value: Value | None) -> Value | None:
    """Return a value as JSON can hold it: None for a text that UTF-8 cannot encode."""
    if isinstance(value, str):
        return None if _HALF_CHARACTER.search(value) else value
    if value is None or isinstance(value, bool):
        return value
    # Numbers of other libraries may be subclasses; whole ones may be longer than JSON's.
    return int(value) if isinstance(value, int) and abs(value) <= _WHOLE else float(value)


def _pictured() -> Sequence[Any]:
    """Return the conditions for servable images with a picture."""
    return image.c.state == LIVE, image.c.sha256.is_not(None)


def _without_score(connection: Connection, source: ModelVersion) -> Sequence[Any]:
    """Return the conditions for servable images whose picture a version has not scored."""
    number = _number_of(connection, source)
    if number is None:
        return _pictured()
    scored = exists().where(score.c.model_version_id == number, score.c.sha256 == image.c.sha256)
    return *_pictured(), ~scored


def _number_of(connection: Connection, source: ModelVersion) -> int | None:
    """Return the number of a model version, None if it is not known."""
    parts = (source.scorer, source.model, source.version, source.preprocessing)
    same = [column == part for column, part in zip(_source, parts, strict=True)]
    return connection.scalar(select(model_version.c.id).where(*same))


def _number_for(connection: Connection, source: ModelVersion, generation: int) -> int:
    """Return the number of a model version; the first one of a scorer serves at once."""
    number = _number_of(connection, source)
    if number is not None:
        return number
    others = exists().where(model_version.c.scorer == source.scorer)
    row = {
        "scorer": source.scorer,
        "model": source.model,
        "version": source.version,
        "preprocessing": source.preprocessing,
        "serving": 0 if connection.scalar(select(others)) else generation,
        "first_at": now(connection),
    }
    return int(
        connection.execute(
            insert(model_version).values(row).returning(model_version.c.id)
        ).scalar_one()
    )


def _take_turn(connection: Connection) -> None:
    """Make other writers of scores wait until this transaction ends.

    It comes before any row of scores is read or locked: what is read then is final, and two
    writers never wait for each other.
    """
    connection.execute(select(counter.c.value).where(counter.c.name == "scores").with_for_update())


def _generation(connection: Connection) -> int:
    return connection.scalar(select(counter.c.value).where(counter.c.name == "scores")) or 0


def _next_generation(connection: Connection) -> int:
    """Count a change of scores, and take the turn of its transaction."""
    counted = update(counter).where(counter.c.name == "scores").values(value=counter.c.value + 1)
    return int(connection.execute(counted.returning(counter.c.value)).scalar_one())


def _taken_down(connection: Connection, digests: Iterable[bytes]) -> set[bytes]:
    """Return the pictures among ``digests`` that were taken down."""
    removed: set[bytes] = set()
    for chunk in chunks(digests):
        among = select(removed_picture.c.sha256).where(removed_picture.c.sha256.in_(chunk))
        removed.update(connection.scalars(among))
    return removed
