"""The use cases of one installation: all that pages, API and command line may call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smashpass.bootstrap.installation import Installation
from smashpass.settings import Settings

if TYPE_CHECKING:
    from smashpass.services.runtime.library import LiveLibrary


class Container:
    """The services of one installation, one per room; databases and files stay behind them.

    A service is made when it is first asked for: a command starts without importing the others,
    and nothing that is unsafe to fork exists before a fork.
    """

    def __init__(self, installation: Installation) -> None:
        """Keep the adapters, which only services get at."""
        self.installation = installation
        self.settings = installation.settings
        self.clock = installation.clock

    @property
    def library(self) -> LiveLibrary:
        """The index that this process answers from."""
        return self.installation.library


def build(settings: Settings, clock: Callable[[], int] | None = None) -> Container:
    """Return the services of the installation that the settings describe; opens nothing.

    Args:
        settings: The settings.
        clock: Returns the time in microseconds since 1970; the system's if absent.
    """
    return Container(Installation(settings, clock))
