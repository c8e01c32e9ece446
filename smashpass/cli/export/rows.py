"""What ``smashpass export`` writes: the rows of swipes, library and audit trail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import blake2b
from itertools import islice

from smashpass.bootstrap.inspection import all_swipes, pseudonym_key
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
"""Columns of each dataset; all are text except those below."""
NUMBERS = frozenset({"id", "width", "height"})
TRUTHS = frozenset({"undone", "real_person"})


def rows(installation: Installation, dataset: str) -> Iterator[Row]:
    """Yield the rows of ``dataset``, as a stream."""
    stream = {"swipes": _swipes, "library": _library, "audit": _audit}[dataset](installation)
    for values in stream:
        yield dict(zip(COLUMNS[dataset], values, strict=True))


def _swipes(installation: Installation) -> Iterator[tuple[object, ...]]:
    """Yield swipes; viewers get a pseudonym specific to this installation that grants no access."""
    key, encode = pseudonym_key(installation), installation.image_ids.encode
    for row in all_swipes(installation):
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
    """Yield the servable images, with their own tags."""
    index, encode = installation.library.index, installation.image_ids.encode
    names, ordinals = index.vocabulary.names, iter(index.live)
    while batch := list(islice(ordinals, AT_ONCE)):
        for image in installation.catalogue.images(batch):
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


def _audit(installation: Installation) -> Iterator[tuple[object, ...]]:
    """Yield the audit trail; its digests allow independent verification."""
    for entry in installation.audit.entries():
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
