"""What an import reads from and writes to: the library, read options and the tag map."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smashpass.core.errors import BadInput, NotPossible
from smashpass.importing.detect import ReadOptions
from smashpass.services.importing.request import MediaChoice
from smashpass.services.importing.rows.tags import read_tag_map
from smashpass.settings import load

if TYPE_CHECKING:
    from smashpass.bootstrap.container import Container


def open_library(*, create: bool) -> tuple[Container, bool]:
    """Return the services, and whether there is a library; with ``create``, make one if absent."""
    # Imported late: the lock must be taken before half a second of imports.
    from smashpass.bootstrap.container import build

    services = build(load(os.environ))
    if create:
        services.prepare()
        return services, True
    try:
        services.require_library()
    except NotPossible:
        return services, False
    return services, True


def read_options(reading: Mapping[str, Any], media: MediaChoice | None) -> ReadOptions:
    """Return the options for reading a collection."""
    return ReadOptions(
        pictures=media != "none",
        tags_in_names=bool(reading.get("tags_in_names", False)),
        tags_at=str(reading.get("tags_at", "")),
    )


def read_tag_map_file(file: Path | None) -> str:
    """Return the content of a tag map, validated before anything is imported."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(file)) from error
    read_tag_map(text, str(file))
    return text
