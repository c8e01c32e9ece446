"""Modes of files: an installation is for its owner alone, other files as the umask of the user."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_OWNER_ONLY = 0o077
_user_umask: ContextVar[int | None] = ContextVar("user_umask", default=None)


def keep_files_private() -> None:
    """Let what this process writes be for its owner alone, from now on."""
    _user_umask.set(os.umask(_OWNER_ONLY))


@contextmanager
def as_the_user_wants() -> Iterator[None]:
    """Write files outside of the installation, with the modes that other programs give them."""
    umask = _user_umask.get()
    if umask is None:
        yield
        return
    before = os.umask(umask)
    try:
        yield
    finally:
        os.umask(before)
