"""Libraries in a real database, for tests of services and commands."""

from __future__ import annotations

from collections.abc import Mapping

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import Credit, ImageRow

CREDIT = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")
OTHER = Credit("Other Set", "CC-BY-4.0", "digitalArt", real_person=False, depicts="creature")

PORTRAITS: Mapping[int, tuple[str, ...]] = {
    1: ("hair:blonde", "beard"),
    2: ("hair:blonde", "glasses"),
    3: ("hair:black", "beard_full", "hat:top"),
    4: ("hair:black", "specs"),
    5: (),
    6: ("hair:blonde", "beard", "beard_full", "glasses", "smile"),
    7: ("beard", "hat:top"),
}
"""The tags of each image by ordinal; image 7 is hidden."""

WIDTHS = {1: 256, 2: 512, 3: 1024, 4: 512, 5: None, 6: 2048, 7: 512}


def fill(installation: Installation) -> None:
    """Import the portraits, ordinals 1 to 7, and hide the last; aliases and implications: none."""
    rows = [
        ImageRow(
            key=f"p{ordinal}",
            tags=tags,
            credit=OTHER if ordinal % 3 == 0 else CREDIT,
            line=ordinal,
            width=WIDTHS[ordinal],
            attributes=(("score", ordinal / 8),) if ordinal % 2 else (),
        )
        for ordinal, tags in PORTRAITS.items()
    ]
    run = installation.runs.start("demo", {})
    installation.catalogue.write_rows(run, rows, on_existing="skip", position=len(rows))
    installation.runs.finish(run)
    installation.catalogue.set_state(
        ImageSet([7]), "hidden", by="test", origin="test", reason="a test"
    )
