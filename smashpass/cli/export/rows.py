"""What ``smashpass export`` writes: the rows of swipes, library and audit trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.core.timestamps import moment_text

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
"""Columns by what is exported; all are texts but those below."""
NUMBERS = frozenset({"id", "width", "height"})
TRUTHS = frozenset({"undone", "real_person"})


def rows(installation: Installation, what: str) -> Iterator[Row]:
    """Yield rows with the columns of ``what``, as a stream."""
    found = {"swipes": _swipes, "library": _library, "audit": _audit}[what](installation)
    for values in found:
        yield dict(zip(COLUMNS[what], values, strict=True))


def _swipes(installation: Installation) -> Iterator[tuple[object, ...]]:
    """Yield swipes; a viewer has a name of this installation's exports, which opens nothing."""
    from smashpass.store.engine.database import id_key
    from smashpass.store.operations.export import all_swipes

    key, encode = id_key(installation.engine), installation.image_ids.encode
    for row in all_swipes(installation.engine):
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


def _library(installation: Installation) -> Iterator[tuple[object, ...]]:
    """Yield the images that may be served, with their own tags."""
    index, encode = installation.library.index, installation.image_ids.encode
    names, ordinals = index.vocabulary.names, iter(index.live)
    while some := list(islice(ordinals, AT_ONCE)):
        for one in installation.catalogue.images(some):
            credit = one.credit
            yield (
                encode(one.ordinal),
                one.key,
                credit.source,
                credit.licence,
                credit.author,
                credit.digital_source_type,
                credit.generator,
                credit.real_person,
                credit.depicts,
                " ".join(sorted(names[tag] for tag in one.tags)),
                json.dumps(dict(one.attributes), sort_keys=True),
                one.width,
                one.height,
                one.label,
                one.sha256,
                moment_text(one.added_at),
            )


def _audit(installation: Installation) -> Iterator[tuple[object, ...]]:
    """Yield the audit trail; by its digests it can be checked without us."""
    for one in installation.audit.entries():
        detail = json.dumps(one.detail, sort_keys=True)
        yield one.id, moment_text(one.at), one.actor, one.action, one.target, detail, one.sha256
