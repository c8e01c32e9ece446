"""The use cases of one installation: all that pages, API and command line may call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from smashpass.bootstrap.installation import Installation
from smashpass.clock import Clock, system_clock
from smashpass.settings import Settings

if TYPE_CHECKING:
    from smashpass.core.imageset import Ordinal
    from smashpass.core.library.index import Index
    from smashpass.core.pictures.picture import Picture
    from smashpass.services.accounts.audit import AuditService
    from smashpass.services.accounts.service import AccountService
    from smashpass.services.accounts.sign_in import SignInService
    from smashpass.services.decisions.service import DecisionService
    from smashpass.services.decks.service import DeckService
    from smashpass.services.images import ImageService
    from smashpass.services.importing.importer import Importer
    from smashpass.services.importing.ports import ExaminePictures
    from smashpass.services.importing.request import MediaChoice
    from smashpass.services.importing.service import ImportService
    from smashpass.services.moderation.service import ModerationService
    from smashpass.services.operations.export import ExportService
    from smashpass.services.operations.health import HealthService
    from smashpass.services.operations.maintenance import MaintenanceService
    from smashpass.services.ports.library import DecodePictures
    from smashpass.services.ports.people import AttemptStore
    from smashpass.services.privacy.disclosure import TransparencyService
    from smashpass.services.privacy.service import PrivacyService
    from smashpass.services.rules.authoring.service import DraftService
    from smashpass.services.rules.service import RuleService
    from smashpass.services.runtime.library import LiveLibrary
    from smashpass.services.runtime.service import JobService
    from smashpass.services.search.service import SearchService
    from smashpass.services.tagging.changes import ChangeService
    from smashpass.services.tagging.service import TaggingService
    from smashpass.services.vocabulary.service import VocabularyService


class Container:
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

    def warm(self) -> None:
        """Make every service that requests share, so that no two threads make one at once."""
        self.installation.warm()
        for name in ("accounts", "audit", "changes", "decisions", "decks", "images", "imports",
                     "jobs", "moderation", "privacy", "rules", "search", "sign_in", "tagging",
                     "transparency", "vocabulary"):  # fmt: skip
            getattr(self, name)

    def close(self) -> None:
        """Close the connections to the database; the next use opens new ones."""
        self.installation.engine.dispose()

    @cached_property
    def accounts(self) -> AccountService:
        """Who may edit, and what they may."""
        from smashpass.services.accounts.service import AccountService

        parts = self.installation
        return AccountService(
            accounts=parts.accounts,
            verifier=parts.verifier("own account"),
            sessions=parts.sessions,
            tokens=parts.tokens,
            trail=parts.audit,
            clock=self.clock,
        )

    @cached_property
    def audit(self) -> AuditService:
        """The audit trail."""
        from smashpass.services.accounts.audit import AuditService

        return AuditService(trail=self.installation.audit)

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
    def exports(self) -> ExportService:
        """Rows of what is stored, for other programs."""
        from smashpass.bootstrap.inspection import all_swipes, pseudonym_key
        from smashpass.services.operations.export import ExportService

        parts = self.installation
        return ExportService(
            library=lambda: parts.library,
            store=parts.catalogue,
            trail=parts.audit,
            swipes=lambda: all_swipes(parts),
            pseudonym_key=lambda: pseudonym_key(parts),
            name_image=lambda ordinal: parts.image_ids.encode(ordinal),
        )

    @cached_property
    def health(self) -> HealthService:
        """Whether the installation is sound."""
        from smashpass.bootstrap import inspection
        from smashpass.services.operations.health import HealthService

        parts = self.installation
        return HealthService(
            require_library=parts.require_library,
            schema_versions=lambda: inspection.schema_versions(parts),
            durability=lambda: inspection.durability(parts),
            integrity=lambda: inspection.check_database(parts),
            has_secret_key=lambda: inspection.has_secret_key(self.settings),
            accounts=parts.accounts,
            store=parts.catalogue,
            changes=parts.changes,
            snapshots=parts.snapshots,
            revisions=parts.revisions,
            load=parts.load_rules,
            library=lambda: parts.library,
            clock=self.clock,
        )

    @cached_property
    def images(self) -> ImageService:
        """Images by their public ids, and their cards."""
        from smashpass.services.images import ImageService

        return ImageService(
            library=self.library,
            ids=self.installation.image_ids,
            cards=self.installation.cards,
            store=self.installation.catalogue,
        )

    @cached_property
    def importer(self) -> Importer:
        """Imports as a command does them."""
        from smashpass.importing.base.name_search import PicturesByName
        from smashpass.importing.runs.runfiles import RunFolders
        from smashpass.services.importing.importer import Importer

        parts = self.installation

        @contextmanager
        def pictures(keep: MediaChoice, workers: int) -> Iterator[ExaminePictures]:
            kept = "nothing" if keep == "none" else keep
            with parts.collection_pictures(kept, workers) as opened:
                yield PicturesByName(opened.examine).examine

        return Importer(
            store=parts.catalogue,
            changes=parts.changes,
            runs=parts.runs,
            files=RunFolders(parts.home),
            trail=parts.audit,
            screening=parts.screening,
            pictures=pictures,
            save_snapshot=parts.build_snapshot,
            quarantine_withheld=parts.quarantine_withheld,
        )

    @cached_property
    def imports(self) -> ImportService:
        """Imports of the job process, and how they went."""
        from smashpass.importing.runs.lock import lock_state
        from smashpass.importing.runs.permitted import permitted
        from smashpass.importing.runs.runfiles import RunFolders
        from smashpass.services.importing.service import ImportService

        parts, folders = self.installation, self.settings.values["import_folders"] or ""
        return ImportService(
            jobs=parts.jobs,
            job_service=self.jobs,
            runs=parts.runs,
            files=RunFolders(parts.home),
            trail=parts.audit,
            permitted=lambda source: permitted(source, folders),
            folders=folders,
            lock_state=lambda: lock_state(parts.home),
            clock=self.clock,
        )

    @cached_property
    def jobs(self) -> JobService:
        """Work of the job process."""
        from smashpass.services.runtime.service import JobService

        return JobService(jobs=self.installation.jobs, trail=self.installation.audit)

    @property
    def library(self) -> LiveLibrary:
        """The index that this process answers from."""
        return self.installation.library

    @cached_property
    def maintenance(self) -> MaintenanceService:
        """Upkeep: snapshots, counts, hashes of pictures."""
        from smashpass.bootstrap.inspection import snapshot_differences
        from smashpass.services.operations.maintenance import MaintenanceService

        parts = self.installation

        @contextmanager
        def stored_pictures(workers: int) -> Iterator[tuple[DecodePictures, DecodePictures]]:
            with parts.stored_pictures(workers) as pictures:
                yield pictures.originals, pictures.previews

        return MaintenanceService(
            store=parts.catalogue,
            snapshots=parts.snapshots,
            make_words=parts.tag_finder.make,
            differences=snapshot_differences,
            stored_pictures=stored_pictures,
            library=lambda: parts.library,
            rules=lambda: parts.rules,
            swipes=parts.swipes,
            tallies_by_image=parts.statistics.tallies_by_image,
            tallies_by_day=parts.statistics.tallies_by_day,
            keep_figures=parts.statistics.keep,
            name_image=lambda ordinal: parts.image_ids.encode(ordinal),
            clock=self.clock,
        )

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

    @cached_property
    def privacy(self) -> PrivacyService:
        """What viewers may ask of their data, and the daily job."""
        from smashpass.services.privacy.service import PrivacyService

        parts = self.installation
        return PrivacyService(
            viewers=parts.viewers,
            states=parts.viewer_states,
            erasures=parts.erasures,
            retentions=parts.old_rows,
            attempts=parts.rate_limits,
            rules=parts.retention_rules,
            jobs=parts.jobs,
            clock=self.clock,
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

    @cached_property
    def search(self) -> SearchService:
        """Queries and what is found by them."""
        from smashpass.services.search.service import SearchService

        return SearchService(finder=self.installation.tag_finder.find_by_meaning)

    @cached_property
    def sign_in(self) -> SignInService:
        """Who is asking: sessions, tokens of programs, known browsers."""
        from smashpass.services.accounts.known_devices import KnownDevices
        from smashpass.services.accounts.sign_in import SignInService

        parts = self.installation
        return SignInService(
            accounts=parts.accounts,
            verifier=parts.verifier("sign-in"),
            sessions=parts.sessions,
            tokens=parts.tokens,
            devices=KnownDevices(parts.secret_key),
            trail=parts.audit,
        )

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
                deny_tags=names_in(values["deny_tags"]),
                added_terms=names_in(values["under_age_terms"]),
                decision_log_percent=whole("decision_log_percent"),
                scorer_deadline_ms=whole("scorer_deadline_ms"),
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


def names_in(setting: str | None) -> list[str]:
    """Return the names in a setting that lists them, between commas."""
    return [name for text in (setting or "").split(",") if (name := text.strip())]


def build(settings: Settings, clock: Clock = system_clock) -> Container:
    """Return the services of the installation that the settings describe; opens nothing.

    Args:
        settings: The settings.
        clock: Tells the time of day.
    """
    return Container(Installation(settings, clock))
