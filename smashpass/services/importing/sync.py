"""What left a collection goes out of sight, and comes back when it comes back; nothing is deleted.

Only images that this very collection brought are touched: another one may have the same source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.errors import NotPossible
from smashpass.core.imageset import EMPTY, ImageSet
from smashpass.core.operations.changelog import Change
from smashpass.services.importing.batches import BATCH_ROWS, batches
from smashpass.services.importing.gate import Gate, Refusal
from smashpass.services.importing.ports import UNREADABLE_FOLDER, Reader
from smashpass.services.ports.library import LibraryStore, LibraryView

LEFT = "left the source"
"""How the reason of an image begins that was hidden because of that."""


@dataclass(frozen=True, slots=True)
class SyncDifference:
    """The images that left a collection, and those that left before and are there again.

    ``closed`` is the first folder of it that could not be read, "" if there is none.
    """

    gone: ImageSet = EMPTY
    back: ImageSet = EMPTY
    closed: str = ""

    def check(self, read: int, percent: float) -> None:
        """Refuse to hide more than ``percent`` of what was and is there.

        Raises:
            NotPossible: It is more: perhaps the collection was cut off, not thinned out. Or a
                folder of it could not be read.
        """
        gone = len(self.gone)
        if gone and self.closed:
            raise NotPossible(
                f"the folder {self.closed!a} cannot be read, so it is not known which of "
                f"{gone:,} images left the source; none was hidden",
                hint="make it readable for this user and import again",
            )
        if gone and gone * 100 > percent * (gone + read):
            raise NotPossible(
                f"{gone:,} of {gone + read:,} images left the source: more than {percent:g} %; "
                "none was hidden",
                hint="if this is intended, raise --sync-limit",
            )


def compare(reader: Reader, gate: Gate, view: LibraryView) -> SyncDifference:
    """Return how the library differs from a collection, by the keys of its records.

    Cost: reads the collection once more. Memory: one bit or two an image.
    """
    present, present_and_accepted = EMPTY, EMPTY
    sources: dict[str, None] = {}
    left_out: list[str] = []
    closed = ""

    def refuse(refusal: Refusal) -> None:
        nonlocal closed
        if refusal.code == UNREADABLE_FOLDER:
            closed = closed or refusal.key
        if refusal.row is None and refusal.key:
            left_out.append(refusal.key)

    for batch in batches(reader, gate, refuse, size=BATCH_ROWS, pictures_settle=True):
        keys: defaultdict[str, list[str]] = defaultdict(list)
        accepted: set[tuple[str, str]] = set()
        for row in batch.rows:
            keys[row.credit.source].append(row.key)
            if not row.refusal:
                accepted.add((row.credit.source, row.key))
        sources |= dict.fromkeys(keys)
        for source in sources:
            # A row too broken to be stored may be of any source; its image did not leave.
            stored = view.known(source, [*keys[source], *left_out])
            present |= ImageSet(ordinal for ordinal, _ in stored.values())
            present_and_accepted |= ImageSet(
                stored[key][0] for key in stored if (source, key) in accepted
            )
        left_out.clear()
    gone = view.brought_by(reader.place, "live") - present
    back = view.brought_by(reader.place, "hidden", LEFT) & present_and_accepted
    return SyncDifference(gone, back, closed)


def apply(library: LibraryStore, difference: SyncDifference, run: int) -> Sequence[Change]:
    """Hide what left and show what came back."""
    by = f"run {run}"
    changes = (
        library.set_state(
            difference.gone, "hidden", by=by, origin="import", reason=f"{LEFT} before run {run}"
        ),
        library.set_state(difference.back, "live", by=by, origin="import", reason=""),
    )
    return [change for change in changes if change is not None]
