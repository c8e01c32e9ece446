"""Exports: the rows of swipes, library and audit trail, for other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import Any

from smashpass.core.imageset import Ordinal
from smashpass.core.timestamps import moment_text
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.operations import AuditTrail
from smashpass.services.runtime.library import LiveLibrary

Row = dict[str, object]

AT_ONCE = 2_000
_VERDICTS = ("pass", "smash")

COLUMNS = {
    "swipes": ("viewer", "age_band", "image", "verdict", "at", "app_verdict", "undone", "revision"),
    "library": ("image", "key", "source", "licence", "author", "digital_source_type", "generator",
                "real_person", "depicts", "tags", "attributes", "width", "height", "label",
                "sha256", "added_at"),
    "audit": ("id", "at", "actor", "action", "target", "detail", "sha256"),
}  # fmt: skip
"""Columns of each dataset; all are text except those below."""
NUMBERS = frozenset({"id", "width", "height"})
TRUTHS = frozenset({"undone", "real_person"})


class ExportService:
    """Streams what is stored; viewers are pseudonymous."""

    def __init__(
        self,
        *,
        library: Callable[[], LiveLibrary],
        store: LibraryStore,
        trail: AuditTrail,
        swipes: Callable[[], Iterable[Any]],
        pseudonym_key: Callable[[], bytes],
        name_image: Callable[[Ordinal], str],
    ) -> None:
        """Create the service.

        Args:
            library: Returns the index that this process answers from.
            store: The library.
            trail: The audit trail.
            swipes: Returns every swipe with its viewer's name and its revision.
            pseudonym_key: Returns the key from which pseudonyms are made.
            name_image: Returns the public id of an image.
        """
        self._library, self._store, self._trail = library, store, trail
        self._all_swipes, self._pseudonym_key = swipes, pseudonym_key
        self._name_image = name_image

    def rows(self, dataset: str) -> Iterator[Row]:
        """Yield the rows of ``dataset``, as a stream."""
        streams = {"swipes": self._swipes, "library": self._images, "audit": self._entries}
        for values in streams[dataset]():
            yield dict(zip(COLUMNS[dataset], values, strict=True))

    def _swipes(self) -> Iterator[tuple[object, ...]]:
        """Yield swipes; viewers get pseudonyms of this installation, which grant no access."""
        key, encode = self._pseudonym_key(), self._name_image
        for row in self._all_swipes():
            name = blake2b(row.name.encode(), key=key, digest_size=12).hexdigest()
            yield (
                name,
                row.age_band,
                encode(Ordinal(row.image)),
                _VERDICTS[row.verdict],
                moment_text(row.at),
                None if row.app_verdict is None else _VERDICTS[row.app_verdict],
                bool(row.undone),
                row.sha256,
            )

    def _images(self) -> Iterator[tuple[object, ...]]:
        """Yield the servable images, with their own tags."""
        index, encode = self._library().index, self._name_image
        names, ordinals = index.vocabulary.names, iter(index.live)
        while batch := list(islice(ordinals, AT_ONCE)):
            for image in self._store.images(batch):
                credit = image.credit
                yield (
                    encode(image.ordinal),
                    image.key,
                    credit.source,
                    credit.licence,
                    credit.author,
                    credit.digital_source_type,
                    credit.generator,
                    credit.real_person,
                    credit.depicts,
                    " ".join(sorted(names[tag] for tag in image.tags)),
                    json.dumps(dict(image.attributes), sort_keys=True),
                    image.width,
                    image.height,
                    image.label,
                    image.sha256,
                    moment_text(image.added_at),
                )

    def _entries(self) -> Iterator[tuple[object, ...]]:
        """Yield the audit trail; its digests allow independent verification."""
        for entry in self._trail.entries():
            detail = json.dumps(entry.detail, sort_keys=True)
            yield (
                entry.id,
                moment_text(entry.at),
                entry.actor,
                entry.action,
                entry.target,
                detail,
                entry.sha256,
            )
