"""The use cases of one installation: all that pages, API and command line may call."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.operator_services import OperatorServices
from smashpass.clock import Clock, system_clock
from smashpass.settings import Settings

if TYPE_CHECKING:
    from smashpass.core.imageset import Ordinal
    from smashpass.core.library.index import Index
    from smashpass.core.pictures.picture import Picture
    from smashpass.services.decisions.service import DecisionService
    from smashpass.services.decks.examples import ExampleService
    from smashpass.services.decks.images import ImageService
    from smashpass.services.decks.results import ResultService
    from smashpass.services.decks.service import DeckService
    from smashpass.services.moderation.service import ModerationService
    from smashpass.services.pictures.files import PictureService
    from smashpass.services.ports.people import AttemptStore
    from smashpass.services.privacy.disclosure import TransparencyService
    from smashpass.services.privacy.service import PrivacyService
    from smashpass.services.rules.authoring.service import DraftService
    from smashpass.services.rules.service import RuleService
    from smashpass.services.runtime.library import LiveLibrary
    from smashpass.services.search.prompt import PromptService
    from smashpass.services.search.service import SearchService
    from smashpass.services.search.similar import SimilarityService
    from smashpass.services.tagging.changes import ChangeService
    from smashpass.services.tagging.claims import ClaimService
    from smashpass.services.tagging.service import TaggingService
    from smashpass.services.vocabulary.service import VocabularyService


class Container(OperatorServices):
    """The services of one installation, one per room; databases and files stay behind them.

    A service is made when it is first asked for: a command starts without importing the others,
    and nothing that is unsafe to fork exists before a fork.
    """

    def __init__(self, installation: Installation) -> None:
        """Keep the adapters, which only services get at."""
        self.installation = installation
        self.settings = installation.settings
        self.clock: Clock = lambda: installation.clock()

    def prepare(self) -> None:
        """Make home and schema, or bring them up to date.

        Raises:
            NotPossible: The home or the database may only be read.
        """
        self.installation.prepare()

    def require_library(self) -> None:
        """Refuse to go on where nothing was ever imported or published.

        Raises:
            NotPossible: There is no database yet.
        """
        self.installation.require_library()

    def require_writable(self) -> None:
        """Refuse to go on where nothing can be written.

        Raises:
            NotPossible: The home or the database may only be read.
        """
        self.installation.require_writable()

    def check_models(self) -> None:
        """Refuse to go on with settings of scorers and prompts that no server could start with.

        Raises:
            BadSetting: One is wrong, or needs packages that are not installed.
            NotPossible: A plugin cannot be used.
        """
        _ = self.installation.provided_scorers
        if self.settings.text("prompt_embeddings") == "on":
            from smashpass.search.meanings import require_packages

            require_packages()

    def warm(self) -> None:
        """Make every service that requests share, so that no two threads make one at once."""
        self.installation.warm()
        for name in ("accounts", "audit", "backups", "changes", "claims", "decisions", "decks",
                     "examples", "images", "imports", "jobs", "moderation", "overview",
                     "preferences", "privacy", "prompts", "results", "rules", "scorers", "search",
                     "sign_in", "tagging", "traffic", "transparency", "vocabulary"):  # fmt: skip
            getattr(self, name)

    def close(self) -> None:
        """Close the connections to the database; the next use opens new ones."""
        self.installation.engine.dispose()

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
            last_figures=parts.statistics.last,
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
            finder=parts.tag_finder.find_by_meaning,
            likeness_to=parts.similarity.likeness_to,
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

    @cached_property
    def changes(self) -> ChangeService:
        """The log of all edits, and undoing them."""
        from smashpass.services.tagging.changes import ChangeService

        return ChangeService(
            library=self.library,
            store=self.installation.catalogue,
            log=self.installation.changes,
            jobs=self.installation.jobs,
            trail=self.installation.audit,
        )

    @cached_property
    def claims(self) -> ClaimService:
        """Who is at which image of a queue."""
        from smashpass.services.tagging.claims import ClaimService

        return ClaimService(self.installation.accounts, self.clock)

    @cached_property
    def examples(self) -> ExampleService:
        """Example cards for those who are new."""
        from smashpass.services.decks.examples import ExampleService

        return ExampleService(
            library=self.library,
            rules=self.installation.rules,
            cards=self.installation.cards,
            store=self.installation.catalogue,
        )

    @cached_property
    def images(self) -> ImageService:
        """Images by their public ids, and their cards."""
        from smashpass.services.decks.images import ImageService

        return ImageService(
            library=self.library,
            ids=self.installation.image_ids,
            cards=self.installation.cards,
            store=self.installation.catalogue,
        )

    @property
    def library(self) -> LiveLibrary:
        """The index that this process answers from."""
        return self.installation.library

    @cached_property
    def moderation(self) -> ModerationService:
        """Notices as cases, the quarantine, takedowns."""
        from smashpass.bootstrap.inspection import inspect_picture, private_picture
        from smashpass.services.moderation.service import ModerationService

        parts = self.installation
        return ModerationService(
            library=self.library,
            images=self.images,
            store=parts.catalogue,
            notices=parts.notices,
            decisions=parts.case_decisions,
            takedown=parts.takedown,
            files=parts.media,
            runs=parts.runs,
            trail=parts.audit,
            screening=parts.screening,
            decode_original=lambda folder, name: private_picture(parts, folder, name),
            inspect=lambda path: inspect_picture(parts, path),
            clock=self.clock,
        )

    @property
    def rate_limits(self) -> AttemptStore:
        """How often addresses asked for what is limited."""
        return self.installation.rate_limits

    @property
    def pictures(self) -> PictureService:
        """The files of pictures that are sent to browsers."""
        return self.installation.showing

    @cached_property
    def privacy(self) -> PrivacyService:
        """What viewers may ask of their data, and the daily job."""
        from smashpass.services.privacy.service import PrivacyService

        parts = self.installation
        return PrivacyService(
            viewers=parts.viewers,
            states=parts.viewer_states,
            erasures=parts.erasures,
            newest_moment=parts.old_rows.newest_moment,
            note_run=parts.old_rows.note_run,
            attempts=parts.rate_limits,
            rules=parts.retention_rules,
            jobs=parts.jobs,
            clock=self.clock,
        )

    @cached_property
    def prompts(self) -> PromptService:
        """Descriptions in plain words as tags."""
        from smashpass.services.search.prompt import PromptService

        parts = self.installation
        meanings = None
        if self.settings.text("prompt_embeddings") == "on":
            from smashpass.search.meanings import Meanings, require_packages

            require_packages()
            meanings = Meanings(parts.home / "prompts").nearest
        return PromptService(
            texts=parts.completion.texts,
            finder=parts.tag_finder.find_by_meaning,
            meanings=meanings,
        )

    @cached_property
    def results(self) -> ResultService:
        """What the swipes of a viewer add up to."""
        from smashpass.services.decks.results import ResultService

        return ResultService(
            library=self.library,
            swipes=self.installation.swipes,
            decks=self.decks,
            search=self.search,
            ids=self.installation.image_ids,
        )

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
            load_shipped=parts.load_shipped_rules,
        )

    @property
    def secret_key(self) -> str:
        """What signs the cookies."""
        return self.installation.secret_key

    @cached_property
    def search(self) -> SearchService:
        """Queries and what is found by them."""
        from smashpass.services.search.service import SearchService

        parts = self.installation
        return SearchService(
            finder=parts.tag_finder.find_by_meaning, likeness_to=parts.similarity.likeness_to
        )

    @property
    def similarity(self) -> SimilarityService:
        """What is alike."""
        return self.installation.similarity

    @cached_property
    def tagging(self) -> TaggingService:
        """Edits of the tags of images."""
        from smashpass.services.tagging.service import TaggingService

        return TaggingService(
            library=self.library,
            rules=self.installation.rules,
            store=self.installation.catalogue,
            log=self.installation.changes,
            jobs=self.installation.jobs,
            trail=self.installation.audit,
            completion=self.installation.completion,
            finder=self.installation.tag_finder.find_by_meaning,
            clock=self.clock,
        )

    @cached_property
    def transparency(self) -> TransparencyService:
        """How decisions are made at present, for everybody."""
        from smashpass.services.privacy.disclosure import DisclosedSettings, TransparencyService

        parts, values, whole = self.installation, self.settings.values, self.settings.whole
        return TransparencyService(
            library=self.library,
            rules=parts.rules,
            scoring=lambda: parts.scoring,
            notices=parts.notices,
            revisions=parts.revisions,
            source_types=parts.source_types.counts,
            stored=parts.kept_about_viewers(),
            retention=parts.retention_rules,
            settings=DisclosedSettings(
                operator=values["operator"],
                contact=values["contact"],
                age_gate=values["age_gate"],
                deny_tags=self.settings.names("deny_tags"),
                added_terms=self.settings.names("under_age_terms"),
                decision_log_percent=whole("decision_log_percent"),
                scorer_deadline_ms=whole("scorer_deadline_ms"),
                scorer_wait=self.settings.text("scorer_wait"),
                minor_daily_minutes=whole("minor_daily_minutes"),
            ),
            clock=self.clock,
        )

    @cached_property
    def vocabulary(self) -> VocabularyService:
        """Tags, and actions on them."""
        from smashpass.services.vocabulary.service import VocabularyService

        return VocabularyService(
            library=self.library,
            rules=self.installation.rules,
            store=self.installation.catalogue,
            log=self.installation.changes,
            completion=self.installation.completion,
        )


def build(settings: Settings, clock: Clock = system_clock) -> Container:
    """Return the services of the installation that the settings describe; opens nothing.

    Args:
        settings: The settings.
        clock: Tells the time of day.
    """
    return Container(Installation(settings, clock))
