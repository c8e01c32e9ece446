"""What commands and pages look at that only adapters know; each imports its adapter when called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smashpass.settings import KEY_FILE, Settings

if TYPE_CHECKING:
    from smashpass.bootstrap.installation import Installation
    from smashpass.core.library.index import Index
    from smashpass.core.pictures.picture import Picture, PictureRefusal


def media_root(settings: Settings) -> Path:
    """Return the folder of picture files."""
    from smashpass.media.folder import folder_of

    return folder_of(settings.text("media_url"))


def has_secret_key(settings: Settings) -> bool:
    """Tell whether there is a secret key already, given or made at an earlier start."""
    return settings.values["secret_key"] is not None or (settings.home / KEY_FILE).exists()


def schema_versions(installation: Installation) -> tuple[str | None, str | None]:
    """Return the version of the database's schema, and the one that this program needs."""
    from smashpass.store.engine.database import schema_head, schema_version

    return schema_version(installation.engine), schema_head()


def durability(installation: Installation) -> str:
    """Return how the database keeps confirmed writes.

    Raises:
        NotPossible: It may lose them.
    """
    from smashpass.store.operations import health

    return health.durability(installation.engine)


def check_database(installation: Installation) -> str:
    """Check the integrity of the database.

    Raises:
        NotPossible: It is damaged.
    """
    from smashpass.store.operations import health

    return health.quick_check(installation.engine)


def snapshot_differences(snapshot: Index, database: Index, limit: int) -> list[str]:
    """Return up to ``limit`` differences of a snapshot from an index built from the database."""
    from smashpass.snapshots.compare import compare

    return compare(snapshot, database, limit)


def all_swipes(installation: Installation) -> Iterator[Any]:
    """Yield every swipe with its viewer's name and its revision, as a stream."""
    from smashpass.store.operations import export

    return export.all_swipes(installation.engine)


def pseudonym_key(installation: Installation) -> bytes:
    """Return the key from which this installation makes pseudonyms of viewers."""
    from smashpass.store.engine.database import id_key

    return id_key(installation.engine)


def inspect_picture(installation: Installation, path: Path) -> Picture | PictureRefusal:
    """Decode one file in a child process, and write nothing."""
    from smashpass.media.pool import Task

    with installation.decoders(workers=1) as pool:
        (picture,) = pool.inspect([Task(str(path.resolve()), ())])
    return picture


def private_picture(installation: Installation, folder: str, name: str) -> bytes:
    """Return the picture ``name`` of the collection in ``folder``; b"" if there is none.

    Raises:
        NotPossible: Nothing can be decoded, or nothing written.
    """
    from smashpass.media import private

    return private.private_picture(folder, name, installation.home)
