"""The hook of the project ``smashpass``, for plugins of the entry-point group below.

A plugin imports ``hookimpl`` and implements :func:`smashpass_scorers`; scorers are defined in
``smashpass.services.scoring.ports``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import pluggy

from smashpass.services.scoring.ports import Scorer

PROJECT = "smashpass"
GROUP = "smashpass.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class PluginSettings(Protocol):
    """The settings, as plugins get them."""

    @property
    def values(self) -> Mapping[str, str | None]:
        """Name in lower case without prefix → value, None if unset."""


@hookspec
def smashpass_scorers(settings: PluginSettings) -> Iterable[Scorer]:  # type: ignore[empty-body]
    """Return the scorers of a plugin; called once in a process, which must be quick."""
