"""Hashes of pictures that came before hashes were kept: made from originals, or from what is shown.

A pixel hash needs the original, which only linked pictures still have. A signature can be made from
the files that are shown too, so that takedowns find near pictures; of those the pixel hash stays
unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.services.ports.library import DecodePictures, LibraryStore

BATCH = 100
"""Pictures in one transaction: some seconds of decoding, which an interruption may cost."""


@dataclass(slots=True)
class HashedPictures:
    """What became of pictures without hashes.

    Attributes:
        total: How many there were.
        whole: Those that have pixel hash and signature now.
        signed: Those that have a signature alone.
        failed: Hash of a picture → why it has neither.
    """

    total: int
    whole: int = 0
    signed: int = 0
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def done(self) -> int:
        """How many were looked at."""
        return self.whole + self.signed + len(self.failed)


def hash_pictures(
    records: LibraryStore,
    originals: DecodePictures,
    previews: DecodePictures,
    progressed: Callable[[HashedPictures], None],
) -> HashedPictures:
    """Make the hashes of all pictures that lack them; an interrupted run goes on by the next.

    Args:
        records: Where they are kept.
        originals: Decodes linked originals, if they are still what they were.
        previews: Decodes the files that are shown.
        progressed: Hears after each batch.

    Raises:
        NotPossible: No picture can be decoded at all.
    """
    missing = records.pictures_without_signature()
    outcome = HashedPictures(len(missing))
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        looks = _looks(originals, previews, batch)
        readable = [look for look in looks if isinstance(look, Picture)]
        records.record_likeness(readable)
        outcome.whole += sum(bool(look.pixels) for look in readable)
        outcome.signed += sum(not look.pixels for look in readable)
        outcome.failed += tuple(
            (picture.sha256, look.reason)
            for picture, look in zip(batch, looks, strict=True)
            if isinstance(look, PictureRefusal)
        )
        progressed(outcome)
    return outcome


def _looks(
    originals: DecodePictures, previews: DecodePictures, batch: Sequence[Picture]
) -> list[Picture | PictureRefusal]:
    """Return each picture with its look, under its own hash."""
    linked = [picture for picture in batch if picture.origin]
    by_hash = {
        picture.sha256: look
        for picture, look in zip(linked, originals(linked), strict=True)
        if isinstance(look, Picture)
    }
    rest = [picture for picture in batch if picture.sha256 not in by_hash]
    shown = dict(zip((picture.sha256 for picture in rest), previews(rest), strict=True))
    looks: list[Picture | PictureRefusal] = []
    for picture in batch:
        original, preview = by_hash.get(picture.sha256), shown.get(picture.sha256)
        if original is not None:
            look = replace(picture, pixels=original.pixels, signature=original.signature)
            looks.append(look)
        elif isinstance(preview, Picture):
            looks.append(replace(picture, pixels="", signature=preview.signature))
        else:
            assert preview is not None
            looks.append(preview)
    return looks
