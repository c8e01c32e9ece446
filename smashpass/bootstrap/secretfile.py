"""The secret that signs what browsers carry, in a file that only its owner may read."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from smashpass.core.errors import NotPossible
from smashpass.durable import make_folder, sync_folder


def read_or_make(path: Path, shortest: int) -> str:
    """Return the secret in ``path``; where there is none, make one. Several may do so at once.

    Args:
        path: The file.
        shortest: Characters that a secret must have.

    Raises:
        NotPossible: The file cannot be read or written, is damaged, or others may read it.
    """
    try:
        make_folder(path.parent)
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise NotPossible(
                "others may read the secret", where=str(path), hint="run: chmod 600 on it"
            )
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotPossible(
            f"cannot keep the secret: {error}", where=str(path), hint="check SMASHPASS_HOME"
        ) from error
    if len(secret) < shortest:
        raise NotPossible(
            "the secret is too short", where=str(path), hint="remove the file to have one made"
        )
    return secret


def _make(path: Path) -> None:
    """Write a new secret beside ``path`` and give it the name, unless another was faster."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # the first secret stays
            os.link(beside, path)
    finally:
        beside.unlink()
    sync_folder(path.parent)
