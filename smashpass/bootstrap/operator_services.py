"""The services for those who run an installation: accounts, imports, jobs, upkeep."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from typing import TYPE_CHECKING

from smashpass.clock import Clock
from smashpass.settings import Settings

if TYPE_CHECKING:
    from smashpass.bootstrap.encodings import Sample
    from smashpass.bootstrap.installation import Installation
    from smashpass.demo.library import DemoLibrary
    from smashpass.services.accounts.audit import AuditService
    from smashpass.services.accounts.preferences import PreferenceService
    from smashpass.services.accounts.service import AccountService
    from smashpass.services.accounts.sign_in import SignInService
    from smashpass.services.importing.importer import Importer
    from smashpass.services.importing.ports import ExaminePictures
    from smashpass.services.importing.request import MediaChoice
    from smashpass.services.importing.service import ImportService
    from smashpass.services.moderation.service import ModerationService
    from smashpass.services.operations.backups.service import BackupService
    from smashpass.services.operations.export import ExportService
    from smashpass.services.operations.health import HealthService
    from smashpass.services.operations.maintenance import MaintenanceService
    from smashpass.services.operations.overview import OverviewService
    from smashpass.services.operations.scorers import ScorerService
    from smashpass.services.operations.traffic import TrafficRecorder
    from smashpass.services.pictures.verify import StoredFiles
    from smashpass.services.ports.library import DecodePictures
    from smashpass.services.runtime.service import JobService
    from smashpass.services.scoring.service import ScoreService
    from smashpass.services.search.service import SearchService
    from smashpass.services.training.collab.service import CollabService
    from smashpass.services.training.training_set import TrainingService


class OperatorServices:
    """The part of the container that is about running an installation."""

    installation: Installation
    settings: Settings
    clock: Clock
    if TYPE_CHECKING:

        @cached_property
        def search(self) -> SearchService:
            """Made by the whole container."""

        @cached_property
        def moderation(self) -> ModerationService:
            """Made by the whole container."""

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
    def preferences(self) -> PreferenceService:
        """What people set for their own account."""
        from smashpass.services.accounts.preferences import PreferenceService

        return PreferenceService(self.installation.accounts)

    @cached_property
    def audit(self) -> AuditService:
        """The audit trail."""
        from smashpass.services.accounts.audit import AuditService

        return AuditService(trail=self.installation.audit)

    @cached_property
    def backups(self) -> BackupService:
        """Copies of everything, and putting them back."""
        from smashpass.bootstrap.backups import backup_service

        return backup_service(self.installation)

    @cached_property
    def collab(self) -> CollabService:
        """What viewers have in common: training, and what came of it."""
        from smashpass.importing.runs.lock import collab_lock
        from smashpass.scoring.collab.folder import train_model
        from smashpass.services.training.collab.service import CollabService

        parts = self.installation
        return CollabService(
            swipes=parts.swipes,
            latest=lambda: parts.library.latest(),
            train_model=train_model,
            save=parts.collab_folder.save,
            last_report=parts.collab_folder.report,
            load=parts.collab_folder.load,
            lock=lambda description: collab_lock(parts.home, description),
            clock=self.clock,
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
            media=lambda: inspection.check_media(parts),
            sandbox=inspection.sandbox,
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

    @property
    def media_origin(self) -> str:
        """The origin that browsers get pictures from, "" if it is our own."""
        from smashpass.bootstrap.inspection import media_origin

        return media_origin(self.installation)

    @cached_property
    def importer(self) -> Importer:
        """Imports as a command does them."""
        from smashpass.importing.base.name_search import PicturesByName

        parts = self.installation

        @contextmanager
        def pictures(keep: MediaChoice, workers: int) -> Iterator[ExaminePictures]:
            kept = "nothing" if keep == "none" else keep
            with parts.collection_pictures(kept, workers) as opened:
                yield PicturesByName(opened.examine).examine

        return self._importer(pictures)

    def demo_importer(
        self, count: int, seed: int, side: int, workers: int
    ) -> tuple[DemoLibrary, Importer]:
        """Return the first ``count`` demo pictures of a seed, and what imports them.

        ``side`` is their width and height in pixels, ``workers`` how many processes draw.
        """
        from smashpass.bootstrap.rules import shipped
        from smashpass.demo.library import DemoLibrary
        from smashpass.demo.pool import Order
        from smashpass.media.readymade import ReadyPictures
        from smashpass.services.importing.pictures import let_in

        parts = self.installation

        def keys_let_in(source: str, keys: Sequence[str]) -> set[str]:
            with parts.catalogue.view() as view:
                return let_in(view, source, keys)

        drawn = DemoLibrary(
            Order(shipped("image_library"), seed, side, for_store=True),
            parts.home / "demo",
            count=count,
            workers=workers,
            let_in=keys_let_in,
            store=ReadyPictures(parts.media),
        )
        return drawn, self._importer(lambda _keep, _workers: nullcontext(drawn.examine))

    def _importer(
        self, pictures: Callable[[MediaChoice, int], AbstractContextManager[ExaminePictures]]
    ) -> Importer:
        """Return what imports collections whose pictures are looked at like this."""
        from smashpass.importing.runs.runfiles import RunFolders
        from smashpass.services.importing.importer import Importer

        parts = self.installation
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
        from smashpass.importing.runs.schedule import ScheduleReader
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
            read_schedule=ScheduleReader(self.clock),
            clock=self.clock,
        )

    @cached_property
    def jobs(self) -> JobService:
        """Work of the job process."""
        from smashpass.services.runtime.service import JobService

        return JobService(jobs=self.installation.jobs, trail=self.installation.audit)

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

        @contextmanager
        def picture_files(workers: int) -> Iterator[StoredFiles]:
            with parts.stored_pictures(workers) as pictures:
                yield parts.media.files(), pictures.files, pictures.rebuild

        return MaintenanceService(
            store=parts.catalogue,
            snapshots=parts.snapshots,
            save_snapshot=parts.build_snapshot,
            differences=snapshot_differences,
            stored_pictures=stored_pictures,
            picture_files=picture_files,
            library=lambda: parts.library,
            rules=lambda: parts.rules,
            swipes=parts.swipes,
            tallies_by_image=parts.statistics.tallies_by_image,
            tallies_by_day=parts.statistics.tallies_by_day,
            keep_figures=parts.statistics.keep,
            name_image=lambda ordinal: parts.image_ids.encode(ordinal),
            clock=self.clock,
        )

    def sampled_pictures(self, count: int) -> AbstractContextManager[Sample]:
        """Lend pictures that are spread over the library, to compare encodings on."""
        from smashpass.bootstrap.encodings import of_library

        return of_library(self.installation, count)

    @cached_property
    def overview(self) -> OverviewService:
        """Measures by day, and the work that waits."""
        from smashpass.services.operations.overview import OverviewService

        parts = self.installation
        return OverviewService(
            last_figures=parts.statistics.last,
            traffic_since=parts.traffic.since,
            library=lambda: parts.library,
            search=self.search,
            moderation=self.moderation,
            imports=self.imports,
            jobs=self.jobs,
            clock=self.clock,
        )

    @cached_property
    def traffic(self) -> TrafficRecorder:
        """Counts the requests of this process by day."""
        from smashpass.services.operations.traffic import TrafficRecorder

        return TrafficRecorder(self.installation.traffic.add, self.clock)

    @cached_property
    def scores(self) -> ScoreService:
        """Filling the store of scores, and how far it is filled."""
        from smashpass.importing.runs.lock import fill_lock
        from smashpass.services.scoring.service import ScoreService

        parts = self.installation
        return ScoreService(
            store=parts.scores,
            scorers=lambda: parts.scoring.scorers,
            column_file=parts.column_file,
            file_generation=parts.score_files.newest_generation,
            latest=lambda: parts.library.latest(),
            name_image=lambda ordinal: parts.image_ids.encode(ordinal),
            pictures=lambda sha256: parts.media.largest_file(sha256),
            lock=lambda description: fill_lock(parts.home, description),
        )

    @cached_property
    def training(self) -> TrainingService:
        """What models of one's own learn from."""
        from smashpass.bootstrap.inspection import training_file
        from smashpass.services.training.training_set import TrainingService

        parts = self.installation
        parts.require_library()
        return TrainingService(
            swipes=parts.swipes,
            store=parts.catalogue,
            latest=lambda: parts.library.latest(),
            name_image=lambda ordinal: parts.image_ids.encode(ordinal),
            picture_file=lambda sha256: training_file(parts, sha256),
            clock=self.clock,
        )

    @cached_property
    def scorers(self) -> ScorerService:
        """Which scorers there are, and how they fare."""
        from smashpass.scoring.manager import installed_plugins
        from smashpass.services.operations.scorers import ScorerService

        parts = self.installation
        return ScorerService(
            provided=lambda: parts.provided_scorers,
            installed=installed_plugins,
            enabled=self.settings.names("plugins"),
            scores=lambda: self.scores,
            jobs=parts.jobs,
            trail=parts.audit,
            require_library=parts.require_library,
        )

    @cached_property
    def sign_in(self) -> SignInService:
        """Who is asking: sessions, tokens of programs, known browsers."""
        from smashpass.services.accounts.first_step import FirstSteps
        from smashpass.services.accounts.known_devices import KnownDevices
        from smashpass.services.accounts.sign_in import SignInService

        parts = self.installation
        return SignInService(
            accounts=parts.accounts,
            verifier=parts.verifier("sign-in"),
            sessions=parts.sessions,
            tokens=parts.tokens,
            devices=KnownDevices(parts.secret_key),
            first_steps=FirstSteps(parts.secret_key, lambda: parts.clock()),
            trail=parts.audit,
        )
