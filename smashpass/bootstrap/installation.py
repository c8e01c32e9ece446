"""The composition root: the only place where adapters are made and passed to services."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from smashpass.bootstrap.accounts import AccountParts
from smashpass.bootstrap.data import DataParts
from smashpass.bootstrap.rules import RuleParts
from smashpass.bootstrap.scores import ScoreParts
from smashpass.clock import Clock, system_clock
from smashpass.core.errors import NotPossible
from smashpass.durable import keep_folder, make_folder
from smashpass.services.runtime.library import LiveLibrary, save_snapshot
from smashpass.setting import SECRET_MIN_LENGTH
from smashpass.settings import KEY_FILE, Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from smashpass.core.library.imageid import ImageIds
    from smashpass.core.library.index import Index
    from smashpass.media.collection import CollectionPictures, Keep
    from smashpass.media.pool import DecoderPool
    from smashpass.media.store import PictureStore
    from smashpass.media.stored import StoredPictures
    from smashpass.search.finder import WordFinder
    from smashpass.services.decks.cards import CardCache
    from smashpass.services.decks.viewers import ViewerStates
    from smashpass.services.pictures.files import PictureService
    from smashpass.services.scoring.collect import Scoring
    from smashpass.services.scoring.ports import ProvidedScorer
    from smashpass.services.vocabulary.complete import Completion
    from smashpass.snapshots.folder import SnapshotFolder
    from smashpass.store.library.catalogue import Catalogue
    from smashpass.store.library.changelog import ChangeReader
    from smashpass.store.operations.audit import Audit
    from smashpass.store.operations.jobs import Jobs
    from smashpass.store.operations.notices import Notices
    from smashpass.store.operations.runs import Runs
    from smashpass.store.operations.traffic import TrafficStore
    from smashpass.store.people.statistics import Statistics
    from smashpass.store.people.swipes import Swipes
    from smashpass.store.people.viewers import Viewers
    from smashpass.store.rules.revisions import Revisions


class Installation(RuleParts, DataParts, ScoreParts, AccountParts):
    """All parts of one installation, each made when it is first asked for.

    Nothing is opened before it is used, so nothing that forks badly exists before a fork.
    """

    def __init__(self, settings: Settings, clock: Clock = system_clock) -> None:
        """Keep the settings and the clock."""
        self.settings = settings
        self.clock = clock
        self.home: Path = settings.home

    def prepare(self) -> None:
        """Make home and schema, or bring them up to date."""
        from smashpass.store.engine.database import migrate

        try:
            make_folder(self.home)
        except OSError as error:
            raise NotPossible(
                f"cannot make the folder of the installation: {error.strerror}",
                where=str(self.home),
                hint="set SMASHPASS_HOME to a folder that may be written",
            ) from error
        self.require_writable()
        keep_folder(self.home)
        migrate(self.engine)
        self.accounts.encrypt_secrets()

    def require_writable(self) -> None:
        """Refuse to go on where nothing can be written.

        Raises:
            NotPossible: The home or the database may only be read.
        """
        from smashpass.store.engine.read_only import is_read_only

        if not os.access(self.home, os.W_OK) or is_read_only(self.engine):
            raise NotPossible(
                "the installation is read-only",
                where=str(self.home),
                hint="check the owner and the mode of the folder and of the database",
            )

    def require_library(self) -> None:
        """Refuse to go on where nothing was ever imported or published.

        Raises:
            NotPossible: There is no database yet.
        """
        from smashpass.store.engine.database import schema_version

        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        if (file and not Path(file).exists()) or schema_version(self.engine) is None:
            raise NotPossible(
                "there is no library yet",
                where=str(self.home),
                hint="import one with `smashpass import`, or correct SMASHPASS_HOME",
            )

    @cached_property
    def engine(self) -> Engine:
        """The database; connects on first use."""
        from smashpass.store.engine.database import connect

        return connect(self.settings.database_url, clock=lambda: self.clock())

    @cached_property
    def catalogue(self) -> Catalogue:
        """The library in the database."""
        from smashpass.store.library.catalogue import Catalogue

        return Catalogue(self.engine)

    @cached_property
    def changes(self) -> ChangeReader:
        """The change log."""
        from smashpass.store.library.changelog import ChangeReader

        return ChangeReader(self.engine)

    @cached_property
    def runs(self) -> Runs:
        """The imports."""
        from smashpass.store.operations.runs import Runs

        return Runs(self.engine)

    @cached_property
    def revisions(self) -> Revisions:
        """The published rule sets."""
        from smashpass.store.rules.revisions import Revisions

        return Revisions(self.engine)

    @cached_property
    def image_ids(self) -> ImageIds:
        """The public names of this library's images."""
        from smashpass.core.library.imageid import ImageIds
        from smashpass.store.engine.database import id_key

        return ImageIds(id_key(self.engine))

    @cached_property
    def snapshots(self) -> SnapshotFolder:
        """The index files."""
        from smashpass.snapshots.folder import SnapshotFolder

        return SnapshotFolder(self.home / "snapshots")

    @cached_property
    def viewers(self) -> Viewers:
        """Who swipes."""
        from smashpass.store.people.viewers import Viewers

        return Viewers(self.engine, self.settings.whole("minor_daily_minutes"))

    @cached_property
    def swipes(self) -> Swipes:
        """Their verdicts."""
        from smashpass.store.people.swipes import Swipes

        return Swipes(self.engine, self.settings.whole("minor_daily_minutes"))

    @cached_property
    def viewer_states(self) -> ViewerStates:
        """Viewers with their standing verdicts, in memory while fresh."""
        from smashpass.services.decks.viewers import ViewerStates

        return ViewerStates(self.viewers, self.swipes)

    @cached_property
    def traffic(self) -> TrafficStore:
        """Requests by day."""
        from smashpass.store.operations.traffic import TrafficStore

        return TrafficStore(self.engine)

    @cached_property
    def statistics(self) -> Statistics:
        """The figures of the nightly job."""
        from smashpass.store.people.statistics import Statistics

        return Statistics(self.engine)

    @cached_property
    def audit(self) -> Audit:
        """The audit trail."""
        from smashpass.store.operations.audit import Audit

        return Audit(self.engine)

    @cached_property
    def notices(self) -> Notices:
        """What people said is wrong with images, and what was decided."""
        from smashpass.store.operations.notices import Notices

        return Notices(self.engine)

    @cached_property
    def jobs(self) -> Jobs:
        """Work for the job process."""
        from smashpass.store.operations.jobs import Jobs

        return Jobs(self.engine)

    @cached_property
    def cards(self) -> CardCache:
        """What is shown of images."""
        from smashpass.services.decks.cards import CardCache

        return CardCache(self.catalogue, self.image_ids)

    @cached_property
    def completion(self) -> Completion:
        """Tags for what somebody types."""
        from smashpass.services.vocabulary.complete import Completion

        return Completion(self.catalogue, self.tag_finder.find_by_meaning)

    @cached_property
    def tag_finder(self) -> WordFinder:
        """Finds tags for words that are not tag names."""
        from smashpass.search.finder import WordFinder
        from smashpass.store.engine.database import id_key
        from smashpass.store.library.changed_names import ChangedWords

        edited = ChangedWords(self.engine)
        return WordFinder(
            lambda: id_key(self.engine),
            self.catalogue.tags,
            self.snapshots,
            edited.latest,
            edited.since,
        )

    @cached_property
    def secret_key(self) -> str:
        """What signs the cookies: the setting, or a file made at the first start."""
        from smashpass.bootstrap.secretfile import read_or_make

        key = self.settings.values["secret_key"]
        if key is not None:
            return key
        return read_or_make(self.home / KEY_FILE, SECRET_MIN_LENGTH)

    @cached_property
    def library(self) -> LiveLibrary:
        """The index that this process answers from."""
        return LiveLibrary(
            self.catalogue, self.changes, self.snapshots, self.screening, self.score_columns
        )

    @cached_property
    def media(self) -> PictureStore:
        """The picture files.

        Raises:
            BadSetting: Their address names neither a folder nor a bucket.
            NotPossible: The packages for a bucket are not installed.
        """
        url = self.settings.text("media_url")
        if url.startswith("s3://"):
            from smashpass.media.bucket.objects import ObjectStore
            from smashpass.media.bucket.s3 import Bucket, place_of

            direct = self.settings.text("media_addresses") == "direct"
            return ObjectStore(Bucket(place_of(url)), self.home / "spool", direct=direct)
        from smashpass.media.folder import MediaFolder, folder_of

        return MediaFolder(folder_of(url))

    @contextmanager
    def collection_pictures(self, keep: Keep, workers: int) -> Iterator[CollectionPictures]:
        """Yield who looks at the pictures of a collection, in ``workers`` processes."""
        from smashpass.media.collection import CollectionPictures

        if keep != "nothing":
            self.media.tidy()
        with self.decoders(workers) as pool:
            yield CollectionPictures(pool, keep)

    @contextmanager
    def stored_pictures(self, workers: int) -> Iterator[StoredPictures]:
        """Yield who decodes pictures that the library has, in ``workers`` processes."""
        from smashpass.media.stored import StoredPictures

        with self.decoders(workers) as pool:
            yield StoredPictures(self.media, pool)

    def decoders(self, workers: int) -> DecoderPool:
        """Return child processes that look at picture files; the caller closes them."""
        from smashpass.media.bucket.objects import ObjectStore
        from smashpass.media.folder import MediaFolder
        from smashpass.media.pool import DecoderPool

        effort = self.settings.whole("picture_effort")
        if isinstance(self.media, ObjectStore):
            from smashpass.media.bucket.object_pool import UploadingPool

            return UploadingPool(self.media, workers, effort=effort)
        assert isinstance(self.media, MediaFolder)
        return DecoderPool(self.media.root, workers, effort=effort)

    @cached_property
    def decoder(self) -> DecoderPool:
        """The child process for linked pictures; started by the first, ends with this process."""
        return self.decoders(workers=1)

    @cached_property
    def showing(self) -> PictureService:
        """The files of pictures that are sent to browsers."""
        from smashpass.services.pictures.files import PictureService
        from smashpass.services.pictures.public import PublicPictures, WithheldPictures

        withheld = WithheldPictures(self.library, self.catalogue)
        standings = PublicPictures(self.library, self.catalogue, withheld)
        return PictureService(self.media, self.catalogue, self.decoder.make, standings)

    @cached_property
    def provided_scorers(self) -> Sequence[ProvidedScorer]:
        """The scorers, and the plugins that they come from.

        Raises:
            BadSetting: The address of the model server or the list of plugins is wrong.
            NotPossible: A plugin cannot be used.
        """
        from smashpass.scoring.manager import load_scorers

        return load_scorers(self.settings, self.settings.names("plugins"))

    @cached_property
    def scoring(self) -> Scoring:
        """The scorers, and decisions that rest on them.

        Raises:
            BadSetting: The address of the model server or the list of plugins is wrong.
            NotPossible: A plugin cannot be used.
        """
        from smashpass.services.scoring.client import GuardedScorer
        from smashpass.services.scoring.collect import Scoring
        from smashpass.services.training.collab.dealing import CollabScores

        deadline_s = self.settings.whole("scorer_deadline_ms") / 1_000
        scorers = [GuardedScorer(provided.scorer) for provided in self.provided_scorers]
        return Scoring(
            scorers,
            self.media.largest_file,
            deadline_s=deadline_s,
            store=self.scores,
            wait=self.settings.text("scorer_wait") == "deadline",
            collab=CollabScores(self.collab_folder.stamp, self.collab_folder.load),
        )

    def warm(self) -> None:
        """Make every part that requests share, so that no two threads make one at once."""
        for name in ("viewer_states", "tokens", "sessions", "audit", "jobs", "cards",
                     "completion", "scoring", "showing", "publishing", "catalogue", "library",
                     "recorder", "similarity"):  # fmt: skip
            getattr(self, name)

    def build_snapshot(self) -> Index:
        """Build the index from the database and save it."""
        return save_snapshot(self.catalogue, self.snapshots, self.tag_finder.make)
