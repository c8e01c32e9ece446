"""The use cases of one installation: all that pages, API and command line may call."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from smashpass.bootstrap.installation import Installation
from smashpass.settings import Settings

if TYPE_CHECKING:
    from smashpass.core.imageset import Ordinal
    from smashpass.core.library.index import Index
    from smashpass.core.pictures.picture import Picture
    from smashpass.services.decisions.service import DecisionService
    from smashpass.services.decks.service import DeckService
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
    def decisions(self) -> DecisionService:
        """Decisions on single images, and what was decided before."""
        from smashpass.services.decisions.service import DecisionService

        parts = self.installation

        def picture_of(index: Index, ordinal: Ordinal) -> Picture | None:
            return next((card.picture for card in parts.cards.of(index, [ordinal])), None)

        return DecisionService(
            rules=parts.rules,
            library=parts.library,
            scoring=lambda: parts.scoring,
            picture_of=picture_of,
            recorder=lambda: parts.recorder,
            publisher=parts.publishing,
            load=parts.load_rules,
            changes=parts.changes,
            statistics=parts.statistics,
            newest_records=parts.newest_decisions,
        )

    @cached_property
    def decks(self) -> DeckService:
        """Viewers, their decks, and their verdicts."""
        from smashpass.services.decks.service import DeckService

        parts = self.installation
        return DeckService(
            library=parts.library,
            rules=parts.rules,
            cards=parts.cards,
            scoring=parts.scoring,
            finder=parts.tag_finder,
            recorder=parts.recorder,
            viewers=parts.viewers,
            states=parts.viewer_states,
            swipes=parts.swipes,
            revisions=parts.revisions,
            ids=parts.image_ids,
            clock=self.clock,
        )

    @cached_property
    def drafts(self) -> DraftService:
        """Rules as they are written."""
        from smashpass.services.rules.authoring.service import DraftService

        parts = self.installation
        return DraftService(
            drafts=parts.drafting,
            rules=self.rules,
            library=parts.library,
            ends_of=lambda revision, tree: self.decisions.counts(revision).of(tree),
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
