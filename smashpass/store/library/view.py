"""The library as it was at one moment: version, vocabulary and images that belong together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.credit import Credit
from smashpass.core.library.stored import ImageRecord, ImageState, StoredImage, Tag
from smashpass.core.pictures.likeness import RemovedPicture
from smashpass.core.tags.names import TagId
from smashpass.core.tags.tagblob import unpack
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.store.engine.tables import (
    alias,
    attribute,
    change,
    clearance,
    credit,
    image,
    implication,
    run,
    source,
    tag,
    tag_label,
)
from smashpass.store.library import changelog, pictures, removed
from smashpass.store.library.batch import STATES
from smashpass.store.library.ids import PAIR, chunks

STREAMED_ROWS = 10_000
_MICROSECONDS = 1_000_000

_credits = select(credit, source.c.name.label("source")).join(source)
_lean = select(
    image.c.ordinal,
    image.c.tags,
    image.c.attributes,
    image.c.width,
    image.c.height,
    image.c.added_at,
    image.c.credit_id,
    image.c.state,
)


class DatabaseView:
    """Reads within one transaction; made by ``Catalogue.view``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def brought_by(self, place: str, state: ImageState, reason: str = "") -> ImageSet:
        """Return the images that runs of a collection wrote last, by state and reason's begin.

        Cost: reads all images of that state.
        """
        statement = select(image.c.ordinal).join(run, run.c.id == image.c.run_id)
        statement = statement.where(run.c.source == place, image.c.state == STATES.index(state))
        if reason:
            statement = statement.where(image.c.reason.startswith(reason, autoescape=True))
        return ImageSet(self._connection.scalars(statement))

    def quarantined(self, after: int, limit: int) -> list[int]:
        """Return the ordinals of images in quarantine above ``after``, ascending."""
        statement = select(image.c.ordinal).where(image.c.ordinal > after, image.c.state == 1)
        return list(self._connection.scalars(statement.order_by(image.c.ordinal).limit(limit)))

    def version(self) -> int:
        """Return the number of the last change that this view has."""
        return changelog.latest(self._connection)

    def changed_at(self) -> int:
        """Return the moment of that change, 0 if there is none."""
        newest = select(change.c.at).order_by(change.c.seq.desc()).limit(1)
        return int(self._connection.scalar(newest) or 0)

    def iterate(self, after_ordinal: int = 0) -> Iterator[StoredImage]:
        """Yield every image above ``after_ordinal``, ascending, without holding them in memory.

        Cost: 3–4 µs an image on SQLite.
        """
        statement = _lean.where(image.c.ordinal > after_ordinal).order_by(image.c.ordinal)
        yield from self._stored(statement, self._facets())

    def given_by_hand(self) -> dict[TagId, ImageSet]:
        """Return by tag the images to which somebody gave it, and nobody took it since."""
        return changelog.given_by_hand(self._connection)

    def written_by_runs(self) -> dict[int, ImageSet]:
        """Return by number of an import the images that it added or changed."""
        return changelog.written_by_runs(self._connection)

    def cleared(self) -> dict[TagId, ImageSet]:
        """Return by tag the images that two people reviewed for it; as many rows as reviews."""
        rows: defaultdict[TagId, list[int]] = defaultdict(list)
        for tag_id, ordinal in self._connection.execute(
            select(clearance.c.tag_id, clearance.c.ordinal)
        ):
            rows[tag_id].append(ordinal)
        return {tag_id: ImageSet(ordinals) for tag_id, ordinals in rows.items()}

    def stored(self, images: ImageSet) -> Iterator[StoredImage]:
        """Yield those of ``images`` that exist, ascending."""
        facets: dict[int, tuple[str, str]] = {}
        for chunk in chunks(images):
            statement = _lean.where(image.c.ordinal.in_(chunk)).order_by(image.c.ordinal)
            credit_ids = select(image.c.credit_id).where(image.c.ordinal.in_(chunk)).distinct()
            missing = set(self._connection.scalars(credit_ids)).difference(facets)
            for part in chunks(missing):
                for row in self._connection.execute(_credits.where(credit.c.id.in_(part))):
                    facets[row.id] = (row.licence, row.source)
            yield from self._stored(statement, facets)

    def images(self, ordinals: Iterable[int]) -> list[ImageRecord]:
        """Return everything about those of ``ordinals`` that exist, in the order given."""
        names = self._attribute_names("")
        statement = list(ordinals)
        records: dict[int, ImageRecord] = {}
        for chunk in chunks(statement):
            rows = self._connection.execute(select(image).where(image.c.ordinal.in_(chunk))).all()
            terms = self.credits({row.credit_id for row in rows})
            records |= {row.ordinal: _record(row, names, terms[row.credit_id]) for row in rows}
        return [records[ordinal] for ordinal in statement if ordinal in records]

    def credits_of(self, ordinals: Iterable[int]) -> dict[Ordinal, Credit]:
        """Return the credits of those of ``ordinals`` that exist."""
        result: dict[Ordinal, Credit] = {}
        for chunk in chunks(ordinals):
            statement = select(image.c.ordinal, image.c.credit_id)
            rows = self._connection.execute(statement.where(image.c.ordinal.in_(chunk))).all()
            terms = self.credits({row.credit_id for row in rows})
            result |= {Ordinal(row.ordinal): terms[row.credit_id] for row in rows}
        return result

    def find(self, source_name: str, key: str) -> Ordinal | None:
        """Return the image that ``source_name`` calls ``key``, or None."""
        statement = select(image.c.ordinal).join(source, image.c.source_id == source.c.id)
        statement = statement.where(source.c.name == source_name, image.c.key == key)
        ordinal = self._connection.scalar(statement)
        return None if ordinal is None else Ordinal(ordinal)

    def known(self, source_name: str, keys: Iterable[str]) -> dict[str, tuple[Ordinal, ImageState]]:
        """Return the ordinal and the state of those of ``keys`` that ``source_name`` has here."""
        number = self._connection.scalar(select(source.c.id).where(source.c.name == source_name))
        result: dict[str, tuple[Ordinal, ImageState]] = {}
        if number is None:
            return result
        columns = select(image.c.key, image.c.ordinal, image.c.state)
        for chunk in chunks(keys):
            statement = columns.where(image.c.source_id == number, image.c.key.in_(chunk))
            for key, ordinal, state in self._connection.execute(statement):
                result[key] = (Ordinal(ordinal), STATES[state])
        return result

    def removed(self) -> list[RemovedPicture]:
        """Return the pictures that were taken down."""
        return removed.removed(self._connection)

    def pictured(self, hashes: Iterable[str]) -> set[str]:
        """Return those of ``hashes`` that some image passed by the gate has as its picture."""
        hashes_present = pictures.images_with(self._connection, map(bytes.fromhex, hashes))
        return {sha256.hex() for sha256 in hashes_present}

    def vocabulary(self) -> Vocabulary:
        """Return all names with their aliases and implications."""
        rows = self._connection.execute(select(tag.c.id, tag.c.name, tag.c.deprecated)).all()
        names = [""] * (max((row.id for row in rows), default=0) + 1)
        for row in rows:
            names[row.id] = row.name
        implications: defaultdict[TagId, set[TagId]] = defaultdict(set)
        for row in self._connection.execute(select(implication)):
            implications[TagId(row.tag_id)].add(TagId(row.implied_id))
        return Vocabulary(
            names=tuple(names),
            aliases={
                TagId(row.tag_id): TagId(row.target_id)
                for row in self._connection.execute(select(alias))
            },
            implications={tag_id: frozenset(implied) for tag_id, implied in implications.items()},
            deprecated=frozenset(TagId(row.id) for row in rows if row.deprecated),
        )

    def tag_ids(self, names: Iterable[str]) -> dict[str, TagId]:
        """Return the ids of those of ``names`` that exist."""
        ids: dict[str, TagId] = {}
        for chunk in chunks(names):
            for row in self._connection.execute(
                select(tag.c.name, tag.c.id).where(tag.c.name.in_(chunk))
            ):
                ids[row.name] = TagId(row.id)
        return ids

    def tags(self) -> list[Tag]:
        """Return every tag name with its category and texts, by id."""
        labels: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        for row in self._connection.execute(select(tag_label).order_by(tag_label.c.language)):
            labels[row.tag_id].append((row.language, row.label))
        rows = self._connection.execute(select(tag).order_by(tag.c.id))
        return [Tag(**row._mapping, labels=tuple(labels.get(row.id, ()))) for row in rows]

    def tag(self, name: str) -> Tag:
        """Return one tag by its canonical spelling.

        Raises:
            NotFound: There is no tag of this name.
        """
        row = self._connection.execute(select(tag).where(tag.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(f"there is no tag {name!r}")
        labels = select(tag_label.c.language, tag_label.c.label).order_by(tag_label.c.language)
        labels_found = self._connection.execute(labels.where(tag_label.c.tag_id == row.id))
        return Tag(
            **row._mapping, labels=tuple((language, label) for language, label in labels_found)
        )

    def _stored(
        self, statement: Select[Any], facets: dict[int, tuple[str, str]]
    ) -> Iterator[StoredImage]:
        """Yield the images that ``statement``, made of ``_lean``, gives."""
        names = self._attribute_names("image.")
        streamed = statement.execution_options(yield_per=STREAMED_ROWS)
        with self._connection.execute(streamed) as rows:
            for ordinal, tags, packed, width, height, added_at, credit_id, state in rows:
                attributes: dict[str, float] = {"image.added": added_at // _MICROSECONDS}
                if width is not None:
                    attributes["image.width"] = width
                if height is not None:
                    attributes["image.height"] = height
                for number, value in PAIR.iter_unpack(packed):
                    attributes[names[number]] = value
                licence, origin = facets[credit_id]
                yield StoredImage(ordinal, unpack(tags), attributes, licence, origin, state == 0)

    def _attribute_names(self, prefix: str) -> dict[int, str]:
        """Return the names of the attributes by number, each after ``prefix``."""
        rows = self._connection.execute(select(attribute.c.id, attribute.c.name))
        return {row.id: prefix + row.name for row in rows}

    def _facets(self) -> dict[int, tuple[str, str]]:
        """Return (licence, source) of every credit by number; equal pairs are one object."""
        pairs: dict[tuple[str, str], tuple[str, str]] = {}
        statement = select(credit.c.id, credit.c.licence, source.c.name).join(source)
        result = {}
        for number, licence, origin in self._connection.execute(statement):
            pair = (licence, origin)
            result[number] = pairs.setdefault(pair, pair)
        return result

    def credits(self, ids: Iterable[int]) -> dict[int, Credit]:
        """Return credits by number."""
        result = {}
        for chunk in chunks(ids):
            for row in self._connection.execute(_credits.where(credit.c.id.in_(chunk))):
                result[row.id] = Credit(
                    source=row.source,
                    licence=row.licence,
                    digital_source_type=row.digital_source_type,
                    real_person=row.real_person,
                    depicts=row.depicts,
                    author=row.author,
                    generator=row.generator,
                    consent=row.consent,
                )
        return result


def _record(row: Any, names: dict[int, str], terms: Credit) -> ImageRecord:
    """Return a row of the table ``image`` as a value."""
    values = PAIR.iter_unpack(row.attributes)
    return ImageRecord(
        ordinal=Ordinal(row.ordinal),
        key=row.key,
        tags=tuple(map(TagId, unpack(row.tags))),
        credit=terms,
        state=STATES[row.state],
        attributes={names[number]: value for number, value in values},
        width=row.width,
        height=row.height,
        label=row.label,
        reason=row.reason,
        sha256=row.sha256.hex() if row.sha256 else "",
        added_at=row.added_at,
        run=row.run_id,
        line=row.line,
    )
