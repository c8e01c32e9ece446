"""The pictures of a batch: every file that a row brings is looked at before the row is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from smashpass.core.library.credit import ImageRow
from smashpass.core.library.stored import OnExisting
from smashpass.core.pictures.likeness import Near, RemovedPictures
from smashpass.core.pictures.marks import Marks
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.core.pictures.source_types import made_by_ai, stronger
from smashpass.services.importing.batches import Batch
from smashpass.services.importing.gate import Refusal
from smashpass.services.importing.ports import ExaminePictures
from smashpass.services.importing.rows.credits import NO_SOURCE_TYPE, NO_SOURCE_TYPE_REASON
from smashpass.services.importing.rows.omissions import Warnings
from smashpass.services.ports.library import LibraryView

TAKEN_DOWN_CODE = "taken_down"
NEAR_CODE = "near_taken_down"
PICTURE_BATCH_ROWS = 200
"""Rows in one transaction where pictures are looked at: a few seconds on two cores."""


@dataclass(frozen=True, slots=True)
class PictureStep:
    """Fills in what the pictures of rows are.

    Attributes:
        examine: Looks at files.
        folder: What their names start from.
        on_existing: Under ``skip``, pictures of images that the library knows are left alone.
        removed: The pictures that were taken down. One of them refuses its row; one that is near
            to them puts it into quarantine.
        warnings: Where it is counted which pictures say more than was stated of them.
    """

    examine: ExaminePictures
    folder: str
    on_existing: OnExisting
    removed: RemovedPictures
    warnings: Warnings

    def filled(
        self,
        batches: Iterable[Batch],
        keys_let_in: Callable[[str, Sequence[str]], set[str]],
        refused: Callable[[Refusal], None],
    ) -> Iterator[Batch]:
        """Yield each batch with the pictures of its rows; rows without a usable one are refused.

        Rows in quarantine bring their pictures, which are sent to nobody until they are released;
        one that names no picture goes there without, and one that was taken down is left out.

        Args:
            batches: What the gate let through.
            keys_let_in: Gives the keys of a source that the library has and will leave as they are.
            refused: Called for each refused row, in order, before its batch is yielded.
        """
        for batch in batches:
            left_alone = self._left_alone(batch.rows, keys_let_in)
            places = [
                place
                for place, row in enumerate(batch.rows)
                if (row.file or not row.refusal) and (row.credit.source, row.key) not in left_alone
            ]
            names = [batch.rows[place].file for place in places]
            stated = [batch.rows[place].credit.digital_source_type for place in places]
            pictures = self.examine(self.folder, names, stated)
            picture_at = dict(zip(places, pictures, strict=True))
            rows: list[ImageRow] = []
            for place, row in enumerate(batch.rows):
                picture = picture_at.get(place)
                if isinstance(picture, Picture) and self.removed.has(picture):
                    picture = PictureRefusal(TAKEN_DOWN_CODE, "this picture was taken down here")
                if picture is None:
                    rows.append(row)
                elif isinstance(picture, Picture):
                    rows.append(self._pictured(row, picture, refused))
                elif not row.refusal:
                    refused(Refusal(row.line, row.key, picture.code, picture.reason))
                elif picture.code != TAKEN_DOWN_CODE:
                    rows.append(replace(row, refusal=f"{row.refusal}; {picture.reason}"))
            left_out = batch.left_out + len(batch.rows) - len(rows)
            yield Batch(rows, batch.position, left_out)

    def _pictured(
        self, row: ImageRow, picture: Picture, refused: Callable[[Refusal], None]
    ) -> ImageRow:
        """Return a row with its picture, kept in quarantine if that is near one taken down."""
        row = replace(row, picture=picture, width=picture.width, height=picture.height)
        row = self._credited(row, picture.marks)
        near = self.removed.near(picture)
        if not near and (row.refusal or row.credit.digital_source_type):
            return row
        if not near:
            row = replace(row, refusal=NO_SOURCE_TYPE_REASON)
            refused(Refusal(row.line, row.key, NO_SOURCE_TYPE, row.refusal, row))
            return row
        reason = _near_reason(near[0])
        if row.refusal:  # reported already
            return replace(row, refusal=f"{row.refusal}; {reason}")
        quarantined = replace(row, refusal=reason)
        refused(Refusal(row.line, row.key, NEAR_CODE, reason, quarantined))
        return quarantined

    def _credited(self, row: ImageRow, marks: Marks) -> ImageRow:
        """Return a row with what its picture says beyond what was stated."""
        warnings, credit = self.warnings, row.credit
        if marks.has_c2pa:
            warnings.c2pa = (warnings.c2pa[0] + 1, warnings.c2pa[1] or row.line)
        source_type = stronger(credit.digital_source_type, marks.digital_source_type)
        if source_type != credit.digital_source_type and made_by_ai(source_type):
            count, line = warnings.by_ai.get(source_type, (0, row.line))
            warnings.by_ai[source_type] = (count + 1, line)
        generator = credit.generator or (marks.generator if marks.generated else "")
        changed = replace(
            credit,
            digital_source_type=source_type,
            author=credit.author or marks.author,
            generator=generator,
        )
        return replace(row, credit=changed)

    def _left_alone(
        self, rows: Sequence[ImageRow], keys_let_in: Callable[[str, Sequence[str]], set[str]]
    ) -> set[tuple[str, str]]:
        """Return (source, key) of the images that the import will not touch."""
        if self.on_existing != "skip":
            return set()
        keys: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            keys[row.credit.source].append(row.key)
        return {
            (source, key)
            for source, source_keys in keys.items()
            for key in keys_let_in(source, source_keys)
        }


def _near_reason(near: Near) -> str:
    """Say which picture that was taken down another one is near to."""
    return (
        f"the picture looks like one that was taken down, {near.sha256[:16]} "
        f"(distance {near.distance:.1f} of 255)"
    )


def let_in(view: LibraryView, source: str, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that the library has of ``source``, past the gate."""
    stored = view.known(source, keys)
    return {key for key, (_, state) in stored.items() if state != "quarantined"}
