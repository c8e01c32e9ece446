"""File modes: installations are owner-only, other output follows the user's umask."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OWNER_ONLY = 0o077
_original_umask: ContextVar[int | None] = ContextVar("original_umask", default=None)


def keep_files_private() -> None:
    """Make every file this process writes owner-only from now on."""
    _original_umask.set(os.umask(_OWNER_ONLY))


@contextmanager
def user_umask() -> Iterator[None]:
    """Apply the user's own umask, for files written outside the installation."""
    umask = _original_umask.get()
    if umask is None:
        yield
        return
    before = os.umask(umask)
    try:
        yield
    finally:
        os.umask(before)
