"""What commands and pages look at that only adapters know; each imports its adapter when called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smashpass.core.errors import NotPossible
from smashpass.settings import KEY_FILE, Settings

if TYPE_CHECKING:
    from smashpass.bootstrap.installation import Installation
    from smashpass.core.library.index import Index
    from smashpass.core.pictures.picture import Picture, PictureRefusal
    from smashpass.services.operations.scorers import CheckResult


def media_root(settings: Settings) -> Path | None:
    """Return the folder of picture files; None if they are in a bucket."""
    from smashpass.media.folder import folder_of

    url = settings.text("media_url")
    return None if url.startswith("s3://") else folder_of(url)


def check_media(installation: Installation) -> str:
    """Write, read and remove a file where the pictures are; return where that is.

    Raises:
        BadSetting: No pictures can be kept at the address.
        NotPossible: One of it fails, or strangers can read the files.
    """
    return installation.media.check()


def sandbox() -> CheckResult:
    """Decode a tiny picture with limits and without network, and warn if one does not hold.

    Raises:
        NotPossible: It cannot be decoded.
    """
    from smashpass.media.sandbox import limits_in_force
    from smashpass.services.operations.scorers import CheckResult

    limits, missing, connects = limits_in_force()
    if not missing and not connects:
        return CheckResult(limits)
    if not missing:
        return CheckResult(
            "the processes that decode pictures can open connections: this kernel takes no filter "
            "of system calls (seccomp) from them, so a picture that takes one over reaches the "
            "network; import where there is none, such as in a container without network",
            is_warning=True,
        )
    return CheckResult(
        f"pictures are decoded without a limit of {' and '.join(missing)}, so that one picture "
        "can exhaust the machine; import on a system that keeps limits of processes (setrlimit)",
        is_warning=True,
    )


def media_origin(installation: Installation) -> str:
    """Return the origin that browsers get pictures from, "" if it is our own.

    Raises:
        MediaUnavailable: There are no credentials to sign addresses with.
    """
    if installation.settings.text("media_addresses") != "direct":
        return ""
    from smashpass.media.bucket.objects import ObjectStore

    media = installation.media
    assert isinstance(media, ObjectStore)
    return media.origin()


def training_file(installation: Installation, sha256: str) -> Path:
    """Return the file of a picture that a model is to be trained with.

    Raises:
        NotPossible: The pictures are in a bucket.
    """
    from smashpass.media.folder import MediaFolder

    media = installation.media
    if not isinstance(media, MediaFolder):
        raise NotPossible(
            "models are trained with pictures in a folder, and these are in a bucket",
            where="SMASHPASS_MEDIA_URL",
            hint="copy them into a folder and name it for this command: file:///PATH",
        )
    large = media.path(sha256, "large")
    return large if large.exists() else media.path(sha256, "small")


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
