"""The use cases of one installation: all that pages, API and command line may call."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from smashpass.bootstrap.installation import Installation
from smashpass.settings import Settings

if TYPE_CHECKING:
    from smashpass.services.rules.authoring.service import DraftService
    from smashpass.services.rules.service import RuleService
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

    @cached_property
    def drafts(self) -> DraftService:
        """Rules as they are written."""
        from smashpass.services.rules.authoring.service import DraftService

        parts = self.installation
        return DraftService(
            drafts=parts.drafting,
            rules=self.rules,
            library=parts.library,
            ends_of=lambda revision, tree: parts.recorded(revision).of(tree),
        )

    @property
    def library(self) -> LiveLibrary:
        """The index that this process answers from."""
        return self.installation.library

    @cached_property
    def rules(self) -> RuleService:
        """What decides, and how something else comes to decide."""
        from smashpass.services.rules.service import RuleService

        parts = self.installation
        return RuleService(
            live=parts.rules,
            publisher=parts.publishing,
            canaries=parts.canarying,
            impacts=parts.impacts,
            library=parts.library,
            load=parts.load_rules,
        )


def build(settings: Settings, clock: Callable[[], int] | None = None) -> Container:
    """Return the services of the installation that the settings describe; opens nothing.

    Args:
        settings: The settings.
        clock: Returns the time in microseconds since 1970; the system's if absent.
    """
    return Container(Installation(settings, clock))
