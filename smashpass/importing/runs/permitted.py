"""Where imports started from a page may read: below the folders permitted by the operator."""

from __future__ import annotations

import os
from pathlib import Path

from smashpass.core.errors import BadInput, NotPossible


def permitted(source: str, folders: str) -> Path:
    """Return the place of a collection, links resolved, if it is below a permitted folder.

    Args:
        source: The file or folder that somebody named.
        folders: The setting ``import_folders``; "" permits none.

    Raises:
        NotPossible: No folder is permitted.
        BadInput: It does not exist, or is not below one of the folders.
    """
    roots = [Path(part).resolve() for part in folders.split(os.pathsep) if part.strip()]
    if not roots:
        raise NotPossible(
            "imports cannot be started from here",
            hint="set SMASHPASS_IMPORT_FOLDERS, or type `smashpass import` on the server",
        )
    try:
        place = Path(source).resolve(strict=True)
    except (OSError, ValueError) as error:
        raise BadInput(f"there is nothing at {source[:200]!a}", hint="check the path") from error
    if not any(place == root or root in place.parents for root in roots):
        raise BadInput(
            f"{source[:200]!a} is not below a permitted folder",
            hint=f"use one below {', '.join(map(str, roots))}",
        )
    return place
